import { Cursor } from '../bytes/cursor.ts';
import type { Frame } from '../bytes/frames.ts';

/**
 * What clients still owe of their messages: behind each publish a header must come on its channel, and as many
 * bytes as that says, before any other method does.
 */

const METHOD = 1;
const HEADER = 2;
/** Of any frame: its head and its end. */
const FRAME_BYTES = 8;
const HEADER_BYTES_MIN = 14 + FRAME_BYTES;
const METHOD_BYTES_MIN = 4 + FRAME_BYTES;
const BODY_SIZE_AT = 11;

export class OwedContent {
  /** Bytes of frames that must come, at least, by channel. */
  readonly #owed = new Map<number, number>();

  published(channel: number): void {
    this.#owed.set(channel, HEADER_BYTES_MIN);
  }

  /** Any frame of the client but a publish. */
  saw({ bytes, length }: Frame): void {
    const cursor = new Cursor(bytes);
    const type = cursor.uint8();
    const channel = cursor.uint16();
    const owed = this.#owed.get(channel);
    if (owed === undefined) return;
    if (type === METHOD) this.#owed.delete(channel);
    else if (type === HEADER) this.#set(channel, bodySizeIn(bytes));
    else this.#set(channel, owed - length);
  }

  /**
   * Channels that cannot have lost a method: either what they owed is among the lost bytes, and then no method is,
   * or it is still to come, and then no method of theirs is.
   */
  explain(lostBytes: number): ReadonlySet<number> {
    const explained = [...this.#owed].filter(([, owed]) => lostBytes - owed < METHOD_BYTES_MIN);
    this.#owed.clear();
    return new Set(explained.map(([channel]) => channel));
  }

  #set(channel: number, bodyBytes: number): void {
    if (bodyBytes > 0) this.#owed.set(channel, bodyBytes + FRAME_BYTES);
    else this.#owed.delete(channel);
  }
}

/** As far as four bytes tell. */
function bodySizeIn(bytes: Uint8Array): number {
  const cursor = new Cursor(bytes, BODY_SIZE_AT);
  cursor.skip(4);
  return cursor.int32() >>> 0;
}
