import { ChunkedBody } from './http1-chunks.ts';
import { HeadReader, type MessageKind, type RawHead } from './http1-head-reader.ts';

/**
 * One direction of an HTTP/1 connection cut into messages: heads as they lie, bodies as lengths.
 *
 * Bytes are looked at in place and no body is kept. It pairs nothing and judges nothing.
 */

/** Bytes kept while it is not known whether they are a tunnel's. */
const HELD_BYTES_MAX = 65_536;

/** What `onHead` answers: a content length, or one of these. */
export const CHUNKED = -1;
export const UNTIL_CLOSE = -2;
/** Another protocol follows. */
export const TUNNEL = -3;
/** No body, and what follows may be another protocol: keep it until `release`. */
export const HOLD = -4;
/** The head contradicts itself. */
export const BAD_HEAD = -5;
/** More messages than anybody follows. */
export const TOO_MANY = -6;
/** Where the message ends cannot be told: look for the next. */
export const SEARCH = -7;

export type Trouble = 'malformed' | 'too-large' | 'too-many';

export interface MessageHandler {
  /** The first byte of a message. */
  onStart(atUs: number): void;
  onHead(head: RawHead, atUs: number): number;
  onBody(bytes: Uint8Array, from: number, to: number): void;
  onEnd(atUs: number): void;
  /** The stream stopped: these bytes cannot be followed. */
  onTrouble(trouble: Trouble, bytes: Uint8Array, atUs: number): void;
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly atUs: number;
}

const NOTHING = new Uint8Array(0);
/** In place of an offset. */
const STOPPED = -1;

export class MessageStream {
  readonly #handler: MessageHandler;
  readonly #heads: HeadReader;
  #hasSearched = false;
  #state: 'head' | 'length' | 'chunked' | 'until-close' | 'held' | 'stopped' = 'head';
  #announced = 0;
  #bodyBytes = 0;
  #chunks: ChunkedBody;
  #held: Piece[] = [];
  #heldBytes = 0;

  constructor(kind: MessageKind, handler: MessageHandler) {
    this.#handler = handler;
    this.#heads = new HeadReader(kind, (atUs) => handler.onStart(atUs));
    this.#chunks = this.#newChunks();
  }

  /** Between messages, or looking for one. */
  get isIdle(): boolean {
    return this.#state === 'head' && (this.#heads.carriedBytes === 0 || this.#heads.isResyncing);
  }

  get isUntilClose(): boolean {
    return this.#state === 'until-close';
  }

  /** It once looked for a message, so that what follows may have been cut at the wrong place. */
  get hasSearched(): boolean {
    return this.#hasSearched;
  }

