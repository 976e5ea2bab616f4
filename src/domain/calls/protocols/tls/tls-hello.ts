/** What the first messages of a TLS handshake say in plain text. */

const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const SERVER_NAME = 0;
const SUPPORTED_VERSIONS = 43;
const TLS_1_3 = 0x0304;
const NAME = /^[\w.-]{1,253}$/u;
const HEAD_BYTES = 4;
const RANDOM_END = 38;

/** The name of the server that a client asks for; null when it does not say, or this is no such message. */
export function serverNameIn(message: Uint8Array): string | null {
  const extension = extensionIn(message, CLIENT_HELLO, SERVER_NAME);
  if (extension === null || extension.length < 5) return null;
  const name = new TextDecoder('latin1').decode(extension.subarray(5));
  return NAME.test(name) ? name : null;
}

/**
 * Whether a server chose TLS 1.3, where all that follows is encrypted. Null when this is not what a server says
 * first, or not the whole of it.
 */
export function choosesTls13(message: Uint8Array): boolean | null {
  if (message[0] !== SERVER_HELLO) return null;
  const extension = extensionIn(message, SERVER_HELLO, SUPPORTED_VERSIONS);
  if (extension !== null) return new Cursor(extension, 0).number(2) === TLS_1_3;
  const [, high = 0, middle = 0, low = 0] = message;
  return message.length < HEAD_BYTES + high * 65_536 + middle * 256 + low ? null : false;
}

function extensionIn(message: Uint8Array, kind: number, wanted: number): Uint8Array | null {
  if (message[0] !== kind) return null;
  const cursor = new Cursor(message, RANDOM_END);
  cursor.skip(cursor.number(1));
  if (kind === CLIENT_HELLO) {
    cursor.skip(cursor.number(2));
    cursor.skip(cursor.number(1));
  } else cursor.skip(3);
  cursor.skip(2);
  while (cursor.hasMore) {
    const type = cursor.number(2);
    const length = cursor.number(2);
    const extension = cursor.take(length);
    const isWhole = length > 0 && extension.length === length;
    if (type === wanted) return isWhole ? extension : null;
  }
  return null;
}

/** Beyond the end there are zeros, and nothing more. */
class Cursor {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get hasMore(): boolean {
    return this.#at < this.#bytes.length;
  }

  skip(count: number): void {
    this.#at += count;
  }

  number(bytes: 1 | 2): number {
    const [high = 0, low = 0] = this.take(bytes);
    return bytes === 1 ? high : high * 256 + low;
  }

  take(count: number): Uint8Array {
    const taken = this.#bytes.subarray(this.#at, this.#at + count);
    this.skip(count);
    return taken;
  }
}
