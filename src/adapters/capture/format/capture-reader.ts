import { OperationError } from '../../../domain/errors.ts';
import { ByteWindow } from './byte-window.ts';
import { BIG_ENDIAN } from './integers.ts';
import { emptyFormatCounters, emptyPacket } from './packet.ts';
import { pcapFormatOf } from './pcap-reader.ts';
import { isPcapng, PcapngReader } from './pcapng-reader.ts';
import type { OnPacket, RecordReader, RecordTarget } from './records.ts';

/**
 * Packets out of a capture file that comes in pieces of any size, in memory that does not grow with it.
 *
 * Only a beginning that no capture has is refused. Whatever is wrong later is counted, and what can
 * be read is read.
 */

/** Room that is offered for the next piece of the file. */
const PIECE_BYTES = 262_144;
const MAGIC_BYTES = 4;
const GZIP_MAGIC = 0x1f8b;

export class CaptureReader {
  readonly counters = emptyFormatCounters();
  readonly #window = new ByteWindow(2 * PIECE_BYTES);
  readonly #target: RecordTarget;
  #reader: RecordReader | null = null;
  #skip = 0;

  constructor(onPacket: OnPacket) {
    this.#target = {
      packet: emptyPacket(),
      counters: this.counters,
      onPacket,
      skip: (bytes) => this.#skipAhead(bytes),
    };
  }

  /** Where the next piece may be read to, to spare a copy; then say `took`. */
  room(): Uint8Array {
    return this.#window.room(PIECE_BYTES);
  }

  /** @throws {OperationError} `CAPTURE_INVALID` when the file is no capture. */
  took(count: number): void {
    this.#window.wrote(count);
    this.#drain();
  }

  /** @throws {OperationError} `CAPTURE_INVALID` when the file is no capture. */
  push(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; at += PIECE_BYTES) {
      const part = piece.subarray(at, at + PIECE_BYTES);
      this.#window.room(part.length).set(part);
      this.took(part.length);
    }
  }

  /** @throws {OperationError} `CAPTURE_INVALID` when the file was too short to be a capture. */
  end(): void {
    if (this.#reader === null) throw notACapture('it ends before the first packet could begin');
    if (this.#window.length > 0 || this.#skip > 0) this.counters.isCut = true;
  }

  #drain(): void {
    const window = this.#window;
    if (this.#reader === null && window.length >= MAGIC_BYTES) this.#reader = this.#recognise();
    if (this.#reader === null) return;
    while (window.length > 0) {
      if (this.#skip > 0) this.#skipInWindow();
      else if (!this.#reader.next(window)) return;
    }
  }

  #recognise(): RecordReader {
    const { bytes, start } = this.#window;
    const magic = BIG_ENDIAN.uint32(bytes, start);
    if (isPcapng(magic)) return new PcapngReader(this.#target);
    const pcap = pcapFormatOf(magic, this.#target);
    if (pcap !== null) return pcap;
    throw magic >>> 16 === GZIP_MAGIC
      ? notACapture('it is compressed with gzip')
      : notACapture(`it begins with ${magic.toString(16).padStart(8, '0')}`);
  }

  #skipAhead(bytes: number): void {
    this.counters.skippedBytes += bytes;
    this.#skip = bytes;
  }

  #skipInWindow(): void {
    const count = Math.min(this.#skip, this.#window.length);
    this.#window.start += count;
    this.#skip -= count;
  }
}

function notACapture(why: string): OperationError {
  return new OperationError('CAPTURE_INVALID', `not a pcap or pcapng file: ${why}`, {
    hint: 'Record with `tcpdump -w FILE` or `dumpcap -w FILE`; decompress a file before it is read.',
  });
}
