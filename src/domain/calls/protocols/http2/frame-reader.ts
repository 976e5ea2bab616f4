import { byteAt } from '../byte-at.ts';
import {
  DATA,
  findFrame,
  frameHeadAt,
  HEAD_BYTES,
  isLegal,
  PADDED,
  type FrameHead,
} from './frame-head.ts';

/**
 * One direction of an HTTP/2 connection cut into frames.
 *
 * Frames of data are told piece by piece and not kept, all others whole. After a loss that may hold the
 * beginning of a frame it looks for frames again.
 */

/** Longer frames, except of data, are stepped over. */
export const FRAME_BYTES_MAX = 65_536;
/** Bytes kept while the beginning of a frame is looked for. */
const SEARCH_BYTES_KEPT = 512;

/** When the first and the last byte of a frame came. */
export interface FrameTimes {
  readonly startedAtUs: number;
  readonly atUs: number;
}

export interface FrameHandler {
  /** A whole frame that is not of data. */
  onFrame(head: FrameHead, payload: Uint8Array, times: FrameTimes): void;
  /** A part of the content of a frame of data. */
  onData(head: FrameHead, content: Uint8Array): void;
  onDataEnd(head: FrameHead, atUs: number): void;
  /** A frame of which nothing but the head can be told. */
  onBroken(head: FrameHead, atUs: number): void;
  /** Frames were lost, nobody knows how many. */
  onGap(atUs: number): void;
  /** Not HTTP/2; the reader has stopped. */
  onMalformed(bytes: Uint8Array, atUs: number): void;
}

const NOTHING = new Uint8Array(0);

export class FrameReader {
  readonly #handler: FrameHandler;
  #state: 'head' | 'payload' | 'search' | 'stopped' = 'head';
  #carried: Uint8Array = NOTHING;
  #head: FrameHead = { length: 0, type: 0, flags: 0, streamId: 0 };
  #startedAtUs = 0;
  #got = 0;
  #paddingBytes = 0;
  /** The frame can still be told whole. */
  #isKept = false;
  /** Its payload, when that comes in pieces. */
  #payload: Uint8Array = NOTHING;
  #hasSearched = false;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  push(bytes: Uint8Array, atUs: number): void {
    let at = 0;
    while (at < bytes.length) at = this.#step(bytes, at, atUs);
  }

  lose(count: number, atUs: number): void {
    if (this.#state === 'payload' && count <= this.#head.length - this.#got) {
      this.#got += count;
      this.#isKept = false;
      if (this.#got === this.#head.length) this.#endFrame(atUs);
      return;
    }
    if (this.#state === 'payload') this.#handler.onBroken(this.#head, atUs);
    this.#search(atUs);
  }

  stop(): void {
    this.#state = 'stopped';
    this.#carried = NOTHING;
    this.#payload = NOTHING;
  }

  #step(bytes: Uint8Array, at: number, atUs: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes, at, atUs);
      case 'payload':
        return this.#readPayload(bytes, at, atUs);
      case 'search':
        return this.#searchIn(bytes, at, atUs);
      case 'stopped':
        return bytes.length;
    }
  }

  #readHead(bytes: Uint8Array, at: number, atUs: number): number {
    if (this.#carried.length === 0) this.#startedAtUs = atUs;
    const missing = HEAD_BYTES - this.#carried.length;
    const whole = joined(this.#carried, bytes.subarray(at, at + missing));
    if (whole.length < HEAD_BYTES) {
      this.#carried = whole.slice();
      return bytes.length;
    }
    this.#carried = NOTHING;
    this.#head = frameHeadAt(whole, 0);
    if (isLegal(this.#head)) this.#beginFrame(atUs);
    else if (this.#hasSearched) this.#search(atUs);
    else {
      this.stop();
      this.#handler.onMalformed(bytes.subarray(at), atUs);
    }
    return at + missing;
  }

  #beginFrame(atUs: number): void {
    const { type, length } = this.#head;
    this.#state = 'payload';
    this.#got = 0;
    this.#paddingBytes = 0;
    this.#isKept = type !== DATA && length <= FRAME_BYTES_MAX;
    if (length === 0) this.#endFrame(atUs);
  }

  #readPayload(bytes: Uint8Array, at: number, atUs: number): number {
    const end = Math.min(bytes.length, at + this.#head.length - this.#got);
    const piece = bytes.subarray(at, end);
    if (this.#head.type === DATA) this.#tellData(piece);
    const isFirst = this.#got === 0;
    this.#got += piece.length;
    const isWhole = this.#got === this.#head.length;
    if (this.#isKept && !(isFirst && isWhole)) this.#keep(piece);
    if (isWhole) this.#endFrame(atUs, isFirst ? piece : this.#payload);
    return end;
  }

  #keep(piece: Uint8Array): void {
    if (this.#payload.length === 0) this.#payload = new Uint8Array(this.#head.length);
    this.#payload.set(piece, this.#got - piece.length);
  }

  #tellData(piece: Uint8Array): void {
    const { flags, length } = this.#head;
    let from = 0;
    if ((flags & PADDED) !== 0 && this.#got === 0) {
      this.#paddingBytes = byteAt(piece, 0);
      from = 1;
    }
    const to = Math.min(piece.length, length - this.#paddingBytes - this.#got);
    if (to > from) this.#handler.onData(this.#head, piece.subarray(from, to));
  }

  #endFrame(atUs: number, payload: Uint8Array = NOTHING): void {
    const head = this.#head;
    this.#payload = NOTHING;
    this.#state = 'head';
    if (head.type === DATA) this.#handler.onDataEnd(head, atUs);
    else if (this.#isKept) {
      this.#handler.onFrame(head, payload, { startedAtUs: this.#startedAtUs, atUs });
    } else this.#handler.onBroken(head, atUs);
  }

  #search(atUs: number): void {
    this.#state = 'search';
    this.#hasSearched = true;
    this.#carried = NOTHING;
    this.#payload = NOTHING;
    this.#handler.onGap(atUs);
  }

  /** Looks at the rest of these bytes; where frames begin in what was carried, reads that first. */
  #searchIn(bytes: Uint8Array, at: number, atUs: number): number {
    const carried = this.#carried;
    const all = joined(carried, bytes.subarray(at));
    const found = findFrame(all);
    if (found < 0) {
      this.#carried = all.slice(-SEARCH_BYTES_KEPT);
      return bytes.length;
    }
    this.#carried = NOTHING;
    this.#state = 'head';
    if (found < carried.length) this.push(carried.subarray(found), atUs);
    return at + Math.max(0, found - carried.length);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
