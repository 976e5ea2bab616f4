/** Integers in a buffer. Whoever asks has checked that they lie inside it. */

export function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

export function uint16(bytes: Uint8Array, at: number): number {
  return (byte(bytes, at) << 8) | byte(bytes, at + 1);
}

/** Signed: for comparing and hashing only. */
export function int32(bytes: Uint8Array, at: number): number {
  return (
    (byte(bytes, at) << 24) |
    (byte(bytes, at + 1) << 16) |
    (byte(bytes, at + 2) << 8) |
    byte(bytes, at + 3)
  );
}

export function uint32(bytes: Uint8Array, at: number): number {
  return int32(bytes, at) >>> 0;
}

/** Integers in the byte order of the machine that wrote the file. */
export interface Integers {
  uint16(bytes: Uint8Array, at: number): number;
  uint32(bytes: Uint8Array, at: number): number;
}

export const BIG_ENDIAN: Integers = { uint16, uint32 };

export const LITTLE_ENDIAN: Integers = {
  uint16: (bytes, at) => byte(bytes, at) | (byte(bytes, at + 1) << 8),
  uint32: (bytes, at) =>
    (byte(bytes, at) |
      (byte(bytes, at + 1) << 8) |
      (byte(bytes, at + 2) << 16) |
      (byte(bytes, at + 3) << 24)) >>>
    0,
};
