import { byteAt } from './byte-at.ts';

/** DNS messages as far as calls are concerned: the question, how it was answered, the addresses. */

export interface DnsMessage {
  readonly id: number;
  readonly isAnswer: boolean;
  readonly rcode: number;
  /** The answer did not fit; the client asks again over TCP. */
  readonly isTruncated: boolean;
  /** In lower case, without the last dot; what is not printable is written `\ddd`. */
  readonly name: string;
  /** `A`, `AAAA` …, else `TYPE` and the number. */
  readonly type: string;
  readonly answerCount: number;
  /** Of A and AAAA records, as people write them. */
  readonly addresses: readonly string[];
}

export const HEADER_BYTES = 12;
const NAME_BYTES_MAX = 255;
const LABEL_BYTES_MAX = 63;
const POINTER = 0xc0;
const POINTERS_MAX = 16;
const NOTHING = new Uint8Array(0);
/** Records of one answer that are looked at. */
const RECORDS_MAX = 256;

const QR = 0x80;
const OPCODE_BITS = 0x78;
const TRUNCATED = 0x02;

const A = 1;
const AAAA = 28;
const CLASS_INTERNET = 1;

const TYPES: ReadonlyMap<number, string> = new Map([
  [A, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [12, 'PTR'],
  [15, 'MX'],
  [16, 'TXT'],
  [AAAA, 'AAAA'],
  [33, 'SRV'],
  [35, 'NAPTR'],
  [64, 'SVCB'],
  [65, 'HTTPS'],
  [255, 'ANY'],
]);

/** Null when it is no query or answer about exactly one name, or the question is not whole. */
export function parseDnsMessage(bytes: Uint8Array): DnsMessage | null {
  if (!isDnsHeader(bytes)) return null;
  const question = readName(bytes, HEADER_BYTES);
  if (question === null || question.next + 4 > bytes.length) return null;
  const flags = byteAt(bytes, 2);
  const isAnswer = (flags & QR) !== 0;
  const answerCount = isAnswer ? uint16(bytes, 6) : 0;
  return {
    id: uint16(bytes, 0),
    isAnswer,
    rcode: byteAt(bytes, 3) & 0x0f,
    isTruncated: (flags & TRUNCATED) !== 0,
    name: question.name,
    type: typeText(uint16(bytes, question.next)),
    answerCount,
    addresses: readAddresses(bytes, question.next + 4, answerCount),
  };
}

/** Whether these can be the first bytes of a message about one name; sections that none has are refused. */
export function isDnsHeader(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_BYTES) return false;
  const flags = byteAt(bytes, 2);
  if ((flags & OPCODE_BITS) !== 0 || uint16(bytes, 4) !== 1) return false;
  // The one bit that has been zero since the beginning.
  if ((byteAt(bytes, 3) & 0x40) !== 0) return false;
  const isAnswer = (flags & QR) !== 0;
  const others = uint16(bytes, 6) + uint16(bytes, 8);
  return isAnswer ? others <= 4_096 : others === 0 && uint16(bytes, 10) <= 4;
}

interface Name {
  readonly name: string;
  /** After it, where it stands. */
  readonly next: number;
}

function readName(bytes: Uint8Array, start: number): Name | null {
  const labels: string[] = [];
  let at = start;
  let next: number | null = null;
  let length = 0;
  let pointers = 0;
  for (let size = bytes[at]; size !== 0; size = bytes[at]) {
    if (size !== undefined && size >= POINTER) {
      const low = bytes[at + 1];
      pointers += 1;
      if (low === undefined || pointers > POINTERS_MAX) return null;
      next ??= at + 2;
      at = ((size & 0x3f) << 8) | low;
    } else {
      const label = labelAt(bytes, at);
      length += label.length + 1;
      if (label.length === 0 || length > NAME_BYTES_MAX) return null;
      labels.push(labelText(label));
      at += 1 + label.length;
    }
  }
  return { name: labels.join('.'), next: next ?? at + 1 };
}

/** Empty when it is not there whole, or is none. */
function labelAt(bytes: Uint8Array, at: number): Uint8Array {
  const label = bytes.subarray(at + 1, at + 1 + (bytes[at] ?? 0));
  return label.length === bytes[at] && label.length <= LABEL_BYTES_MAX ? label : NOTHING;
}

function labelText(label: Uint8Array): string {
  let text = '';
  for (const byte of label) {
    const character = String.fromCharCode(byte);
    text += /[\w*/-]/u.test(character) ? character : `\\${String(byte).padStart(3, '0')}`;
  }
  return text.toLowerCase();
}

/** As many as are there whole. */
function readAddresses(bytes: Uint8Array, start: number, count: number): readonly string[] {
  const addresses: string[] = [];
  let at = start;
  for (let record = 0; record < Math.min(count, RECORDS_MAX); record += 1) {
    const owner = readName(bytes, at);
    if (owner === null || owner.next + 10 > bytes.length) break;
    const type = uint16(bytes, owner.next);
    const length = uint16(bytes, owner.next + 8);
    const data = owner.next + 10;
    if (data + length > bytes.length) break;
    if (uint16(bytes, owner.next + 2) === CLASS_INTERNET) {
      if (type === A && length === 4) addresses.push(ipv4Text(bytes, data));
      if (type === AAAA && length === 16) addresses.push(ipv6Text(bytes, data));
    }
    at = data + length;
  }
  return addresses;
}

function typeText(type: number): string {
  return TYPES.get(type) ?? `TYPE${type}`;
}

function uint16(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1);
}

function ipv4Text(bytes: Uint8Array, at: number): string {
  return bytes.subarray(at, at + 4).join('.');
}

/** RFC 5952: the first of the longest runs of zeros is left out. */
function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, place) =>
    uint16(bytes, at + 2 * place).toString(16),
  );
  const zeros = groups.join(':').match(/(?<![^:])0(?::0)+(?![^:])/gu) ?? [];
  const [longest] = zeros.toSorted((a, b) => b.length - a.length);
  if (longest === undefined) return groups.join(':');
  const whole = `:${groups.join(':')}:`;
  return whole.replace(`:${longest}:`, '::').replace(/^:(?!:)|(?<!:):$/gu, '');
}
