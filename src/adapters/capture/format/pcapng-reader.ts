import type { ByteWindow } from './byte-window.ts';
import { BIG_ENDIAN, byte, LITTLE_ENDIAN, type Integers } from './integers.ts';
import { microsecondsOf, MICROSECOND_UNIT, timeUnitOf, type TimeUnit } from './pcapng-time.ts';
import { RECORD_BYTES_MAX, type RecordReader, type RecordTarget } from './records.ts';

/**
 * pcapng: blocks, each with its length before and after. A section may have another byte order than
 * the one before it, and interfaces of its own.
 */

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const STATISTICS = 5;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const BLOCK_BYTES_MIN = 12;
const SECTION_BYTES_MIN = 28;
/** Type and length before the body. */
const BODY_AT = 8;
/** Interfaces that one section may describe. */
const INTERFACES_MAX = 4_096;

const OPTION_END = 0;
const OPTION_IF_DROP = 5;
const OPTION_TIME_RESOLUTION = 9;
const OPTION_TIME_OFFSET = 14;

interface Interface {
  readonly linkType: number;
  /** 0: everything. */
  readonly snapLength: number;
  readonly unit: TimeUnit;
  /** Packets lost by the last statistics. */
  dropped: number;
}

/** @param magic - First four bytes, the first one highest. */
export function isPcapng(magic: number): boolean {
  return magic === SECTION_HEADER;
}

export class PcapngReader implements RecordReader {
  readonly #target: RecordTarget;
  #integers = LITTLE_ENDIAN;
  #interfaces: Interface[] = [];
  #lastAtUs = 0;

  constructor(target: RecordTarget) {
    this.#target = target;
  }

  next(window: ByteWindow): boolean {
    if (window.length < BLOCK_BYTES_MIN) return false;
    const { bytes, start } = window;
    // The same in both byte orders.
    const isSection = BIG_ENDIAN.uint32(bytes, start) === SECTION_HEADER;
    if (isSection) this.#startSection(bytes, start);
    const type = this.#integers.uint32(bytes, start);
    const length = this.#integers.uint32(bytes, start + 4);
    if (length < BLOCK_BYTES_MIN || length % 4 !== 0) return this.#resynchronise(window);
    if (length > RECORD_BYTES_MAX + 4_096) {
      this.#target.counters.invalidBlocks += 1;
      this.#target.skip(length);
      return true;
    }
    if (window.length < length) return false;
    window.start += length;
    this.#block(type, bytes, start, start + length - 4);
    return true;
  }

