import { describe, expect, it } from 'vitest';
import {
  addressText,
  isForMany,
  readIpv4,
  readIpv6,
} from '../../../src/adapters/capture/frames/addresses.ts';
import { FrameParser } from '../../../src/adapters/capture/frames/frame-parser.ts';
import {
  ethernetFrame,
  etherTypeOf,
  ipPacket,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  tcpPacket,
  tcpSegment,
  udpDatagram,
} from '../../support/packets.ts';

const FROM = { ip: '10.0.0.9', port: 40_000 };
const TO = { ip: '10.0.0.2', port: 8080 };
const FROM6 = { ip: 'fd00::9', port: 40_000 };
const TO6 = { ip: 'fd00::2', port: 8080 };
const PAYLOAD = new TextEncoder().encode('payload');
const SEGMENT = {
  from: FROM,
  to: TO,
  sequence: 5,
  acknowledgement: 6,
  flags: 'PA',
  payload: PAYLOAD,
};
const V4 = tcpPacket(SEGMENT);
const V6 = tcpPacket({ ...SEGMENT, from: FROM6, to: TO6 });

const ETHERNET = 1;
const RAW = 101;

function parserOf(
  ...frames: readonly (readonly [linkType: number, bytes: Uint8Array, wireLength?: number])[]
): {
  parser: FrameParser;
  isParsed: boolean;
  payload: string;
} {
  const parser = new FrameParser();
  let isParsed = false;
  for (const [linkType, bytes, wireLength] of frames) {
    isParsed = parser.parse({
      bytes,
      start: 0,
      end: bytes.length,
      wireLength: wireLength ?? bytes.length,
      atUs: 7,
      linkType,
    });
  }
  const { frame } = parser;
  return {
    parser,
    isParsed,
    payload: new TextDecoder().decode(frame.bytes.subarray(frame.start, frame.end)),
  };
}

function sll(packet: Uint8Array): Uint8Array {
  const type = etherTypeOf(packet);
  return joinBytes(new Uint8Array(14), Uint8Array.of(type >> 8, type & 0xff), packet);
}

function sll2(packet: Uint8Array): Uint8Array {
  const type = etherTypeOf(packet);
  return joinBytes(Uint8Array.of(type >> 8, type & 0xff), new Uint8Array(18), packet);
}

describe('a link type', () => {
  it.each([
    ['Ethernet', ETHERNET, ethernetFrame],
    ['Ethernet with a VLAN', ETHERNET, (packet: Uint8Array) => ethernetFrame(packet, [0x8100])],
    [
      'Ethernet with VLANs in VLANs',
      ETHERNET,
      (packet: Uint8Array) => ethernetFrame(packet, [0x88a8, 0x8100]),
    ],
    ['raw IP', RAW, (packet: Uint8Array) => packet],
    ['raw IP of older recorders', 12, (packet: Uint8Array) => packet],
    ['Linux cooked', 113, sll],
    ['Linux cooked, version 2', 276, sll2],
    [
      'loopback, little endian',
      0,
      (packet: Uint8Array) => joinBytes(Uint8Array.of(2, 0, 0, 0), packet),
    ],
    [
      'loopback, big endian',
      108,
      (packet: Uint8Array) => joinBytes(Uint8Array.of(0, 0, 0, 30), packet),
    ],
  ])('%s leads to the packet, of either version', (_, linkType, wrap) => {
    for (const packet of [V4, V6]) {
      const { isParsed, payload, parser } = parserOf([linkType, wrap(packet)]);
      expect([isParsed, payload, parser.frame.destinationPort]).toEqual([true, 'payload', 8080]);
    }
  });

  it.each([
    ['ARP', ETHERNET, joinBytes(new Uint8Array(12), Uint8Array.of(8, 6), new Uint8Array(28))],
    [
      'more tags than anybody uses',
      ETHERNET,
      ethernetFrame(V4, [0x8100, 0x8100, 0x8100, 0x8100, 0x8100]),
    ],
    ['a loopback family nobody has', 0, joinBytes(Uint8Array.of(9, 9, 9, 9), V4)],
    ['a link type nobody here knows', 147, V4],
    ['a frame cut in its header', ETHERNET, new Uint8Array(9)],
  ])('%s holds nothing of ours', (_, linkType, bytes) => {
    const { isParsed, parser } = parserOf([linkType, bytes]);
    expect([isParsed, parser.counters.other]).toEqual([false, 1]);
  });
});

