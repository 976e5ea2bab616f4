import { describe, expect, it } from 'vitest';
import { CaptureReader } from '../../../src/adapters/capture/format/capture-reader.ts';
import { pcapHeader, pcapRecord } from '../../../src/adapters/capture/format/pcap-writer.ts';
import {
  pcapngInterface,
  pcapngPacket,
  pcapngSection,
  pcapngStatistics,
} from '../../../src/adapters/capture/format/pcapng-writer.ts';
import { OperationError } from '../../../src/domain/errors.ts';
import { joinBytes } from '../../support/packets.ts';

const AT_US = 1_700_000_000_123_456;
const FIRST = { bytes: Uint8Array.of(1, 2, 3, 4, 5), atUs: AT_US };
const SECOND = { bytes: Uint8Array.of(6, 7), atUs: AT_US + 1, wireLength: 90 };

interface Read {
  readonly packets: readonly {
    readonly bytes: readonly number[];
    readonly wireLength: number;
    readonly atUs: number;
    readonly linkType: number;
  }[];
  readonly reader: CaptureReader;
}

function read(file: Uint8Array, pieceSize = file.length): Read {
  const packets: Read['packets'][number][] = [];
  const reader = new CaptureReader(({ bytes, start, end, wireLength, atUs, linkType }) => {
    packets.push({ bytes: [...bytes.subarray(start, end)], wireLength, atUs, linkType });
  });
  for (let at = 0; at < file.length; at += pieceSize)
    reader.push(file.subarray(at, at + pieceSize));
  reader.end();
  return { packets, reader };
}

const BOTH = [
  { bytes: [1, 2, 3, 4, 5], wireLength: 5, atUs: AT_US, linkType: 1 },
  { bytes: [6, 7], wireLength: 90, atUs: AT_US + 1, linkType: 1 },
];

describe('pcap', () => {
  it.each([
    ['little endian, microseconds', {}],
    ['big endian, microseconds', { isBigEndian: true }],
    ['little endian, nanoseconds', { resolution: 'ns' as const }],
    ['big endian, nanoseconds', { isBigEndian: true, resolution: 'ns' as const }],
  ])('%s: what was written is read', (_, more) => {
    const options = { linkType: 1, ...more };
    const file = joinBytes(
      pcapHeader(options),
      pcapRecord(FIRST, options),
      pcapRecord(SECOND, options),
    );
    expect(read(file).packets).toEqual(BOTH);
    expect(read(file, 1).packets).toEqual(BOTH);
  });

  it('with the longer record headers of modified recorders is read', () => {
    const header = pcapHeader({ linkType: 1, isBigEndian: true });
    header.set([0xa1, 0xb2, 0xcd, 0x34]);
    const record = pcapRecord(FIRST, { linkType: 1, isBigEndian: true });
    const file = joinBytes(header, record.subarray(0, 16), new Uint8Array(8), record.subarray(16));
    expect(read(file).packets).toEqual(BOTH.slice(0, 1));
  });

  it('keeps the link type only, without what stands beside it', () => {
    const options = { linkType: 0x1400_0001 };
    expect(
      read(joinBytes(pcapHeader(options), pcapRecord(FIRST, options))).packets[0]?.linkType,
    ).toBe(1);
  });

  it('that ends anywhere gives what is whole, and says so', () => {
    const options = { linkType: 1 };
    const file = joinBytes(
      pcapHeader(options),
      pcapRecord(FIRST, options),
      pcapRecord(SECOND, options),
    );
    for (let length = 24; length < file.length; length += 1) {
      const { packets, reader } = read(file.subarray(0, length));
      expect(packets).toEqual(BOTH.slice(0, length >= 45 ? 1 : 0));
      expect(reader.counters.isCut).toBe(length !== 24 && length !== 45);
    }
  });

  it('passes over a record that claims to be larger than any', () => {
    const options = { linkType: 1 };
    const huge = pcapRecord({ bytes: new Uint8Array(0), atUs: 0 }, options);
    new DataView(huge.buffer).setUint32(8, 1_500_000, true);
    const file = joinBytes(
      pcapHeader(options),
      huge,
      new Uint8Array(1_500_000),
      pcapRecord(FIRST, options),
    );
    const { packets, reader } = read(file, 100_000);
    expect(packets).toEqual(BOTH.slice(0, 1));
    expect(reader.counters).toMatchObject({
      invalidBlocks: 1,
      skippedBytes: 1_500_000,
      isCut: false,
    });
  });
});