  /** Nobody knows where the next block begins: it is looked for word by word, from section to section. */
  #resynchronise(window: ByteWindow): boolean {
    this.#target.counters.invalidBlocks += 1;
    let at = window.start + 4;
    while (at + 4 <= window.end && BIG_ENDIAN.uint32(window.bytes, at) !== SECTION_HEADER) at += 1;
    this.#target.counters.skippedBytes += at - window.start;
    window.start = at;
    return true;
  }

  #startSection(bytes: Uint8Array, start: number): void {
    const isBig = BIG_ENDIAN.uint32(bytes, start + BODY_AT) === BYTE_ORDER_MAGIC;
    this.#integers = isBig ? BIG_ENDIAN : LITTLE_ENDIAN;
    this.#interfaces = [];
  }

  #block(type: number, bytes: Uint8Array, start: number, end: number): void {
    const isUsed =
      type === ENHANCED_PACKET
        ? this.#timedPacket(this.#integers.uint32(bytes, start + BODY_AT), bytes, start, end)
        : this.#otherBlock(type, bytes, start, end);
    if (!isUsed) this.#target.counters.invalidBlocks += 1;
  }

  #otherBlock(type: number, bytes: Uint8Array, start: number, end: number): boolean {
    switch (type) {
      case SECTION_HEADER:
        return end - start >= SECTION_BYTES_MIN - 4;
      case INTERFACE:
        return this.#interface(bytes, start, end);
      case SIMPLE_PACKET:
        return this.#simplePacket(bytes, start, end);
      case OLD_PACKET:
        return this.#timedPacket(this.#integers.uint16(bytes, start + BODY_AT), bytes, start, end);
      case STATISTICS:
        return this.#statistics(bytes, start, end);
      default:
        // Names, comments, secrets, what others invent: not about packets.
        return true;
    }
  }

  #interface(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < 16 || this.#interfaces.length >= INTERFACES_MAX) return false;
    const integers = this.#integers;
    let resolution = -1;
    let offsetSeconds = 0;
    this.#options(bytes, start + 16, end, (code, at, length) => {
      if (code === OPTION_TIME_RESOLUTION && length >= 1) resolution = byte(bytes, at);
      if (code === OPTION_TIME_OFFSET && length >= 8) offsetSeconds = signed64(integers, bytes, at);
    });
    this.#interfaces.push({
      linkType: integers.uint16(bytes, start + BODY_AT),
      snapLength: integers.uint32(bytes, start + 12),
      unit:
        resolution === -1
          ? { ...MICROSECOND_UNIT, offsetSeconds }
          : timeUnitOf(resolution, offsetSeconds),
      dropped: 0,
    });
    return true;
  }

  /** Enhanced and obsolete packets differ only in where they name their interface. */
  #timedPacket(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const source = this.#interfaces[index];
    if (source === undefined || end - start < 28) return false;
    const integers = this.#integers;
    const captured = integers.uint32(bytes, start + 20);
    if (captured > end - start - 28) return false;
    const high = integers.uint32(bytes, start + 12);
    this.#lastAtUs = microsecondsOf(high, integers.uint32(bytes, start + 16), source.unit);
    const { packet } = this.#target;
    packet.bytes = bytes;
    packet.start = start + 28;
    packet.end = start + 28 + captured;
    packet.wireLength = Math.max(captured, integers.uint32(bytes, start + 24));
    this.#emit(source);
    return true;
  }

  /** No time of its own: it gets that of the packet before it. */
  #simplePacket(bytes: Uint8Array, start: number, end: number): boolean {
    const source = this.#interfaces[0];
    if (source === undefined || end - start < 12) return false;
    const wireLength = this.#integers.uint32(bytes, start + BODY_AT);
    const recorded = source.snapLength === 0 ? wireLength : Math.min(wireLength, source.snapLength);
    const { packet } = this.#target;
    packet.bytes = bytes;
    packet.start = start + 12;
    packet.end = packet.start + Math.min(recorded, end - packet.start);
    packet.wireLength = wireLength;
    this.#emit(source);
    return true;
  }

  #emit(source: Interface): void {
    const { packet, counters, onPacket } = this.#target;
    packet.atUs = this.#lastAtUs;
    packet.linkType = source.linkType;
    counters.packets += 1;
    onPacket(packet);
  }

  /** Counts are since the recording began, and told again and again. */
  #statistics(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < 20) return false;
    const integers = this.#integers;
    const source = this.#interfaces[integers.uint32(bytes, start + BODY_AT)];
    if (source === undefined) return false;
    this.#options(bytes, start + 20, end, (code, at, length) => {
      if (code !== OPTION_IF_DROP || length < 8) return;
      const dropped = unsigned64(integers, bytes, at);
      this.#target.counters.droppedByRecorder += Math.max(0, dropped - source.dropped);
      source.dropped = dropped;
    });
    return true;
  }

  #options(
    bytes: Uint8Array,
    start: number,
    end: number,
    onOption: (code: number, at: number, length: number) => void,
  ): void {
    let at = start;
    while (at + 4 <= end) {
      const code = this.#integers.uint16(bytes, at);
      const length = this.#integers.uint16(bytes, at + 2);
      if (code === OPTION_END || at + 4 + length > end) return;
      onOption(code, at + 4, length);
      at += 4 + length + ((4 - (length % 4)) % 4);
    }
  }
}

function highOf(integers: Integers, bytes: Uint8Array, at: number): number {
  return integers.uint32(bytes, integers === BIG_ENDIAN ? at : at + 4);
}

function lowOf(integers: Integers, bytes: Uint8Array, at: number): number {
  return integers.uint32(bytes, integers === BIG_ENDIAN ? at + 4 : at);
}

function unsigned64(integers: Integers, bytes: Uint8Array, at: number): number {
  return highOf(integers, bytes, at) * 2 ** 32 + lowOf(integers, bytes, at);
}

function signed64(integers: Integers, bytes: Uint8Array, at: number): number {
  return (highOf(integers, bytes, at) | 0) * 2 ** 32 + lowOf(integers, bytes, at);
}
