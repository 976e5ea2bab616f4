/**
 * The fields of one protobuf message. Total: of bytes that are no message it says so, whatever they are.
 *
 * Only what OTLP's trace messages need: no packed lists, no groups. Nothing is copied.
 */

export interface Field {
  readonly number: number;
  /** Of a varint or of 32 bits; 0 for others. Beyond 2^53 it is not exact. */
  readonly integer: number;
  /** Of 64 bits, or with a length; empty for others. */
  readonly bytes: Uint8Array;
}

const VARINT = 0;
const BITS_64 = 1;
const LENGTH = 2;
const BITS_32 = 5;
const VARINT_BYTES_MAX = 10;
/** Of one message: a field is much larger in memory than its two bytes on the wire. */
const FIELDS_MAX = 131_072;
const NOTHING = new Uint8Array(0);

/** @returns Null when the bytes are no message, or one of too many fields. */
export function fieldsOf(bytes: Uint8Array): readonly Field[] | null {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length;) {
    const key = varintAt(bytes, at);
    if (key === null) return null;
    const number = Math.floor(key.value / 8);
    const field = number === 0 ? null : valueAt(bytes, key.end, number, key.value % 8);
    if (field === null || fields.length >= FIELDS_MAX) return null;
    fields.push(field);
    at = field.end;
  }
  return fields;
}

interface Placed extends Field {
  readonly end: number;
}

function valueAt(bytes: Uint8Array, at: number, number: number, type: number): Placed | null {
  switch (type) {
    case VARINT: {
      const found = varintAt(bytes, at);
      return found && { number, integer: found.value, bytes: NOTHING, end: found.end };
    }
    case BITS_64:
      return slice(bytes, at, 8, number);
    case LENGTH: {
      const length = varintAt(bytes, at);
      return length && slice(bytes, length.end, length.value, number);
    }
    case BITS_32: {
      const four = slice(bytes, at, 4, number);
      return four && { ...four, integer: viewOf(four.bytes).getUint32(0, true), bytes: NOTHING };
    }
    default:
      return null;
  }
}

function slice(bytes: Uint8Array, at: number, length: number, number: number): Placed | null {
  const end = at + length;
  if (end > bytes.length) return null;
  return { number, integer: 0, bytes: bytes.subarray(at, end), end };
}

function varintAt(bytes: Uint8Array, at: number): { value: number; end: number } | null {
  let value = 0;
  for (let place = 0; place < VARINT_BYTES_MAX; place += 1) {
    const byte = bytes[at + place];
    if (byte === undefined) return null;
    value += (byte % 128) * 128 ** place;
    if (byte < 128) return { value, end: at + place + 1 };
  }
  return null;
}

/** Of eight bytes; 0 of any other number. */
export function unsigned64(bytes: Uint8Array): bigint {
  return bytes.length === 8 ? viewOf(bytes).getBigUint64(0, true) : 0n;
}

/** Of eight bytes; 0 of any other number. */
export function double(bytes: Uint8Array): number {
  return bytes.length === 8 ? viewOf(bytes).getFloat64(0, true) : 0;
}

/** A varint read as unsigned, meant as a signed number of 64 bits. */
export function signed(integer: number): number {
  return integer >= 2 ** 63 ? integer - 2 ** 64 : integer;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
