import type { ByteWindow } from './byte-window.ts';
import { BIG_ENDIAN, LITTLE_ENDIAN, type Integers } from './integers.ts';
import { RECORD_BYTES_MAX, type RecordReader, type RecordTarget } from './records.ts';

/** Classic pcap: a header of 24 bytes, then packets, each after a header of 16 (or, modified, 24). */

const FILE_HEADER_BYTES = 24;
const LINK_TYPE_AT = 20;
/** The upper bits say whether frames end in a checksum. */
const LINK_TYPE_BITS = 0xffff;

interface PcapKind {
  readonly fractionsPerUs: number;
  readonly headerBytes: number;
}

const MICROSECONDS: PcapKind = { fractionsPerUs: 1, headerBytes: 16 };
const NANOSECONDS: PcapKind = { fractionsPerUs: 1_000, headerBytes: 16 };
/** With interface, protocol and packet type after each header. */
const MODIFIED: PcapKind = { fractionsPerUs: 1, headerBytes: 24 };

const KINDS: ReadonlyMap<number, readonly [PcapKind, Integers]> = new Map([
  [0xa1b2c3d4, [MICROSECONDS, BIG_ENDIAN]],
  [0xd4c3b2a1, [MICROSECONDS, LITTLE_ENDIAN]],
  [0xa1b23c4d, [NANOSECONDS, BIG_ENDIAN]],
  [0x4d3cb2a1, [NANOSECONDS, LITTLE_ENDIAN]],
  [0xa1b2cd34, [MODIFIED, BIG_ENDIAN]],
  [0x34cdb2a1, [MODIFIED, LITTLE_ENDIAN]],
]);

/** @param magic - First four bytes, the first one highest. */
export function pcapFormatOf(magic: number, target: RecordTarget): RecordReader | null {
  const kind = KINDS.get(magic);
  return kind === undefined ? null : new PcapReader(target, ...kind);
}

class PcapReader implements RecordReader {
  readonly #target: RecordTarget;
  readonly #kind: PcapKind;
  readonly #integers: Integers;
  #hasHeader = false;

  constructor(target: RecordTarget, kind: PcapKind, integers: Integers) {
    this.#target = target;
    this.#kind = kind;
    this.#integers = integers;
  }

  next(window: ByteWindow): boolean {
    return this.#hasHeader ? this.#packet(window) : this.#fileHeader(window);
  }

  #fileHeader(window: ByteWindow): boolean {
    if (window.length < FILE_HEADER_BYTES) return false;
    const linkType = this.#integers.uint32(window.bytes, window.start + LINK_TYPE_AT);
    this.#target.packet.linkType = linkType & LINK_TYPE_BITS;
    this.#hasHeader = true;
    window.start += FILE_HEADER_BYTES;
    return true;
  }

  #packet(window: ByteWindow): boolean {
    const { headerBytes, fractionsPerUs } = this.#kind;
    if (window.length < headerBytes) return false;
    const { bytes, start } = window;
    const integers = this.#integers;
    const captured = integers.uint32(bytes, start + 8);
    if (captured > RECORD_BYTES_MAX) {
      window.start += headerBytes;
      this.#target.counters.invalidBlocks += 1;
      this.#target.skip(captured);
      return true;
    }
    const whole = headerBytes + captured;
    if (window.length < whole) return false;
    window.start += whole;
    const { packet, counters, onPacket } = this.#target;
    packet.bytes = bytes;
    packet.start = start + headerBytes;
    packet.end = start + whole;
    packet.wireLength = Math.max(captured, integers.uint32(bytes, start + 12));
    const fraction = integers.uint32(bytes, start + 4);
    packet.atUs = integers.uint32(bytes, start) * 1e6 + Math.floor(fraction / fractionsPerUs);
    counters.packets += 1;
    onPacket(packet);
    return true;
  }
}
