import { distance, plus } from './sequence.ts';

/** Bytes of one segment: recorded from `start` to `end`, on the wire `payloadLength`. */
export interface SegmentBytes {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly payloadLength: number;
  readonly atUs: number;
}

/** What waits for bytes before it, or for what it acknowledges. Holds a copy. */
export interface Held extends SegmentBytes {
  /** Null where the packet acknowledges nothing. */
  readonly acknowledgement: number | null;
  readonly closing: 'no' | 'fin' | 'reset';
}

/** One direction of a connection: which byte comes next, and what came too early. */
export class Direction {
  /** Null until it is known where the stream begins. */
  next: number | null = null;
  /** Highest number that the other side acknowledged; the lowest one before anything was known. */
  acknowledged: number | null = null;
  lowestAcknowledged: number | null = null;
  /** Bytes that are known to be lost and were not told yet. */
  lostBytes = 0;
  isEnded = false;
  held: Held[] = [];
  heldBytes = 0;

  acknowledge(sequence: number): void {
    if (this.acknowledged === null || distance(sequence, this.acknowledged) > 0) {
      this.acknowledged = sequence;
    }
    if (this.next !== null) return;
    if (this.lowestAcknowledged === null || distance(sequence, this.lowestAcknowledged) < 0) {
      this.lowestAcknowledged = sequence;
    }
  }

  /** By sequence; of two at one place the first to come is first. Copies of what is held are dropped. */
  hold(item: Held): void {
    let at = this.held.length;
    for (; at > 0; at -= 1) {
      const before = this.held[at - 1];
      if (before === undefined || distance(item.sequence, before.sequence) >= 0) break;
    }
    const before = this.held[at - 1];
    if (before !== undefined && isCovered(item, before)) return;
    this.held.splice(at, 0, item);
    this.heldBytes += item.bytes.length;
  }

  take(): void {
    this.heldBytes -= this.held.shift()?.bytes.length ?? 0;
  }

  /** Where the stream begins, when no handshake told: the lowest number that anybody mentioned. */
  guessStart(): void {
    const first = this.held[0]?.sequence ?? null;
    const lowest = this.lowestAcknowledged;
    if (first === null || lowest === null) this.next = first ?? lowest;
    else this.next = distance(first, lowest) < 0 ? first : lowest;
  }

  /** Gives up what is missing before `sequence`. */
  loseUntil(sequence: number): void {
    if (this.next === null || distance(sequence, this.next) <= 0) return;
    this.lostBytes += distance(sequence, this.next);
    this.next = sequence;
  }
}

function isCovered(item: Held, by: Held): boolean {
  if (item.closing !== by.closing && item.closing !== 'no') return false;
  const itemEnd = plus(item.sequence, item.payloadLength);
  return distance(itemEnd, plus(by.sequence, by.payloadLength)) <= 0;
}
