import type { Ending } from '../transport.ts';
import { keepAliveMissed } from './reason-codes.ts';

/** A broker closes a connection when nothing comes for one and a half times as long as the client promised. */

const PATIENCE = 1.5;
/** Clocks of brokers tick in seconds. */
const TOLERANCE_RATIO = 0.01;

export class KeepAlive {
  #promisedS = 0;
  #heardAtUs = 0;
  /** Bytes of the client were lost, or it, or the broker, has said that it goes. */
  #isVoid = false;

  /** @param seconds - 0 for no promise. */
  promise(seconds: number): void {
    this.#promisedS = seconds;
  }

  heard(atUs: number): void {
    this.#heardAtUs = atUs;
  }

  void(): void {
    this.#isVoid = true;
  }

  /** Why the broker has closed the connection now; null when it is not for this. */
  endingAt(atUs: number, client: string): Ending | null {
    const silentS = (atUs - this.#heardAtUs) / 1e6;
    const limitS = this.#promisedS * PATIENCE * (1 - TOLERANCE_RATIO);
    if (this.#isVoid || limitS === 0 || silentS < limitS) return null;
    return keepAliveMissed(client, Math.round(silentS), this.#promisedS);
  }
}
