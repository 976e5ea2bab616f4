import { Kept, type PartialMessage, type StreamReader } from './reader.ts';

/** What `onLine` answers: the length of the block of bytes that follows, or one of these. */
export const NO_BLOCK = -1;
/** The line is nothing of this protocol. */
export const BAD_LINE = -2;

/** How a stream of lines, some followed by a counted block, is read. */
export interface LineHandler {
  /** @param line - Without its end; its beginning, when it is longer than what is kept. */
  onLine(line: Uint8Array, atUs: number): number;
  /** @param start - The first bytes of the block. */
  onBlock(start: Uint8Array, atUs: number): void;
  /** After a loss: whether these bytes, the beginning of a piece, begin a message. */
  canBegin(bytes: Uint8Array): boolean;
  /** What came is nothing of this protocol. Told of each piece that is passed over. */
  onTrouble(atUs: number): void;
}

const LF = 10;
const CR = 13;
const LINE_BYTES_KEPT = 4_096;
/** A longer line is none. */
const LINE_BYTES_MAX = 1_048_576;
const BLOCK_BYTES_KEPT = 256;
/** Behind each block. */
const BLOCK_END_BYTES = 2;

/** Lines and blocks of one direction; blocks are counted, not kept. */
export class LineReader implements StreamReader {
  readonly #handler: LineHandler;
  readonly #line = new Kept(LINE_BYTES_KEPT);
  #lineBytes = 0;
  readonly #block = new Kept(BLOCK_BYTES_KEPT);
  /** Of the block and its end; 0 outside. */
  #blockLength = 0;
  #blockSeen = 0;
  #isHoled = false;
  #isSearching = false;

  constructor(handler: LineHandler) {
    this.#handler = handler;
  }

  get isIdle(): boolean {
    return this.#lineBytes === 0 && this.#blockLength === 0;
  }

  get partial(): PartialMessage | null {
    if (this.#blockLength > 0) return { got: this.#blockSeen, whole: this.#blockLength };
    return this.#lineBytes > 0 ? { got: this.#lineBytes, whole: null } : null;
  }

  push(bytes: Uint8Array, atUs: number): void {
    if (this.#isSearching && bytes.length > 0) {
      if (!this.#handler.canBegin(bytes)) {
        this.#handler.onTrouble(atUs);
        return;
      }
      this.#isSearching = false;
    }
    let rest = bytes;
    while (rest.length > 0) {
      rest = this.#blockLength > 0 ? this.#readBlock(rest, atUs) : this.#readLine(rest, atUs);
    }
  }

  lose(count: number, atUs: number): boolean {
    if (this.#blockLength === 0 || count > this.#blockLength - this.#blockSeen) {
      this.#search();
      return false;
    }
    this.#isHoled = true;
    this.#blockSeen += count;
    this.#endBlock(atUs);
    return true;
  }

  #readLine(bytes: Uint8Array, atUs: number): Uint8Array {
    const lf = bytes.indexOf(LF);
    if (lf >= 0 && this.#lineBytes === 0) {
      this.#takeLine(bytes.subarray(0, lf), atUs);
      return this.#isSearching ? bytes.subarray(bytes.length) : bytes.subarray(lf + 1);
    }
    const end = lf < 0 ? bytes.length : lf;
    this.#line.add(bytes.subarray(0, end));
    this.#lineBytes += end;
    if (lf >= 0) {
      const line = this.#line.bytes;
      this.#line.clear();
      this.#lineBytes = 0;
      this.#takeLine(line, atUs);
    } else if (this.#lineBytes > LINE_BYTES_MAX) this.#refuse(atUs);
    return this.#isSearching ? bytes.subarray(bytes.length) : bytes.subarray(end + 1);
  }

  #takeLine(line: Uint8Array, atUs: number): void {
    const length = line.at(-1) === CR ? line.length - 1 : line.length;
    const block = this.#handler.onLine(line.subarray(0, length), atUs);
    if (block === BAD_LINE) this.#refuse(atUs);
    else if (block !== NO_BLOCK) this.#blockLength = block + BLOCK_END_BYTES;
  }

  #readBlock(bytes: Uint8Array, atUs: number): Uint8Array {
    const taken = bytes.subarray(0, this.#blockLength - this.#blockSeen);
    if (!this.#isHoled) this.#block.add(taken);
    this.#blockSeen += taken.length;
    this.#endBlock(atUs);
    return bytes.subarray(taken.length);
  }

  #endBlock(atUs: number): void {
    if (this.#blockSeen < this.#blockLength) return;
    const content = this.#block.bytes.subarray(0, this.#blockLength - BLOCK_END_BYTES);
    this.#forgetBlock();
    this.#handler.onBlock(content, atUs);
  }

  #forgetBlock(): void {
    this.#block.clear();
    this.#blockLength = 0;
    this.#blockSeen = 0;
    this.#isHoled = false;
  }

  #refuse(atUs: number): void {
    this.#search();
    this.#handler.onTrouble(atUs);
  }

  #search(): void {
    this.#forgetBlock();
    this.#line.clear();
    this.#lineBytes = 0;
    this.#isSearching = true;
  }
}
