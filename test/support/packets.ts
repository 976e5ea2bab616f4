/** Packets by hand: TCP and UDP conversations as a recorder would write them down. */

export const LINK_ETHERNET = 1;
export const LINK_RAW = 101;

export interface Address {
  readonly ip: string;
  readonly port: number;
}

export interface TcpFields {
  readonly from: Address;
  readonly to: Address;
  readonly sequence: number;
  readonly acknowledgement?: number;
  /** Letters of `SAFRP`. */
  readonly flags: string;
  readonly payload?: Uint8Array;
  readonly window?: number;
}

const FLAG_BITS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16 };

export function tcpSegment(fields: TcpFields): Uint8Array {
  const payload = fields.payload ?? new Uint8Array(0);
  const bytes = new Uint8Array(20 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, fields.from.port);
  view.setUint16(2, fields.to.port);
  view.setUint32(4, fields.sequence >>> 0);
  view.setUint32(8, (fields.acknowledgement ?? 0) >>> 0);
  view.setUint8(12, 0x50);
  view.setUint8(
    13,
    fields.flags.split('').reduce((bits, flag) => bits | (FLAG_BITS[flag] ?? 0), 0),
  );
  view.setUint16(14, fields.window ?? 65_535);
  bytes.set(payload, 20);
  return bytes;
}

export function tcpPacket(fields: TcpFields): Uint8Array {
  return ipPacket(fields.from.ip, fields.to.ip, 6, tcpSegment(fields));
}

export function udpDatagram(from: Address, to: Address, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, from.port);
  view.setUint16(2, to.port);
  view.setUint16(4, bytes.length);
  bytes.set(payload, 8);
  return bytes;
}

/** IPv6 where the addresses have colons. */
export function ipPacket(
  from: string,
  to: string,
  protocol: number,
  payload: Uint8Array,
): Uint8Array {
  return from.includes(':')
    ? ipv6Packet(from, to, protocol, payload)
    : ipv4Packet({ from, to, protocol, payload });
}

export interface Ipv4Fields {
  readonly from: string;
  readonly to: string;
  readonly protocol: number;
  readonly payload: Uint8Array;
  readonly options?: Uint8Array;
  readonly id?: number;
  /** Offset in bytes, and whether more follow. */
  readonly fragment?: { readonly offset: number; readonly isLast: boolean };
}

export function ipv4Packet(fields: Ipv4Fields): Uint8Array {
  const { payload, options = new Uint8Array(0), fragment } = fields;
  const header = 20 + options.length;
  const bytes = new Uint8Array(header + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x40 | (header / 4));
  view.setUint16(2, bytes.length);
  view.setUint16(4, fields.id ?? 0);
  if (fragment !== undefined) {
    view.setUint16(6, (fragment.offset / 8) | (fragment.isLast ? 0 : 0x2000));
  }
  view.setUint8(8, 64);
  view.setUint8(9, fields.protocol);
  bytes.set(ipv4Bytes(fields.from), 12);
  bytes.set(ipv4Bytes(fields.to), 16);
  bytes.set(options, 20);
  bytes.set(payload, header);
  return bytes;
}

export function ipv6Packet(
  from: string,
  to: string,
  protocol: number,
  payload: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(40 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x60);
  view.setUint16(4, payload.length);
  view.setUint8(6, protocol);
  view.setUint8(7, 64);
  bytes.set(ipv6Bytes(from), 8);
  bytes.set(ipv6Bytes(to), 24);
  bytes.set(payload, 40);
  return bytes;
}

export function ethernetFrame(packet: Uint8Array, tags: readonly number[] = []): Uint8Array {
  const bytes = new Uint8Array(14 + tags.length * 4 + packet.length);
  const view = new DataView(bytes.buffer);
  let at = 12;
  for (const tag of tags) {
    view.setUint16(at, tag);
    at += 4;
  }
  view.setUint16(at, etherTypeOf(packet));
  bytes.set(packet, at + 2);
  return bytes;
}

export function etherTypeOf(packet: Uint8Array): number {
  return (packet[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800;
}

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function ipv4Bytes(ip: string): Uint8Array {
  return Uint8Array.from(ip.split('.').map(Number));
}

function ipv6Bytes(ip: string): Uint8Array {
  const [head = '', tail] = ip.split('::');
  const groups = (text: string): readonly number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (const [place, group] of [...before, ...zeros, ...after].entries()) {
    view.setUint16(place * 2, group);
  }
  return bytes;
}
