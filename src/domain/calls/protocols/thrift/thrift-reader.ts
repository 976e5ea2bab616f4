import { NOTHING, type PartialMessage, type StreamReader } from '../bytes/reader.ts';
import { MORE, NONE } from '../bytes/frames.ts';
import { ThriftBody } from './thrift-body.ts';
import { readHead, type ThriftHead } from './thrift-head.ts';

/** One direction of a connection cut into messages of Thrift, each in a frame or not. */

export interface ThriftMessage {
  readonly head: ThriftHead;
  /** What was seen of it. */
  readonly body: ThriftBody;
  readonly startedAtUs: number;
  readonly atUs: number;
}

interface ThriftHandler {
  onMessage(message: ThriftMessage): void;
  onTrouble(atUs: number): void;
  /** After a loss: whether that side says such a thing. */
  canSay(head: ThriftHead): boolean;
}

interface Open {
  readonly head: ThriftHead;
  readonly body: ThriftBody;
  /** Of the frame; `Infinity` outside of frames. */
  left: number;
}

export class ThriftReader implements StreamReader {
  readonly #handler: ThriftHandler;
  #open: Open | null = null;
  /** The beginning of something that did not come whole. */
  #rest: Uint8Array = NOTHING;
  /** Bytes of the open message that are behind us. */
  #seen = 0;
  #isSearching = false;
  #startedAtUs = 0;

  constructor(handler: ThriftHandler) {
    this.#handler = handler;
  }

  get partial(): PartialMessage | null {
    const got = this.#seen + this.#rest.length;
    if (got === 0) return null;
    const left = this.#open?.left ?? Infinity;
    return { got, whole: left === Infinity ? null : this.#seen + left };
  }

  push(bytes: Uint8Array, atUs: number): void {
    if (bytes.length === 0) return;
    if (this.#isSearching && !this.#canBegin(bytes)) {
      this.#handler.onTrouble(atUs);
      return;
    }
    this.#isSearching = false;
    if (this.partial === null) this.#startedAtUs = atUs;
    let data = this.#withRest(bytes);
    while (data.length > 0) {
      const open = this.#open;
      const used = open === null ? this.#begin(data, atUs) : this.#goOn(open, data, atUs);
      if (used === 0) break;
      data = data.subarray(used);
    }
    // Its holder may use the buffer again.
    this.#rest = data.slice();
  }

  lose(count: number, atUs: number): boolean {
    const open = this.#open;
    const lost = this.#rest.length + count;
    if (open === null || lost > open.left || !isPassed(open, lost)) {
      this.#forget();
      this.#isSearching = true;
      return false;
    }
    this.#rest = NOTHING;
    this.#pass(open, lost, atUs);
    return true;
  }

  #canBegin(bytes: Uint8Array): boolean {
    const head = readHead(bytes);
    return typeof head === 'object' && this.#handler.canSay(head);
  }

  #withRest(bytes: Uint8Array): Uint8Array {
    const rest = this.#rest;
    if (rest.length === 0) return bytes;
    const whole = new Uint8Array(rest.length + bytes.length);
    whole.set(rest);
    whole.set(bytes, rest.length);
    this.#rest = NOTHING;
    return whole;
  }

  /** Returns how much was used; none while the head is not whole. */
  #begin(bytes: Uint8Array, atUs: number): number {
    const head = readHead(bytes);
    if (head === NONE) return this.#refuse(bytes, atUs);
    if (head === MORE) return 0;
    const body = new ThriftBody(head.wire, head.kind);
    this.#open = { head, body, left: head.frameRest ?? Infinity };
    this.#seen = head.bytes;
    return head.bytes;
  }

  #goOn(open: Open, bytes: Uint8Array, atUs: number): number {
    const piece = bytes.subarray(0, open.left);
    const { body } = open;
    const used = body.take(piece);
    const isUnclear = body.isBroken || (piece.length === open.left && !body.isDone);
    if (isUnclear && open.left === Infinity) return this.#refuse(bytes, atUs);
    // The rest of a frame, whatever it is.
    const passed = isUnclear || (body.isDone && open.left !== Infinity) ? piece.length : used;
    this.#pass(open, passed, atUs);
    return passed;
  }

  #pass(open: Open, count: number, atUs: number): void {
    open.left -= count;
    this.#seen += count;
    const isFramed = open.left !== Infinity;
    if (isFramed ? open.left > 0 : !open.body.isDone) return;
    const message = { head: open.head, body: open.body, startedAtUs: this.#startedAtUs, atUs };
    this.#forget();
    this.#startedAtUs = atUs;
    this.#handler.onMessage(message);
  }

  /** The rest of the piece goes with it. */
  #refuse(bytes: Uint8Array, atUs: number): number {
    this.#forget();
    this.#isSearching = true;
    this.#handler.onTrouble(atUs);
    return bytes.length;
  }

  #forget(): void {
    this.#open = null;
    this.#seen = 0;
    this.#rest = NOTHING;
  }
}

/** Whether it is known where the message goes on after lost bytes. */
function isPassed({ body, left }: Open, lost: number): boolean {
  return body.lose(lost) || left !== Infinity;
}
