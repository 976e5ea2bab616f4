import type { Step } from '../conversations.ts';

/** A conversation of one protocol, with every call in it as `brief` tells it. */
export interface Sample {
  readonly protocol: string;
  readonly steps: readonly Step[];
  readonly calls: readonly string[];
}

export type Part = number | string | Uint8Array | readonly number[];

/** Big-endian fields, one after another: numbers are bytes, texts are themselves. */
export function bytes(...parts: readonly Part[]): Uint8Array {
  const encoder = new TextEncoder();
  const pieces = parts.map((part) => {
    if (typeof part === 'number') return new Uint8Array([part]);
    return typeof part === 'string' ? encoder.encode(part) : new Uint8Array(part);
  });
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

export function int16(value: number): readonly number[] {
  return [(value >> 8) & 0xff, value & 0xff];
}

export function int32(value: number): readonly number[] {
  return [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

export function int32LE(value: number): readonly number[] {
  return int32(value).toReversed();
}
