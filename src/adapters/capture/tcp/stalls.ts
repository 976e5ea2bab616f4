import type { DecodedCall } from '../../../domain/calls/protocols/decoder.ts';
import { distance } from './sequence.ts';

/** Times at which a side could not be sent to: beside the cause of a failed call, never the cause. */

const STALL_US_MIN = 1_000_000;
const RETRANSMISSIONS_MIN = 3;
/** Copies that a recorder made of one packet come sooner than a retransmission. */
const RETRANSMISSION_US_MIN = 10_000;

interface Stall {
  readonly fromUs: number;
  readonly toUs: number;
  readonly why: 'zero window' | 'loss';
}

/** Of one side, as the receiver of bytes. */
export class Stalls {
  #longest: Stall | null = null;
  #zeroWindowSinceUs: number | null = null;
  #repeated: { sequence: number; sinceUs: number; lastAtUs: number; times: number } | null = null;

  /** @param window - That the side offered. */
  sawWindow(window: number, atUs: number): void {
    if (window === 0) this.#zeroWindowSinceUs ??= atUs;
    else if (this.#zeroWindowSinceUs !== null) {
      this.#note({ fromUs: this.#zeroWindowSinceUs, toUs: atUs, why: 'zero window' });
      this.#zeroWindowSinceUs = null;
    }
  }

  /** Bytes that the side was sent once before. */
  sawAgain(sequence: number, atUs: number): void {
    const repeated = this.#repeated;
    if (repeated === null || distance(sequence, repeated.sequence) !== 0) {
      this.#repeated = { sequence, sinceUs: atUs, lastAtUs: atUs, times: 1 };
      return;
    }
    if (atUs - repeated.lastAtUs < RETRANSMISSION_US_MIN) return;
    repeated.times += 1;
    repeated.lastAtUs = atUs;
    if (repeated.times < RETRANSMISSIONS_MIN) return;
    this.#note({ fromUs: repeated.sinceUs, toUs: atUs, why: 'loss' });
  }

  /** `stalled 3.2s (zero window)`, if it did so while the call was open. */
  during(call: DecodedCall, atUs: number): string | null {
    if (this.#zeroWindowSinceUs !== null) {
      this.#note({ fromUs: this.#zeroWindowSinceUs, toUs: atUs, why: 'zero window' });
    }
    const stall = this.#longest;
    if (stall === null || stall.toUs < call.startedAtUs) return null;
    if (call.endedAtUs !== null && stall.fromUs > call.endedAtUs) return null;
    return `stalled ${((stall.toUs - stall.fromUs) / 1e6).toFixed(1)}s (${stall.why})`;
  }

  #note(stall: Stall): void {
    const lengthUs = stall.toUs - stall.fromUs;
    const longest = this.#longest;
    if (stall.why === 'zero window' && lengthUs <= STALL_US_MIN) return;
    if (longest === null || lengthUs >= longest.toUs - longest.fromUs) this.#longest = stall;
  }
}
