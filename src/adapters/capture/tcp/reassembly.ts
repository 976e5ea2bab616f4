import { ACK, FIN, type Frame } from '../frames/frame.ts';
import { GAP_US_MAX, REORDER_US_MAX, WINDOW_BYTES_MAX, type CaptureLimits } from '../limits.ts';
import { Direction, type Held, type SegmentBytes } from './direction.ts';
import { distance, plus } from './sequence.ts';

/** Of two ends: whose bytes they are. */
export type From = 0 | 1;

export function otherOf(from: From): From {
  return from === 0 ? 1 : 0;
}

export interface ReassemblyHost {
  readonly limits: CaptureLimits;
  /** @param lostBytes - Missing right before these; `Infinity` when nobody knows how many. */
  onBytes(from: From, bytes: Uint8Array, atUs: number, lostBytes: number): void;
  onEnd(from: From, atUs: number): void;
  onReset(from: From, atUs: number): void;
  /** Bytes begin whose handshake was not seen; with the first ones held of each side. */
  onJoin(first: readonly (Uint8Array | null)[]): void;
  /** Bytes that were sent before. */
  onRepeated(from: From, sequence: number, atUs: number): void;
  countHeld(difference: number): void;
  countLost(bytes: number): void;
}

const NOTHING = new Uint8Array(0);

/**
 * Both directions of a connection in the order in which they were sent.
 *
 * A byte is handed on when all before it were, and all that its packet acknowledges: an answer never
 * comes before its request. What is missing is waited for a moment when it is known to have arrived
 * at the other end, else until its sender must have given up. Of bytes that were sent twice with
 * different content those that came first count.
 */
export class Reassembly {
  readonly #host: ReassemblyHost;
  readonly #directions: readonly [Direction, Direction] = [new Direction(), new Direction()];
  #isHandshakeSeen = false;
  #isJoined = false;
  #isForcing = false;
  #isOver = false;
  #givenAtUs = -Infinity;

  constructor(host: ReassemblyHost) {
    this.#host = host;
  }

  get isHolding(): boolean {
    return this.#directions[0].held.length > 0 || this.#directions[1].held.length > 0;
  }

  get isEnded(): boolean {
    return this.#directions[0].isEnded && this.#directions[1].isEnded;
  }

  /** Within any window of what came before. */
  fits(from: From, sequence: number): boolean {
    const { next } = this.#directions[from];
    return next === null || Math.abs(distance(sequence, next)) <= WINDOW_BYTES_MAX;
  }

  /** @param acknowledgement - Of a SYN that answers one; it says where the other side begins. */
  begin(from: From, sequence: number, acknowledgement: number | null): void {
    this.#isHandshakeSeen = true;
    this.#directions[from].next ??= sequence;
    if (acknowledgement !== null) this.#directions[otherOf(from)].next ??= acknowledgement;
  }

  acknowledge(from: From, acknowledgement: number): void {
    this.#directions[otherOf(from)].acknowledge(acknowledgement);
  }

  bytes(frame: Frame, from: From): void {
    const direction = this.#directions[from];
    const isEnd = (frame.flags & FIN) !== 0;
    const ahead = direction.next === null ? 1 : distance(frame.sequence, direction.next);
    if (ahead <= 0 && isOld(frame, direction, ahead)) this.#sawAgain(frame, from);
    else if (ahead <= 0 && !this.isHolding && this.#isCausal(frame, from)) {
      this.#deliver(from, frame);
      if (isEnd) this.#end(from, frame.atUs);
    } else this.#hold(frame, from, isEnd ? 'fin' : 'no');
  }