describe('IPv4', () => {
  it('may have options', () => {
    const packet = ipv4Packet({
      from: FROM.ip,
      to: TO.ip,
      protocol: 6,
      payload: tcpSegment(SEGMENT),
      options: new Uint8Array(8),
    });
    expect(parserOf([RAW, packet]).payload).toBe('payload');
  });

  it('may be followed by padding', () => {
    expect(parserOf([ETHERNET, ethernetFrame(joinBytes(V4, new Uint8Array(20)))]).payload).toBe(
      'payload',
    );
  });

  it('has no length where the card cuts packets to size', () => {
    const packet = V4.slice();
    packet.set([0, 0], 2);
    expect(parserOf([RAW, packet]).payload).toBe('payload');
  });

  it('tells how much was on the wire of what was cut', () => {
    const { parser, payload } = parserOf([RAW, V4.subarray(0, 43), V4.length]);
    expect([payload, parser.frame.payloadLength]).toEqual(['pay', 7]);
  });

  it('comes in fragments, in any order, once or twice', () => {
    const segment = tcpSegment(SEGMENT);
    const piece = (offset: number, end: number): readonly [number, Uint8Array] => [
      RAW,
      ipv4Packet({
        from: FROM.ip,
        to: TO.ip,
        protocol: 6,
        id: 77,
        payload: segment.subarray(offset, end),
        fragment: { offset, isLast: end === segment.length },
      }),
    ];
    const [a, b, c] = [piece(0, 8), piece(8, 16), piece(16, segment.length)];
    expect(parserOf(c, a, b).payload).toBe('payload');
    expect(parserOf(a, a, b, c).payload).toBe('payload');
    expect(parserOf(a, c).isParsed).toBe(false);
  });

  it('may carry another packet', () => {
    expect(parserOf([RAW, ipPacket('1.1.1.1', '2.2.2.2', 4, V4)]).payload).toBe('payload');
    expect(parserOf([RAW, ipPacket('1.1.1.1', '2.2.2.2', 41, V6)]).payload).toBe('payload');
    const deep = [1, 2, 3, 4, 5].reduce((packet) => ipPacket('1.1.1.1', '2.2.2.2', 4, packet), V4);
    expect(parserOf([RAW, deep]).parser.counters.malformed).toBe(1);
  });
});

describe('IPv6', () => {
  const segment = tcpSegment(SEGMENT);

  it('may have extension headers', () => {
    const options = joinBytes(
      Uint8Array.of(43, 0, 0, 0, 0, 0, 0, 0),
      Uint8Array.of(51, 0, 0, 0, 0, 0, 0, 0),
      Uint8Array.of(60, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
      Uint8Array.of(6, 0, 0, 0, 0, 0, 0, 0),
    );
    expect(
      parserOf([RAW, ipv6Packet(FROM6.ip, TO6.ip, 0, joinBytes(options, segment))]).payload,
    ).toBe('payload');
  });

  it('comes in fragments, and in one that is whole', () => {
    const piece = (offset: number, end: number): readonly [number, Uint8Array] => {
      const field = offset | (end === segment.length ? 0 : 1);
      const header = Uint8Array.of(6, 0, field >> 8, field & 0xff, 0, 0, 0, 9);
      return [
        RAW,
        ipv6Packet(FROM6.ip, TO6.ip, 44, joinBytes(header, segment.subarray(offset, end))),
      ];
    };
    expect(parserOf(piece(8, segment.length), piece(0, 8)).payload).toBe('payload');
    expect(parserOf(piece(0, segment.length)).payload).toBe('payload');
  });

  it('with more headers than anybody sends is refused', () => {
    const many = joinBytes(
      ...Array.from({ length: 20 }, () => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0)),
    );
    expect(parserOf([RAW, ipv6Packet(FROM6.ip, TO6.ip, 0, many)]).parser.counters.malformed).toBe(
      1,
    );
  });
});

describe('fragments', () => {
  it('that never become whole are forgotten, the oldest first', () => {
    const parser = new FrameParser();
    for (let id = 0; id < 300; id += 1) {
      const bytes = ipv4Packet({
        from: FROM.ip,
        to: TO.ip,
        protocol: 17,
        id,
        payload: udpDatagram(FROM, TO, PAYLOAD).subarray(0, 8),
        fragment: { offset: 0, isLast: false },
      });
      parser.parse({
        bytes,
        start: 0,
        end: bytes.length,
        wireLength: bytes.length,
        atUs: 0,
        linkType: RAW,
      });
    }
    expect(parser.fragments.dropped).toBe(44);
  });
});

describe('addresses', () => {
  it.each([
    ['::1', '::1'],
    ['fe80::1:2', 'fe80::1:2'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
  ])('%s is written as people write it', (text, expected) => {
    const words = new Int32Array(4);
    readIpv6(words, ipv6Packet(text, text, 6, new Uint8Array(0)), 8);
    expect(addressText(words)).toBe(expected);
  });

  it('of many are told from those of one', () => {
    const words = new Int32Array(4);
    readIpv4(words, Uint8Array.of(224, 0, 0, 251), 0);
    expect(isForMany(words)).toBe(true);
    readIpv4(words, Uint8Array.of(10, 0, 0, 1), 0);
    expect(isForMany(words)).toBe(false);
    readIpv6(
      words,
      Uint8Array.from({ length: 16 }, () => 0xff),
      0,
    );
    expect(isForMany(words)).toBe(true);
  });
});
