import { byteAt } from '../byte-at.ts';
import {
  CONTINUATION,
  END_HEADERS,
  END_STREAM,
  HEADERS,
  PADDED,
  PRIORITY,
  PUSH_PROMISE,
  type FrameHead,
} from './frame-head.ts';
import type { FrameTimes } from './frame-reader.ts';
import { HeaderDecoder } from './hpack.ts';
import type { HeaderField } from './static-table.ts';

/** Header blocks of one direction, put together from their frames and decompressed in order. */

/** Blocks longer than this are not told. */
export const BLOCK_BYTES_MAX = 65_536;

export interface HeaderList {
  readonly streamId: number;
  /** Nothing follows on this stream. */
  readonly isLast: boolean;
  /** Null when the block was not seen whole or cannot be read. */
  readonly fields: readonly HeaderField[] | null;
  readonly startedAtUs: number;
  readonly atUs: number;
}

interface OpenBlock {
  readonly head: FrameHead;
  readonly startedAtUs: number;
  readonly parts: Uint8Array[];
  bytes: number;
}

export class HeaderBlocks {
  readonly #decoder = new HeaderDecoder();
  readonly #tell: (list: HeaderList) => void;
  readonly #isGrpc: (streamId: number) => boolean;
  #open: OpenBlock | null = null;

  /** @param isGrpc - Whether a block answers a request that is known to be of gRPC. */
  constructor(tell: (list: HeaderList) => void, isGrpc: (streamId: number) => boolean) {
    this.#tell = tell;
    this.#isGrpc = isGrpc;
  }

  /** A whole frame that holds a piece of a block. */
  take(head: FrameHead, payload: Uint8Array, times: FrameTimes): void {
    if (head.type === CONTINUATION) this.#continue(head, payload, times.atUs);
    else {
      const block = { head, startedAtUs: times.startedAtUs, parts: [], bytes: 0 };
      this.#open = block;
      this.#append(block, head, fragmentOf(head, payload), times.atUs);
    }
  }

  /** A frame that holds a piece of a block, without that piece. */
  lose(head: FrameHead, atUs: number): void {
    this.#decoder.forget();
    const first = head.type === CONTINUATION ? (this.#open?.head ?? head) : head;
    this.#open = null;
    this.#tellUnread(first, atUs);
  }

  /** Nobody knows what was lost. */
  forget(): void {
    this.#open = null;
    this.#decoder.forget();
  }

  #continue(head: FrameHead, payload: Uint8Array, atUs: number): void {
    const block = this.#open;
    if (block === null || block.head.streamId !== head.streamId) this.forget();
    else this.#append(block, head, payload, atUs);
  }

  #append(block: OpenBlock, head: FrameHead, fragment: Uint8Array | null, atUs: number): void {
    block.bytes += fragment?.length ?? 0;
    if (fragment === null || block.bytes > BLOCK_BYTES_MAX) {
      this.lose(block.head, atUs);
      return;
    }
    const isEnd = (head.flags & END_HEADERS) !== 0;
    block.parts.push(isEnd ? fragment : fragment.slice());
    if (isEnd) this.#end(block, atUs);
  }

  #end({ head, startedAtUs, parts, bytes }: OpenBlock, atUs: number): void {
    this.#open = null;
    const { streamId } = head;
    const fields = this.#decoder.decode(together(parts, bytes), this.#isGrpc(streamId));
    if (head.type === PUSH_PROMISE) return;
    this.#tell({ streamId, isLast: isLast(head), fields, startedAtUs, atUs });
  }

  #tellUnread(head: FrameHead, atUs: number): void {
    if (head.type !== HEADERS) return;
    const { streamId } = head;
    this.#tell({ streamId, isLast: isLast(head), fields: null, startedAtUs: atUs, atUs });
  }
}

function isLast(head: FrameHead): boolean {
  return (head.flags & END_STREAM) !== 0;
}

/** What is left of a payload without padding, priority and the number of a promised stream; null if it is too short. */
function fragmentOf(head: FrameHead, payload: Uint8Array): Uint8Array | null {
  const isPadded = (head.flags & PADDED) !== 0;
  const hasPriority = head.type === HEADERS && (head.flags & PRIORITY) !== 0;
  const from = (isPadded ? 1 : 0) + (hasPriority ? 5 : 0) + (head.type === PUSH_PROMISE ? 4 : 0);
  const to = payload.length - (isPadded ? byteAt(payload, 0) : 0);
  return from <= to ? payload.subarray(from, to) : null;
}

function together(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
