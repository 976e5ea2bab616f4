import { deflateSync, inflateSync } from 'node:zlib';

/** Fast: status is packed once a second for every environment. */
const LEVEL = 3;

/** Nothing that was packed here is larger; protects against what somebody else wrote. */
const UNPACKED_BYTES_MAX = 256 * 1024 * 1024;

/** Plain JSON, compressed. */
export function pack(value: unknown): Buffer {
  return deflateSync(JSON.stringify(value), { level: LEVEL });
}

/** What `pack` was given; callers name its form without checking it again. */
export function unpack(packed: Uint8Array): unknown {
  const json = inflateSync(packed, { maxOutputLength: UNPACKED_BYTES_MAX });
  return JSON.parse(json.toString('utf8'));
}

export function packText(value: unknown): string {
  return pack(value).toString('base64');
}

export function unpackText(text: string): unknown {
  return unpack(Buffer.from(text, 'base64'));
}
