import { byteAt } from '../byte-at.ts';

/** One direction of a WebSocket: looks for the frame that closes it, steps over all others. */

export interface Close {
  /** Null when it says none. */
  readonly code: number | null;
  readonly text: string;
}

const CLOSE = 8;
const CONTROL_BYTES_MAX = 125;
const HEAD_BYTES_MIN = 2;
const MASK_BYTES = 4;

export class CloseFinder {
  readonly #onClose: (close: Close, atUs: number) => void;
  #head: number[] = [];
  #payload: number[] = [];
  #left = 0;
  #isClose = false;
  /** Where the next frame begins cannot be told any more. */
  isLost = false;

  constructor(onClose: (close: Close, atUs: number) => void) {
    this.#onClose = onClose;
  }

  push(bytes: Uint8Array, atUs: number): void {
    let at = 0;
    while (at < bytes.length && !this.isLost) {
      at = this.#left > 0 ? this.#readPayload(bytes, at, atUs) : this.#readHead(bytes, at, atUs);
    }
  }

  lose(count: number): void {
    if (count <= this.#left && !this.#isClose) this.#left -= count;
    else this.isLost = true;
  }

  #readHead(bytes: Uint8Array, at: number, atUs: number): number {
    this.#head.push(byteAt(bytes, at));
    if (this.#head.length === headBytes(this.#head)) this.#begin(atUs);
    return at + 1;
  }

  #begin(atUs: number): void {
    const head = Uint8Array.from(this.#head);
    this.#isClose = (byteAt(head, 0) & 0x0f) === CLOSE;
    this.#left = payloadBytes(head);
    this.#payload = [];
    if (this.#isClose && this.#left > CONTROL_BYTES_MAX) this.isLost = true;
    if (this.#left === 0) this.#end(atUs);
  }

  #readPayload(bytes: Uint8Array, at: number, atUs: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    if (this.#isClose) this.#payload.push(...bytes.subarray(at, end));
    this.#left -= end - at;
    if (this.#left === 0) this.#end(atUs);
    return end;
  }

  #end(atUs: number): void {
    const head = this.#head;
    this.#head = [];
    if (this.#isClose) this.#onClose(closeIn(unmasked(this.#payload, head)), atUs);
    this.#isClose = false;
  }
}

/** Of a head of which so much is there. */
function headBytes(head: readonly number[]): number {
  const second = head[1];
  if (second === undefined) return HEAD_BYTES_MIN;
  const length = second & 0x7f;
  const extended = length === 127 ? 8 : length === 126 ? 2 : 0;
  return HEAD_BYTES_MIN + extended + (second >= 0x80 ? MASK_BYTES : 0);
}

function payloadBytes(head: Uint8Array): number {
  const length = byteAt(head, 1) & 0x7f;
  const view = new DataView(head.buffer);
  if (length === 126) return view.getUint16(2);
  return length === 127 ? Number(view.getBigUint64(2)) : length;
}

function unmasked(payload: readonly number[], head: readonly number[]): Uint8Array {
  const isMasked = ((head[1] as number) & 0x80) !== 0;
  const mask = head.slice(-MASK_BYTES);
  return Uint8Array.from(payload, (byte, at) =>
    isMasked ? byte ^ (mask[at % MASK_BYTES] as number) : byte,
  );
}

function closeIn(payload: Uint8Array): Close {
  if (payload.length < 2) return { code: null, text: '' };
  const code = byteAt(payload, 0) * 256 + byteAt(payload, 1);
  return { code, text: new TextDecoder().decode(payload.subarray(2)) };
}
