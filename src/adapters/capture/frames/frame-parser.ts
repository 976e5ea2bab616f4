import { byte, int32, uint16, uint32 } from '../format/integers.ts';
import type { Packet } from '../format/packet.ts';
import { readIpv4, readIpv6 } from './addresses.ts';
import { FragmentAssembler } from './fragments.ts';
import { Frame, TCP, UDP, UNREACHABLE } from './frame.ts';
import { unreachableCodeOf } from './icmp.ts';
import { networkLayerOf } from './link-layer.ts';

/** From a packet to what matters of it. Nothing throws, whatever the bytes. */

const ICMP = 1;
const IPV4_IN_IP = 4;
const IPV6_IN_IP = 41;
const ICMPV6 = 58;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
/** Those whose second byte is their length in words of eight bytes, less one. */
const EXTENSIONS = new Set([HOP_BY_HOP, ROUTING, 60, 135, 139, 140]);
const EXTENSIONS_MAX = 16;
/** Packets in packets in packets. */
const DEPTH_MAX = 3;

const MORE_FRAGMENTS = 0x2000;
const DO_NOT_FRAGMENT_OR_RESERVED = 0xc000;

export interface FrameCounters {
  /** Neither TCP nor UDP, nor about them. */
  other: number;
  /** Headers that contradict themselves or were cut. */
  malformed: number;
}

/** Bytes of one layer: recorded to `end`, on the wire to `wireEnd`. */
interface Layer {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly wireEnd: number;
  readonly depth: number;
}

export class FrameParser {
  readonly frame = new Frame();
  readonly counters: FrameCounters = { other: 0, malformed: 0 };
  readonly fragments = new FragmentAssembler();

