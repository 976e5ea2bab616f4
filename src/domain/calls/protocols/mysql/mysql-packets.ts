import { byteAt } from '../byte-at.ts';
import { Kept, NOTHING, type PartialMessage, type StreamReader } from '../bytes/reader.ts';

/** One direction of a MySQL connection cut into packets: a length, a number, a payload. */

export const HEAD_BYTES = 4;
/** A payload this long goes on in the next packet. */
export const FULL_LENGTH = 0xff_ffff;

export interface Packet {
  /** Counts the packets of one command and its answer, from 0, by one byte. */
  readonly number: number;
  /** The beginning of the payload; less of it when bytes were lost. */
  readonly bytes: Uint8Array;
  /** Of the whole payload. */
  readonly length: number;
  /** What began with an earlier packet goes on. */
  readonly isContinuation: boolean;
  readonly startedAtUs: number;
  readonly atUs: number;
}

export interface PacketHandler {
  /** Bytes of a payload that are kept. */
  readonly keptMax: number;
  /** Told as soon as so much of it has come as is kept. */
  onPacket(packet: Packet): void;
  /** After a loss: whether these bytes, the beginning of a piece, begin a command or an answer. */
  canBegin(bytes: Uint8Array): boolean;
  /** A piece was passed over. */
  onTrouble(atUs: number): void;
}

export class PacketReader implements StreamReader {
  readonly #handler: PacketHandler;
  readonly #kept: Kept;
  /** Bytes of the present packet that are stepped over. */
  #left = 0;
  #startedAtUs = 0;
  #isContinuation = false;
  #isSearching = false;

  constructor(handler: PacketHandler) {
    this.#handler = handler;
    this.#kept = new Kept(HEAD_BYTES + handler.keptMax);
  }

  get partial(): PartialMessage | null {
    const got = this.#kept.bytes.length;
    return got === 0 ? null : { got, whole: null };
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
    while (rest.length > 0 && !this.#isSearching) {
      const skipped = Math.min(this.#left, rest.length);
      this.#left -= skipped;
      rest = skipped > 0 ? rest.subarray(skipped) : this.#step(rest, atUs);
    }
  }

  lose(count: number, atUs: number): boolean {
    if (this.#left > 0 && count <= this.#left) {
      this.#left -= count;
      return true;
    }
    const { bytes } = this.#kept;
    const missing = bytes.length < HEAD_BYTES ? 0 : HEAD_BYTES + lengthAt(bytes, 0) - bytes.length;
    if (count > missing) {
      this.search();
      return false;
    }
    this.#deliver(bytes.slice(), atUs);
    this.#left -= count;
    return true;
  }

  search(): void {
    this.#kept.clear();
    this.#left = 0;
    this.#isContinuation = false;
    this.#isSearching = true;
  }

  /** What is left of the bytes after one packet. */
  #step(bytes: Uint8Array, atUs: number): Uint8Array {
    const carried = this.#kept.bytes.length;
    if (carried === 0) this.#startedAtUs = atUs;
    const wanted = this.#wanted(carried === 0 ? bytes : this.#kept.bytes);
    if (carried === 0 && bytes.length >= wanted) {
      this.#deliver(bytes.subarray(0, wanted), atUs);
      return bytes.subarray(wanted);
    }
    const taken = bytes.subarray(0, wanted - carried);
    this.#kept.add(taken);
    const { bytes: kept } = this.#kept;
    if (kept.length >= HEAD_BYTES && kept.length === this.#wanted(kept)) {
      this.#deliver(kept.slice(), atUs);
    }
    return bytes.subarray(taken.length);
  }

  /** Head and kept part of the packet that begins so; the head alone while it is not whole. */
  #wanted(bytes: Uint8Array): number {
    if (bytes.length < HEAD_BYTES) return HEAD_BYTES;
    return HEAD_BYTES + Math.min(lengthAt(bytes, 0), this.#handler.keptMax);
  }

  #deliver(bytes: Uint8Array, atUs: number): void {
    const length = lengthAt(bytes, 0);
    const isContinuation = this.#isContinuation;
    this.#kept.clear();
    this.#isContinuation = length === FULL_LENGTH;
    this.#left = HEAD_BYTES + length - bytes.length;
    this.#handler.onPacket({
      number: byteAt(bytes, 3),
      bytes: bytes.length > HEAD_BYTES ? bytes.subarray(HEAD_BYTES) : NOTHING,
      length,
      isContinuation,
      startedAtUs: this.#startedAtUs,
      atUs,
    });
  }
}

export function lengthAt(bytes: Uint8Array, at: number): number {
  return byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16);
}
