import { Random } from '../../support/random.ts';

/** What a recording loses on a bad day, done to the records of a classic pcap file. Equal seed, equal damage. */
export interface Damage {
  readonly name: string;
  /** Calls at its beginning are in it, as far as anything is. */
  readonly isWhole: boolean;
  /** Packets may bear the time of the one before them. */
  readonly isEarly: boolean;
  readonly apply: (records: readonly PacketRecord[], random: Random) => readonly PacketRecord[];
}

/** A packet as the file has it: its header of 16 bytes with times and lengths, and what was kept of it. */
export interface PacketRecord {
  readonly header: Buffer;
  readonly bytes: Buffer;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const CAPTURED_LENGTH_AT = 8;

const SNAP_BYTES = 256;
const LATE_SHARE = 0.1;

export const DAMAGES: readonly Damage[] = [
  { name: 'clean', isWhole: true, isEarly: false, apply: (records) => records },
  { name: '0.1 % lost', isWhole: true, isEarly: false, apply: losing(0.001) },
  { name: '1 % lost', isWhole: true, isEarly: false, apply: losing(0.01) },
  { name: '1 % swapped', isWhole: true, isEarly: true, apply: swapping(0.01) },
  { name: '1 % doubled', isWhole: true, isEarly: false, apply: doubling(0.01) },
  {
    name: 'begun late',
    isWhole: false,
    isEarly: false,
    apply: (records) => records.slice(Math.floor(records.length * LATE_SHARE)),
  },
  {
    name: `cut at ${SNAP_BYTES} bytes`,
    isWhole: true,
    isEarly: false,
    apply: (records) => records.map(cut),
  },
];

export function damaged(file: Buffer, { apply }: Damage, seed: number): Buffer {
  const records = apply(recordsOf(file), new Random(seed));
  const parts = records.flatMap(({ header, bytes }) => [header, bytes]);
  return Buffer.concat([file.subarray(0, FILE_HEADER_BYTES), ...parts]);
}

/** When the first packet came, in microseconds since the epoch. */
export function beginsAtUs(file: Buffer): number {
  const seconds = file.readUInt32LE(FILE_HEADER_BYTES);
  return seconds * 1e6 + file.readUInt32LE(FILE_HEADER_BYTES + 4);
}

function recordsOf(file: Buffer): readonly PacketRecord[] {
  const records: PacketRecord[] = [];
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= file.length;) {
    const header = file.subarray(at, at + RECORD_HEADER_BYTES);
    const from = at + RECORD_HEADER_BYTES;
    at = from + header.readUInt32LE(CAPTURED_LENGTH_AT);
    records.push({ header, bytes: file.subarray(from, at) });
  }
  return records;
}

function losing(share: number): Damage['apply'] {
  return (records, random) => records.filter(() => !random.chance(share));
}

function doubling(share: number): Damage['apply'] {
  return (records, random) =>
    records.flatMap((record) => (random.chance(share) ? [record, record] : [record]));
}

/** A packet changes places with the one after it; the times stay where they were. */
function swapping(share: number): Damage['apply'] {
  return (records, random) => {
    const swapped = [...records];
    for (let at = 0; at + 1 < swapped.length; at += 1) {
      const [one, other] = [swapped[at], swapped[at + 1]];
      if (one === undefined || other === undefined || !random.chance(share)) continue;
      swapped[at] = { header: timed(other.header, one.header), bytes: other.bytes };
      swapped[at + 1] = { header: timed(one.header, other.header), bytes: one.bytes };
      at += 1;
    }
    return swapped;
  };
}

/** The lengths of one header, the time of another. */
function timed(lengths: Buffer, times: Buffer): Buffer {
  return Buffer.concat([
    times.subarray(0, CAPTURED_LENGTH_AT),
    lengths.subarray(CAPTURED_LENGTH_AT),
  ]);
}

function cut({ header, bytes }: PacketRecord): PacketRecord {
  const kept = bytes.subarray(0, SNAP_BYTES);
  const shorter = Buffer.from(header);
  shorter.writeUInt32LE(kept.length, CAPTURED_LENGTH_AT);
  return { header: shorter, bytes: kept };
}
