import { byteAt } from './byte-at.ts';

/** Longest chunk-size line, extensions included, and longest trailer line. */
const LINE_BYTES_MAX = 16_384;
const TRAILER_BYTES_MAX = 65_536;
/** 2^52: beyond, numbers stop being exact. */
const SIZE_DIGITS_MAX = 13;

const LF = 10;
const CR = 13;

type State = 'size' | 'extension' | 'data' | 'after-data' | 'trailer';

/** The framing of one chunked body with its trailers, read piece by piece. */
export class ChunkedBody {
  isDone = false;
  isMalformed = false;
  /** Payload so far, lost bytes included. */
  bodyBytes = 0;

  #state: State = 'size';
  #remaining = 0;
  #digits = 0;
  #lineBytes = 0;
  #trailerBytes = 0;
  #lastByte = 0;
  readonly #onData: (bytes: Uint8Array, from: number, to: number) => void;

  constructor(onData: (bytes: Uint8Array, from: number, to: number) => void) {
    this.#onData = onData;
  }

  /** Reads from an offset and returns where it stopped: at the end, after the body, or at bad bytes. */
  read(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length && !this.isDone && !this.isMalformed) at = this.#step(bytes, at);
    return at;
  }

  /** Steps over lost bytes if they cannot have held any framing. */
  lose(count: number): boolean {
    if (this.#state !== 'data' || count > this.#remaining) return false;
    this.#take(count);
    return true;
  }

  #step(bytes: Uint8Array, at: number): number {
    switch (this.#state) {
      case 'size':
        return this.#readSize(bytes, at);
      case 'extension':
        return this.#skipExtension(bytes, at);
      case 'data':
        return this.#readData(bytes, at);
      case 'after-data':
        return this.#readAfterData(bytes, at);
      case 'trailer':
        return this.#readTrailer(bytes, at);
    }
  }

  #readSize(bytes: Uint8Array, at: number): number {
    const byte = byteAt(bytes, at);
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#remaining = this.#remaining * 16 + digit;
      this.#digits += 1;
      this.isMalformed = this.#digits > SIZE_DIGITS_MAX;
      return at + 1;
    }
    if (this.#digits === 0 || (byte > 32 && byte !== 59)) {
      this.isMalformed = true;
      return at;
    }
    this.#state = 'extension';
    return at;
  }

  #skipExtension(bytes: Uint8Array, at: number): number {
    const lf = bytes.indexOf(LF, at);
    const end = lf < 0 ? bytes.length : lf + 1;
    this.#lineBytes += end - at;
    if (this.#lineBytes > LINE_BYTES_MAX) this.isMalformed = true;
    if (lf < 0) return end;
    this.#lineBytes = 0;
    this.#digits = 0;
    this.#state = this.#remaining === 0 ? 'trailer' : 'data';
    return end;
  }

  #readData(bytes: Uint8Array, at: number): number {
    const end = Math.min(bytes.length, at + this.#remaining);
    this.#onData(bytes, at, end);
    this.#take(end - at);
    return end;
  }

  #take(count: number): void {
    this.#remaining -= count;
    this.bodyBytes += count;
    if (this.#remaining === 0) this.#state = 'after-data';
  }

  #readAfterData(bytes: Uint8Array, at: number): number {
    const byte = bytes[at];
    if (byte === LF) this.#state = 'size';
    else if (byte !== CR || this.#lastByte === CR) {
      this.isMalformed = true;
      return at;
    }
    this.#lastByte = byte === CR ? CR : 0;
    return at + 1;
  }

  #readTrailer(bytes: Uint8Array, at: number): number {
    const lf = bytes.indexOf(LF, at);
    const end = lf < 0 ? bytes.length : lf + 1;
    this.#trailerBytes += end - at;
    if (lf < 0) {
      this.#lineBytes += end - at;
      this.#lastByte = byteAt(bytes, end - 1);
    } else {
      const lineBytes = this.#lineBytes + lf - at;
      const last = lf > at ? bytes[lf - 1] : this.#lastByte;
      this.isDone = lineBytes === 0 || (lineBytes === 1 && last === CR);
      this.#lineBytes = 0;
      this.#lastByte = 0;
    }
    const isTooLong = this.#lineBytes > LINE_BYTES_MAX || this.#trailerBytes > TRAILER_BYTES_MAX;
    this.isMalformed = isTooLong && !this.isDone;
    return end;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
