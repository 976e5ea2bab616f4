/** Classic pcap, as `tcpdump` writes it. */

export interface PcapOptions {
  readonly linkType: number;
  readonly isBigEndian?: boolean;
  readonly resolution?: 'us' | 'ns';
  readonly snapLength?: number;
}

export interface RecordedPacket {
  readonly bytes: Uint8Array;
  /** Microseconds since the epoch. */
  readonly atUs: number;
  /** When more was on the wire than was recorded. */
  readonly wireLength?: number;
}

export const SNAP_LENGTH_DEFAULT = 262_144;

const MAGIC = { us: 0xa1b2c3d4, ns: 0xa1b23c4d } as const;

export function pcapHeader(options: PcapOptions): Uint8Array {
  const header = new Uint8Array(24);
  const view = new DataView(header.buffer);
  const isLittle = options.isBigEndian !== true;
  view.setUint32(0, MAGIC[options.resolution ?? 'us'], isLittle);
  view.setUint16(4, 2, isLittle);
  view.setUint16(6, 4, isLittle);
  view.setUint32(16, options.snapLength ?? SNAP_LENGTH_DEFAULT, isLittle);
  view.setUint32(20, options.linkType, isLittle);
  return header;
}

/** What does not fit the snap length is cut. */
export function pcapRecord(packet: RecordedPacket, options: PcapOptions): Uint8Array {
  const kept = packet.bytes.subarray(0, options.snapLength ?? SNAP_LENGTH_DEFAULT);
  const record = new Uint8Array(16 + kept.length);
  const view = new DataView(record.buffer);
  const isLittle = options.isBigEndian !== true;
  const seconds = Math.floor(packet.atUs / 1e6);
  const us = packet.atUs - seconds * 1e6;
  view.setUint32(0, seconds, isLittle);
  view.setUint32(4, options.resolution === 'ns' ? us * 1_000 : us, isLittle);
  view.setUint32(8, kept.length, isLittle);
  view.setUint32(12, packet.wireLength ?? packet.bytes.length, isLittle);
  record.set(kept, 16);
  return record;
}
