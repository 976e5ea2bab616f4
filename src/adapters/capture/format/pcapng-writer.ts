import { SNAP_LENGTH_DEFAULT, type RecordedPacket } from './pcap-writer.ts';

/** pcapng: one section, its interfaces, packets and statistics; a file may have several sections. */

export interface PcapngOptions {
  readonly isBigEndian?: boolean;
}

export interface InterfaceOptions {
  readonly linkType: number;
  readonly name?: string;
  /** Decimal digits of a second; 6 is microseconds. */
  readonly digits?: number;
  readonly snapLength?: number;
}

const DIGITS_DEFAULT = 6;
const TEXT = new TextEncoder();

export function pcapngSection(options: PcapngOptions = {}): Uint8Array {
  const body = new Uint8Array(16);
  const view = new DataView(body.buffer);
  const isLittle = options.isBigEndian !== true;
  view.setUint32(0, 0x1a2b3c4d, isLittle);
  view.setUint16(4, 1, isLittle);
  // Length of the section: not known.
  view.setUint32(8, 0xffffffff, isLittle);
  view.setUint32(12, 0xffffffff, isLittle);
  return block(0x0a0d0d0a, body, isLittle);
}

export function pcapngInterface(
  { linkType, name, digits, snapLength }: InterfaceOptions,
  options: PcapngOptions = {},
): Uint8Array {
  const isLittle = options.isBigEndian !== true;
  const fixed = new Uint8Array(8);
  const view = new DataView(fixed.buffer);
  view.setUint16(0, linkType, isLittle);
  view.setUint32(4, snapLength ?? SNAP_LENGTH_DEFAULT, isLittle);
  const body = joined([
    fixed,
    ...(name === undefined ? [] : [option(2, TEXT.encode(name), isLittle)]),
    option(9, Uint8Array.of(digits ?? DIGITS_DEFAULT), isLittle),
    new Uint8Array(4),
  ]);
  return block(1, body, isLittle);
}

/** @param of - Place of the interface in its section, and how it writes times. */
export function pcapngPacket(
  packet: RecordedPacket,
  of: { readonly index: number; readonly digits?: number } = { index: 0 },
  options: PcapngOptions = {},
): Uint8Array {
  const isLittle = options.isBigEndian !== true;
  const fixed = new Uint8Array(20);
  const view = new DataView(fixed.buffer);
  const digits = BigInt(of.digits ?? DIGITS_DEFAULT);
  const units = (BigInt(packet.atUs) * 10n ** digits) / 1_000_000n;
  view.setUint32(0, of.index, isLittle);
  view.setUint32(4, Number(units >> 32n), isLittle);
  view.setUint32(8, Number(units & 0xffffffffn), isLittle);
  view.setUint32(12, packet.bytes.length, isLittle);
  view.setUint32(16, packet.wireLength ?? packet.bytes.length, isLittle);
  return block(6, joined([fixed, padded(packet.bytes)]), isLittle);
}

/** Packets that the recorder says it lost, in all so far. */
export function pcapngStatistics(
  of: { readonly index: number; readonly dropped: number },
  options: PcapngOptions = {},
): Uint8Array {
  const isLittle = options.isBigEndian !== true;
  const fixed = new Uint8Array(12);
  new DataView(fixed.buffer).setUint32(0, of.index, isLittle);
  const count = new Uint8Array(8);
  new DataView(count.buffer).setBigUint64(0, BigInt(of.dropped), isLittle);
  return block(5, joined([fixed, option(5, count, isLittle), new Uint8Array(4)]), isLittle);
}

function block(type: number, body: Uint8Array, isLittle: boolean): Uint8Array {
  const bytes = new Uint8Array(12 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, isLittle);
  view.setUint32(4, bytes.length, isLittle);
  bytes.set(body, 8);
  view.setUint32(bytes.length - 4, bytes.length, isLittle);
  return bytes;
}

function option(code: number, value: Uint8Array, isLittle: boolean): Uint8Array {
  const head = new Uint8Array(4);
  const view = new DataView(head.buffer);
  view.setUint16(0, code, isLittle);
  view.setUint16(2, value.length, isLittle);
  return joined([head, padded(value)]);
}

/** Everything in a block begins at a multiple of four. */
function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  whole.set(bytes);
  return whole;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