  /** Whether `frame` now holds what the packet says. */
  parse(packet: Packet): boolean {
    const start = networkLayerOf(packet);
    if (start < 0) {
      this.counters.other += 1;
      return false;
    }
    this.frame.atUs = packet.atUs;
    return this.#ip({
      bytes: packet.bytes,
      start,
      end: packet.end,
      wireEnd: packet.start + packet.wireLength,
      depth: 0,
    });
  }

  #ip(layer: Layer): boolean {
    if (layer.start >= layer.end) return this.#malformed();
    const version = byte(layer.bytes, layer.start) >>> 4;
    if (version === 4) return this.#ipv4(layer);
    return version === 6 ? this.#ipv6(layer) : this.#malformed();
  }

  #ipv4(layer: Layer): boolean {
    const { bytes, start, end } = layer;
    const headerBytes = (byte(bytes, start) & 0xf) * 4;
    if (headerBytes < 20 || start + headerBytes > end) return this.#malformed();
    readIpv4(this.frame.source, bytes, start + 12);
    readIpv4(this.frame.destination, bytes, start + 16);
    // Zero where the network card cuts packets to size only after they were recorded.
    const total = uint16(bytes, start + 2);
    const wireEnd = total === 0 ? layer.wireEnd : start + total;
    if (wireEnd < start + headerBytes) return this.#malformed();
    const protocol = byte(bytes, start + 9);
    const inner: Layer = {
      bytes,
      start: start + headerBytes,
      end: Math.min(end, wireEnd),
      wireEnd,
      depth: layer.depth,
    };
    const fragment = uint16(bytes, start + 6) & ~DO_NOT_FRAGMENT_OR_RESERVED;
    if (fragment === 0) return this.#transport(protocol, inner);
    return this.#fragment(inner, {
      protocol,
      id: uint16(bytes, start + 4),
      offset: (fragment & ~MORE_FRAGMENTS) * 8,
      isLast: (fragment & MORE_FRAGMENTS) === 0,
    });
  }

  #ipv6(layer: Layer): boolean {
    const { bytes, start, end } = layer;
    if (start + 40 > end) return this.#malformed();
    readIpv6(this.frame.source, bytes, start + 8);
    readIpv6(this.frame.destination, bytes, start + 24);
    const length = uint16(bytes, start + 4);
    const wireEnd = length === 0 ? layer.wireEnd : start + 40 + length;
    const inner = { ...layer, start: start + 40, end: Math.min(end, wireEnd), wireEnd };
    return this.#afterExtensions(byte(bytes, start + 6), inner);
  }

  #afterExtensions(first: number, layer: Layer): boolean {
    const { bytes, end } = layer;
    let protocol = first;
    let start = layer.start;
    for (let count = 0; isExtension(protocol); count += 1) {
      if (count === EXTENSIONS_MAX || start + 8 > end) return this.#malformed();
      const next = byte(bytes, start);
      if (protocol === FRAGMENT) {
        const field = uint16(bytes, start + 2);
        const inner = { ...layer, start: start + 8 };
        const isWhole = (field & ~6) === 0;
        if (!isWhole) {
          return this.#fragment(inner, {
            protocol: next,
            id: uint32(bytes, start + 4),
            offset: field & ~7,
            isLast: (field & 1) === 0,
          });
        }
        start += 8;
      } else {
        const words = byte(bytes, start + 1);
        start += protocol === AUTHENTICATION ? (words + 2) * 4 : (words + 1) * 8;
      }
      protocol = next;
    }
    return start > end ? this.#malformed() : this.#transport(protocol, { ...layer, start });
  }

  #fragment(
    layer: Layer,
    of: {
      readonly protocol: number;
      readonly id: number;
      readonly offset: number;
      readonly isLast: boolean;
    },
  ): boolean {
    // A fragment that was cut is a hole that nothing fills.
    if (layer.end < layer.wireEnd) return this.#malformed();
    const { source, destination, atUs } = this.frame;
    const bytes = layer.bytes.subarray(layer.start, layer.end);
    const whole = this.fragments.add({ ...of, source, destination, bytes, atUs });
    if (whole === null) return false;
    const end = whole.length;
    return this.#afterExtensions(of.protocol, {
      bytes: whole,
      start: 0,
      end,
      wireEnd: end,
      depth: layer.depth,
    });
  }

  #transport(protocol: number, layer: Layer): boolean {
    switch (protocol) {
      case TCP:
        return this.#tcp(layer);
      case UDP:
        return this.#udp(layer);
      case ICMP:
      case ICMPV6:
        return this.#icmp(protocol === ICMPV6, layer);
      case IPV4_IN_IP:
      case IPV6_IN_IP:
        if (layer.depth === DEPTH_MAX) return this.#malformed();
        return this.#ip({ ...layer, depth: layer.depth + 1 });
      default:
        this.counters.other += 1;
        return false;
    }
  }

  #tcp({ bytes, start, end, wireEnd }: Layer): boolean {
    if (start + 20 > end) return this.#malformed();
    const payloadAt = start + (byte(bytes, start + 12) >>> 4) * 4;
    if (payloadAt < start + 20 || payloadAt > wireEnd) return this.#malformed();
    const { frame } = this;
    frame.protocol = TCP;
    frame.sequence = int32(bytes, start + 4);
    frame.acknowledgement = int32(bytes, start + 8);
    frame.flags = byte(bytes, start + 13);
    frame.window = uint16(bytes, start + 14);
    this.#payload(bytes, start, Math.min(payloadAt, end), end);
    frame.payloadLength = wireEnd - payloadAt;
    return true;
  }

  #udp({ bytes, start, end, wireEnd }: Layer): boolean {
    if (start + 8 > end) return this.#malformed();
    this.frame.protocol = UDP;
    this.#payload(bytes, start, start + 8, end);
    this.frame.payloadLength = wireEnd - start - 8;
    return true;
  }

  #payload(bytes: Uint8Array, portsAt: number, start: number, end: number): void {
    const { frame } = this;
    frame.sourcePort = uint16(bytes, portsAt);
    frame.destinationPort = uint16(bytes, portsAt + 2);
    frame.bytes = bytes;
    frame.start = start;
    frame.end = end;
  }

  /** The packet that was not delivered is quoted: its addresses and ports become the frame's. */
  #icmp(isVersion6: boolean, { bytes, start, end, depth }: Layer): boolean {
    const code = start + 8 > end ? null : unreachableCodeOf(isVersion6, bytes, start);
    if (code === null) {
      this.counters.other += 1;
      return false;
    }
    const quoted = quotedTransport(bytes, start + 8, end);
    if (quoted === null || depth > 0) return this.#malformed();
    const { frame } = this;
    if (isVersion6) {
      readIpv6(frame.source, bytes, start + 16);
      readIpv6(frame.destination, bytes, start + 32);
    } else {
      readIpv4(frame.source, bytes, start + 20);
      readIpv4(frame.destination, bytes, start + 24);
    }
    frame.protocol = UNREACHABLE;
    frame.unreachableProtocol = quoted.protocol;
    frame.unreachableCode = code;
    this.#payload(bytes, quoted.at, Math.min(quoted.at + 8, end), end);
    return true;
  }

  #malformed(): false {
    this.counters.malformed += 1;
    return false;
  }
}

function isExtension(protocol: number): boolean {
  return EXTENSIONS.has(protocol) || protocol === FRAGMENT || protocol === AUTHENTICATION;
}

/** Where TCP or UDP begins in a quoted packet; only its ports are promised to be there. */
function quotedTransport(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly protocol: number; readonly at: number } | null {
  if (start >= end) return null;
  const isVersion6 = byte(bytes, start) >>> 4 === 6;
  const at = start + (isVersion6 ? 40 : (byte(bytes, start) & 0xf) * 4);
  if (at < start + 20 || at + 4 > end) return null;
  const protocol = byte(bytes, start + (isVersion6 ? 6 : 9));
  return protocol === TCP || protocol === UDP ? { protocol, at } : null;
}