describe('pcapng', () => {
  it.each([6, 9, 3, 10])('in either byte order, with %i digits of a second, is read', (digits) => {
    for (const isBigEndian of [false, true]) {
      const options = { isBigEndian };
      const file = joinBytes(
        pcapngSection(options),
        pcapngInterface({ linkType: 1, digits, name: 'eth0' }, options),
        pcapngPacket(FIRST, { index: 0, digits }, options),
        pcapngPacket(SECOND, { index: 0, digits }, options),
      );
      const rounded =
        digits === 3
          ? [
              { ...BOTH[0], atUs: AT_US - 456 },
              { ...BOTH[1], atUs: AT_US - 456 },
            ]
          : BOTH;
      expect(read(file).packets).toEqual(rounded);
      expect(read(file, 3).packets).toEqual(rounded);
    }
  });

  it('may have several sections, each with a byte order and interfaces of its own', () => {
    const big = { isBigEndian: true };
    const file = joinBytes(
      pcapngSection(),
      pcapngInterface({ linkType: 113 }),
      pcapngInterface({ linkType: 1 }),
      pcapngPacket(FIRST, { index: 1 }),
      pcapngSection(big),
      pcapngInterface({ linkType: 101 }, big),
      pcapngPacket(FIRST, { index: 0 }, big),
    );
    expect(read(file).packets.map(({ linkType }) => linkType)).toEqual([1, 101]);
  });

  it('counts in powers of two, and from another second, where an interface says so', () => {
    const described = pcapngInterface({ linkType: 1, digits: 0x80 | 20 });
    const packet = pcapngPacket({ ...FIRST, atUs: 5_500_000 });
    new DataView(packet.buffer).setUint32(16, 5.5 * 2 ** 20, true);
    expect(read(joinBytes(pcapngSection(), described, packet)).packets[0]?.atUs).toBe(5_500_000);
    const offset = joinBytes(
      described.subarray(0, 16),
      Uint8Array.of(14, 0, 8, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
      described.subarray(16),
    );
    new DataView(offset.buffer).setUint32(4, offset.length, true);
    expect(read(joinBytes(pcapngSection(), offset, packet)).packets[0]?.atUs).toBe(4_500_000);
  });

  it('has packets without a time, which get that of the packet before them', () => {
    const simple = new Uint8Array(20);
    const view = new DataView(simple.buffer);
    for (const [at, value] of [
      [0, 3],
      [4, 20],
      [8, 90],
      [16, 20],
    ] as const)
      view.setUint32(at, value, true);
    simple.set([6, 7, 0, 0], 12);
    const file = joinBytes(
      pcapngSection(),
      pcapngInterface({ linkType: 1, snapLength: 2 }),
      pcapngPacket(FIRST),
      simple,
    );
    expect(read(file).packets[1]).toEqual({ ...BOTH[1], atUs: AT_US });
  });

  it('has obsolete packets', () => {
    const packet = pcapngPacket(FIRST);
    new DataView(packet.buffer).setUint32(0, 2, true);
    expect(
      read(joinBytes(pcapngSection(), pcapngInterface({ linkType: 1 }), packet)).packets,
    ).toEqual(BOTH.slice(0, 1));
  });

  it('tells how many packets its recorder lost, by its last word', () => {
    const file = joinBytes(
      pcapngSection(),
      pcapngInterface({ linkType: 1 }),
      pcapngStatistics({ index: 0, dropped: 3 }),
      pcapngStatistics({ index: 0, dropped: 10 }),
      pcapngStatistics({ index: 7, dropped: 10 }),
    );
    expect(read(file).reader.counters).toMatchObject({ droppedByRecorder: 10, invalidBlocks: 1 });
  });

  it('passes over blocks that it does not know and counts those that contradict themselves', () => {
    const unknown = Uint8Array.of(0xff, 0, 0, 0, 12, 0, 0, 0, 12, 0, 0, 0);
    const nobodys = pcapngPacket(FIRST, { index: 4 });
    const longer = pcapngPacket(FIRST);
    new DataView(longer.buffer).setUint32(20, 5_000, true);
    const huge = Uint8Array.of(0xff, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0);
    const file = joinBytes(
      pcapngSection(),
      pcapngInterface({ linkType: 1 }),
      unknown,
      nobodys,
      longer,
      pcapngPacket(FIRST),
      huge,
      new Uint8Array(0x200000 - 12),
      pcapngPacket(FIRST),
    );
    const { packets, reader } = read(file);
    expect(packets).toHaveLength(2);
    expect(reader.counters.invalidBlocks).toBe(3);
  });

  it('goes on with the next section after a length that cannot be', () => {
    const broken = Uint8Array.of(6, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0);
    const file = joinBytes(
      pcapngSection(),
      broken,
      new Uint8Array(40),
      pcapngSection(),
      pcapngInterface({ linkType: 1 }),
      pcapngPacket(FIRST),
    );
    expect(read(file).packets).toEqual(BOTH.slice(0, 1));
  });
});

describe('what is no capture', () => {
  it.each([
    ['nothing', new Uint8Array(0), /ends before/u],
    ['three bytes', Uint8Array.of(0xd4, 0xc3, 0xb2), /ends before/u],
    ['a text', new TextEncoder().encode('hello, world'), /begins with 68656c6c/u],
    ['a compressed file', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), /gzip/u],
  ])('%s is refused', (_, file, message) => {
    expect(() => read(file)).toThrow(message);
    expect(() => read(file)).toThrow(OperationError);
  });
});
