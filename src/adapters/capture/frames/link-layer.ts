import { BIG_ENDIAN, LITTLE_ENDIAN, byte, uint16 } from '../format/integers.ts';
import type { Packet } from '../format/packet.ts';

/** Where the IP packet begins in a frame, by the link type of the capture. */

const LINK_NULL = 0;
const LINK_ETHERNET = 1;
const LINK_LOOP = 108;
const LINK_SLL = 113;
export const LINK_SLL2 = 276;
/** IP without anything before it: two older numbers, any version, 4 only, 6 only. */
const LINKS_RAW = new Set([12, 14, 101, 228, 229]);

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** 802.1Q, 802.1ad, and what was used for the outer tag before it. */
const ETHERTYPES_TAG = new Set([0x8100, 0x88a8, 0x9100]);
const TAGS_MAX = 4;

const NOT_IP = -1;

/** Offset of the first byte after the link's own header, or -1 where no IP packet follows. */
export function networkLayerOf({ bytes, start, end, linkType }: Packet): number {
  switch (linkType) {
    case LINK_ETHERNET:
      return afterEtherType(bytes, start + 12, start + 14, end);
    case LINK_SLL:
      return afterEtherType(bytes, start + 14, start + 16, end);
    case LINK_SLL2:
      return afterEtherType(bytes, start, start + 20, end);
    case LINK_NULL:
    case LINK_LOOP:
      return afterFamily(bytes, start, end);
    default:
      return LINKS_RAW.has(linkType) ? start : NOT_IP;
  }
}

function afterEtherType(bytes: Uint8Array, typeAt: number, after: number, end: number): number {
  let at = after;
  if (at > end) return NOT_IP;
  let type = uint16(bytes, typeAt);
  for (let tags = 0; ETHERTYPES_TAG.has(type); tags += 1) {
    if (tags === TAGS_MAX || at + 4 > end) return NOT_IP;
    type = uint16(bytes, at + 2);
    at += 4;
  }
  return type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6 ? at : NOT_IP;
}

/** IPv4 is 2 everywhere; IPv6 is a number of each system's own: 10, 24, 28, 30. */
const FAMILIES = new Set([2, 10, 24, 28, 30]);

/** In the byte order of the machine that recorded, which the file need not tell. */
function afterFamily(bytes: Uint8Array, start: number, end: number): number {
  if (start + 5 > end || byte(bytes, start + 4) >>> 4 < 4) return NOT_IP;
  const isKnown =
    FAMILIES.has(LITTLE_ENDIAN.uint32(bytes, start)) ||
    FAMILIES.has(BIG_ENDIAN.uint32(bytes, start));
  return isKnown ? start + 4 : NOT_IP;
}