  #sawAgain({ payloadLength, sequence, atUs }: Frame, from: From): void {
    if (payloadLength > 1) this.#host.onRepeated(from, sequence, atUs);
  }

  reset(frame: Frame, from: From): void {
    const { next } = this.#directions[from];
    const isNext = next === null || distance(frame.sequence, next) <= 0;
    if (isNext && !this.isHolding) this.#host.onReset(from, this.#inOrder(frame.atUs));
    else this.#hold(frame, from, 'reset');
  }

  /** Hands on what can be, and gives up what was waited for long enough. */
  pump(nowUs: number): void {
    for (;;) {
      while (this.#deliverHeld(0) || this.#deliverHeld(1));
      if (this.#isOver || !this.isHolding || !this.#giveUp(nowUs)) return;
    }
  }

  /** Hands on all that is held, giving up what is missing. */
  force(nowUs: number): void {
    this.#isForcing = true;
    this.pump(nowUs);
    this.#isForcing = false;
  }

  discard(): void {
    this.#isOver = true;
    for (const direction of this.#directions) {
      this.#host.countHeld(-direction.heldBytes);
      direction.held = [];
      direction.heldBytes = 0;
    }
  }

  /** What the packet acknowledges was handed on. */
  #isCausal(frame: Frame, from: From): boolean {
    if ((frame.flags & ACK) === 0) return true;
    const other = this.#directions[otherOf(from)];
    if (other.isEnded) return true;
    return other.next === null ? this.#isJoined : distance(frame.acknowledgement, other.next) <= 0;
  }

  #hold(frame: Frame, from: From, closing: Held['closing']): void {
    const isReset = closing === 'reset';
    const direction = this.#directions[from];
    const before = direction.heldBytes;
    const bytes = isReset ? NOTHING : frame.bytes.slice(frame.start, frame.end);
    direction.hold({
      sequence: frame.sequence,
      payloadLength: isReset ? 0 : frame.payloadLength,
      bytes,
      start: 0,
      end: bytes.length,
      acknowledgement: (frame.flags & ACK) === 0 ? null : frame.acknowledgement,
      atUs: frame.atUs,
      closing,
    });
    this.#host.countHeld(direction.heldBytes - before);
  }

  /** Hands on what one direction holds first, if nothing is missing before it. */
  #deliverHeld(from: From): boolean {
    const direction = this.#directions[from];
    const [first] = direction.held;
    if (first === undefined || direction.next === null) return false;
    if (distance(first.sequence, direction.next) > 0 || this.#isAhead(first, from)) return false;
    direction.take();
    this.#host.countHeld(-first.bytes.length);
    this.#deliver(from, first);
    if (first.closing === 'reset') this.#host.onReset(from, this.#inOrder(first.atUs));
    else if (first.closing === 'fin') this.#end(from, first.atUs);
    return true;
  }

  /** It acknowledges bytes of the other direction that were not handed on. */
  #isAhead({ acknowledgement }: Held, from: From): boolean {
    const other = this.#directions[otherOf(from)];
    if (acknowledgement === null || other.isEnded) return false;
    return other.next === null ? !this.#isJoined : distance(acknowledgement, other.next) > 0;
  }

  /** Stops waiting for the oldest missing bytes, if it is time to. */
  #giveUp(nowUs: number): boolean {
    const from = this.#olderHead();
    const direction = this.#directions[from];
    const [first] = direction.held;
    if (first === undefined || !this.#mayGiveUp(first, from, nowUs)) return false;
    if (!this.#isJoined && this.#directions.some(({ next }) => next === null)) this.#join();
    else if (direction.next === null) {
      direction.guessStart();
      direction.lostBytes = this.#isHandshakeSeen ? 0 : Infinity;
    } else if (distance(first.sequence, direction.next) > 0) {
      this.#lose(from, this.#lostUntil(first, direction), first.atUs);
    } else this.#loseAcknowledged(first, otherOf(from));
    return true;
  }

  /** Bytes beyond what was acknowledged may still be sent again. */
  #lostUntil(first: Held, { acknowledged, next }: Direction): number {
    if (this.#isForcing || acknowledged === null || next === null) return first.sequence;
    const isPart = distance(acknowledged, next) > 0 && distance(acknowledged, first.sequence) < 0;
    return isPart ? acknowledged : first.sequence;
  }

  /** Up to what it acknowledges, or to bytes before that which are held: never backwards. */
  #loseAcknowledged(first: Held, other: From): void {
    const { held, next } = this.#directions[other];
    const acknowledged = first.acknowledgement ?? 0;
    const sequence = held[0]?.sequence ?? acknowledged;
    const isBetween =
      next !== null && distance(sequence, next) > 0 && distance(sequence, acknowledged) < 0;
    this.#lose(other, isBetween ? sequence : acknowledged, first.atUs);
  }

  #olderHead(): From {
    const [a] = this.#directions[0].held;
    const [b] = this.#directions[1].held;
    if (a === undefined) return 1;
    return b !== undefined && b.atUs < a.atUs ? 1 : 0;
  }

  #mayGiveUp(first: Held, from: From, nowUs: number): boolean {
    if (this.#isForcing || this.#isFull()) return true;
    return nowUs - first.atUs >= (this.#hasArrived(first, from) ? REORDER_US_MAX : GAP_US_MAX);
  }

  #isFull(): boolean {
    const { limits } = this.#host;
    const [a, b] = this.#directions;
    return (
      a.heldBytes + b.heldBytes > limits.heldBytesPerConnectionMax ||
      a.held.length > limits.heldSegmentsPerDirectionMax ||
      b.held.length > limits.heldSegmentsPerDirectionMax
    );
  }

  /** Somebody acknowledged the missing bytes: they will not be sent again. */
  #hasArrived(first: Held, from: From): boolean {
    const { next, acknowledged } = this.#directions[from];
    if (next === null || this.#isAhead(first, from)) return true;
    return acknowledged !== null && distance(acknowledged, next) > 0;
  }

  /** Begins in the middle, or with a handshake of which half is missing. */
  #join(): void {
    this.#isJoined = true;
    const first = this.#directions.map(({ held }) => held[0]?.bytes ?? null);
    for (const direction of this.#directions) {
      if (direction.next !== null) continue;
      direction.guessStart();
      if (!this.#isHandshakeSeen) direction.lostBytes = Infinity;
    }
    this.#host.onJoin(first);
  }

  #lose(from: From, sequence: number, atUs: number): void {
    const direction = this.#directions[from];
    const before = direction.lostBytes;
    direction.loseUntil(sequence);
    if (direction.lostBytes === before) return;
    this.#host.countLost(direction.lostBytes - before);
    this.#give(from, NOTHING, atUs);
  }

  #deliver(from: From, segment: SegmentBytes): void {
    const direction = this.#directions[from];
    const { payloadLength, sequence, start, end } = segment;
    if (direction.isEnded || direction.next === null || payloadLength === 0) return;
    const known = -distance(sequence, direction.next);
    if (payloadLength <= known) return;
    direction.next = plus(sequence, payloadLength);
    const first = Math.min(start + known, end);
    if (first < end) this.#give(from, segment.bytes.subarray(first, end), segment.atUs);
    const missing = payloadLength - Math.max(known, end - start);
    if (missing <= 0) return;
    direction.lostBytes += missing;
    this.#host.countLost(missing);
    this.#give(from, NOTHING, segment.atUs);
  }

  #give(from: From, bytes: Uint8Array, atUs: number): void {
    const direction = this.#directions[from];
    const lost = direction.lostBytes;
    direction.lostBytes = 0;
    this.#host.onBytes(from, bytes, this.#inOrder(atUs), lost);
  }

  #end(from: From, atUs: number): void {
    const direction = this.#directions[from];
    if (direction.isEnded || direction.next === null) return;
    direction.isEnded = true;
    // The end has a number of its own: what comes after it is behind that.
    direction.next = plus(direction.next, 1);
    this.#host.onEnd(from, this.#inOrder(atUs));
  }

  /** A recorder that swaps packets stamps a cause later than its effect. */
  #inOrder(atUs: number): number {
    this.#givenAtUs = Math.max(this.#givenAtUs, atUs);
    return this.#givenAtUs;
  }
}

/** All of it was handed on; but a FIN right after that, which was not told yet, is news. */
function isOld(frame: Frame, direction: Direction, ahead: number): boolean {
  const beyond = ahead + frame.payloadLength;
  if (beyond !== 0) return beyond < 0;
  return (frame.flags & FIN) === 0 || direction.isEnded;
}
