/** Protobuf messages as lists of pieces, put together once at the end. */

const ENCODER = new TextEncoder();

export type Piece = Uint8Array;

export function messageOf(...pieces: readonly (Piece | null)[]): Uint8Array {
  return Buffer.concat(pieces.filter((piece) => piece !== null));
}

/** Left out when empty, as proto3 does. */
export function textField(number: number, text: string): Piece | null {
  return text === '' ? null : bytesField(number, ENCODER.encode(text));
}

export function bytesField(number: number, bytes: Uint8Array): Piece {
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** Left out when zero. @param value - Whole, not negative. */
export function integerField(number: number, value: number): Piece | null {
  return value === 0 ? null : Buffer.concat([varint(number * 8), varint(value)]);
}

export function fixed64Field(number: number, value: bigint): Piece {
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64LE(value);
  return Buffer.concat([varint(number * 8 + 1), eight]);
}

export function doubleField(number: number, value: number): Piece {
  const eight = Buffer.alloc(8);
  eight.writeDoubleLE(value);
  return Buffer.concat([varint(number * 8 + 1), eight]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...bytes, rest]);
}
