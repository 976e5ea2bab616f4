import { joinBytes } from './packets.ts';

/** DNS messages by hand. */

const TYPES: Readonly<Record<string, number>> = { A: 1, PTR: 12, AAAA: 28, SRV: 33, TXT: 16 };

export interface DnsFields {
  readonly name: string;
  readonly type?: string;
  readonly id?: number;
}

export interface AnswerFields extends DnsFields {
  readonly rcode?: number;
  /** IPv4 as text, or sixteen bytes. */
  readonly addresses?: readonly (string | Uint8Array)[];
  readonly isTruncated?: boolean;
}

export function dnsQuery({ name, type = 'A', id = 1 }: DnsFields): Uint8Array {
  return joinBytes(header(id, 0x0100, 0), question(name, type));
}

export function dnsAnswer(fields: AnswerFields): Uint8Array {
  const { name, type = 'A', id = 1, rcode = 0, addresses = [], isTruncated = false } = fields;
  const flags = 0x8180 | rcode | (isTruncated ? 0x0200 : 0);
  return joinBytes(
    header(id, flags, addresses.length),
    question(name, type),
    ...addresses.map((address) => record(address)),
  );
}

export function framed(message: Uint8Array): Uint8Array {
  return joinBytes(Uint8Array.of(message.length >> 8, message.length & 0xff), message);
}

function header(id: number, flags: number, answers: number): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, id);
  view.setUint16(2, flags);
  view.setUint16(4, 1);
  view.setUint16(6, answers);
  return bytes;
}

export function encodedName(name: string): Uint8Array {
  const labels = name === '' ? [] : name.split('.');
  return joinBytes(
    ...labels.map((label) =>
      joinBytes(Uint8Array.of(label.length), new TextEncoder().encode(label)),
    ),
    Uint8Array.of(0),
  );
}

function question(name: string, type: string): Uint8Array {
  return joinBytes(encodedName(name), Uint8Array.of(0, TYPES[type] ?? Number(type), 0, 1));
}

/** The owner is the question's name, by a pointer. */
function record(address: string | Uint8Array): Uint8Array {
  const data =
    typeof address === 'string' ? Uint8Array.from(address.split('.').map(Number)) : address;
  const type = data.length === 4 ? 1 : 28;
  return joinBytes(Uint8Array.of(0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length), data);
}
