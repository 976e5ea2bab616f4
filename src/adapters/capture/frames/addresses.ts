import { int32 } from '../format/integers.ts';

/** Addresses as four words: IPv6, or IPv4 mapped into it. */

const MAPPED = 0xffff;

export function readIpv4(into: Int32Array, bytes: Uint8Array, at: number): void {
  into[0] = 0;
  into[1] = 0;
  into[2] = MAPPED;
  into[3] = int32(bytes, at);
}

export function readIpv6(into: Int32Array, bytes: Uint8Array, at: number): void {
  for (let word = 0; word < 4; word += 1) into[word] = int32(bytes, at + 4 * word);
}

export function sameAddress(a: Int32Array, b: Int32Array): boolean {
  return a[3] === b[3] && a[2] === b[2] && a[1] === b[1] && a[0] === b[0];
}

/** Of an address with a port, in 32 bits. */
export function hashOf(address: Int32Array, port: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = address;
  let hash = Math.imul(d ^ Math.imul(port, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul((hash ^ (hash >>> 15) ^ c) | 0, 0xc2b2ae35);
  hash = Math.imul((hash ^ (hash >>> 13) ^ b) | 0, 0x27d4eb2f);
  return Math.imul((hash ^ (hash >>> 16) ^ a) | 0, 0x165667b1);
}

/** `10.0.0.5`, `fd00::5`: as people write them. */
export function addressText(address: Int32Array): string {
  const [a = 0, b = 0, c = 0, d = 0] = address;
  if (a === 0 && b === 0 && c === MAPPED) {
    return `${d >>> 24}.${(d >>> 16) & 0xff}.${(d >>> 8) & 0xff}.${d & 0xff}`;
  }
  return ipv6Text([a, b, c, d].flatMap((word) => [word >>> 16, word & 0xffff]));
}

export function endpointText(address: Int32Array, port: number): string {
  const text = addressText(address);
  return text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`;
}

/** RFC 5952: the first of the longest runs of zeros is left out, if it is longer than one. */
function ipv6Text(groups: readonly number[]): string {
  let best = { at: -1, length: 1 };
  for (let at = 0; at < groups.length; at += 1) {
    let end = at;
    while (groups[end] === 0) end += 1;
    if (end - at > best.length) best = { at, length: end - at };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.at === -1) return hex.join(':');
  return `${hex.slice(0, best.at).join(':')}::${hex.slice(best.at + best.length).join(':')}`;
}

/** Multicast and broadcast: nobody in particular is asked. */
export function isForMany(address: Int32Array): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = address;
  if (a === 0 && b === 0 && c === MAPPED) return d >>> 28 >= 0xe;
  return a >>> 24 === 0xff;
}
