import { deflateSync, inflateSync } from 'node:zlib';

/**
 * Plain JSON, compressed: plans and reports repeat themselves and shrink to about a tenth.
 *
 * What is unpacked was packed here, so callers name its form without checking it again.
 */

/** Fastest level: most of the gain at a quarter of the time. */
const LEVEL = 1;

export function pack(value: unknown): Uint8Array {
  return deflateSync(JSON.stringify(value), { level: LEVEL });
}

export function unpack(packed: Uint8Array): unknown {
  return JSON.parse(inflateSync(packed).toString('utf8'));
}