  /** Inside a body: how much came of how much, `whole` null when the framing does not say. */
  get body(): { readonly got: number; readonly whole: number | null } | null {
    if (this.#state === 'chunked') return { got: this.#chunks.bodyBytes, whole: null };
    if (this.#state === 'until-close') return { got: this.#bodyBytes, whole: null };
    return this.#state === 'length' ? { got: this.#bodyBytes, whole: this.#announced } : null;
  }

  /** The head that is not complete. */
  get partialHead(): { readonly bytes: number; readonly firstLine: string } {
    return { bytes: this.#heads.carriedBytes, firstLine: this.#heads.firstLine() };
  }

  /** Returns where it stopped: the end, or the first byte that is not HTTP/1 any more. */
  push(bytes: Uint8Array, atUs: number): number {
    let at = 0;
    while (at < bytes.length) {
      const next = this.#step(bytes, at, atUs);
      if (next === STOPPED) break;
      at = next;
    }
    return at;
  }

  /** Steps over lost bytes. False when messages may have been among them. */
  lose(count: number, atUs: number): boolean {
    if (this.#state === 'head') return false;
    if (this.#state === 'chunked') return this.#chunks.lose(count);
    if (this.#state !== 'length') return true;
    if (count > this.#announced - this.#bodyBytes) return false;
    this.#bodyBytes += count;
    if (this.#bodyBytes === this.#announced) this.#end(atUs);
    return true;
  }

  /** Gives up the current message and looks for the next. */
  resync(): void {
    this.#heads.drop();
    this.#heads.isResyncing = true;
    this.#hasSearched = true;
    this.#state = 'head';
  }

  /** What was held since `HOLD` is HTTP/1 after all. */
  release(): void {
    this.#state = 'head';
    for (const piece of this.takeHeld()) this.push(piece.bytes, piece.atUs);
  }

  takeHeld(): readonly Piece[] {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }

  stop(): void {
    this.#heads.drop();
    this.#state = 'stopped';
  }

  #step(bytes: Uint8Array, at: number, atUs: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes, at, atUs);
      case 'length':
        return this.#readLength(bytes, at, atUs);
      case 'chunked':
        return this.#readChunked(bytes, at, atUs);
      case 'until-close':
        this.#bodyBytes += bytes.length - at;
        this.#handler.onBody(bytes, at, bytes.length);
        return bytes.length;
      case 'held':
        return this.#hold(bytes, at, atUs);
      case 'stopped':
        return STOPPED;
    }
  }

  #readHead(bytes: Uint8Array, from: number, atUs: number): number {
    const result = this.#heads.read(bytes, from, atUs);
    if (result === 'head') this.#begin(this.#handler.onHead(this.#heads, atUs), atUs);
    else if (result !== 'more') this.#refuse(result, this.#heads.refused, atUs);
    return this.#heads.next;
  }

  #begin(framing: number, atUs: number): void {
    this.#bodyBytes = 0;
    if (framing >= 0) {
      this.#announced = framing;
      this.#state = 'length';
      if (framing === 0) this.#end(atUs);
    } else if (framing === CHUNKED) {
      this.#chunks = this.#newChunks();
      this.#state = 'chunked';
    } else if (framing === UNTIL_CLOSE) this.#state = 'until-close';
    else this.#leave(framing, atUs);
  }

  #leave(framing: number, atUs: number): void {
    if (framing === HOLD) {
      this.#end(atUs);
      this.#state = 'held';
    } else if (framing === TUNNEL) this.stop();
    else if (framing === SEARCH) this.resync();
    else this.#refuse(framing === TOO_MANY ? 'too-many' : 'malformed', NOTHING, atUs);
  }

  #readLength(bytes: Uint8Array, at: number, atUs: number): number {
    const end = Math.min(bytes.length, at + this.#announced - this.#bodyBytes);
    this.#bodyBytes += end - at;
    this.#handler.onBody(bytes, at, end);
    if (this.#bodyBytes === this.#announced) this.#end(atUs);
    return end;
  }

  #readChunked(bytes: Uint8Array, at: number, atUs: number): number {
    const chunks = this.#chunks;
    const end = chunks.read(bytes, at);
    if (chunks.isDone) this.#end(atUs);
    else if (chunks.isMalformed) this.#refuse('malformed', NOTHING, atUs);
    return end;
  }

  #hold(bytes: Uint8Array, at: number, atUs: number): number {
    this.#heldBytes += bytes.length - at;
    if (this.#heldBytes > HELD_BYTES_MAX) {
      this.#refuse('too-large', NOTHING, atUs);
      return at;
    }
    this.#held.push({ bytes: bytes.slice(at), atUs });
    return bytes.length;
  }

  #end(atUs: number): void {
    this.#state = 'head';
    this.#handler.onEnd(atUs);
  }

  #refuse(trouble: Trouble, bytes: Uint8Array, atUs: number): void {
    this.stop();
    this.#handler.onTrouble(trouble, bytes, atUs);
  }

  #newChunks(): ChunkedBody {
    return new ChunkedBody((bytes, from, to) => this.#handler.onBody(bytes, from, to));
  }
}
