/** One recorded packet. Reused: whoever keeps anything of it must copy. */
export interface Packet {
  /** The buffer that holds it, from `start` to `end`. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Bytes it had on the wire: more than were recorded when the snap length cut it. */
  wireLength: number;
  /** Microseconds since the epoch. */
  atUs: number;
  /** Of tcpdump's register: 1 is Ethernet, 276 is SLL2. */
  linkType: number;
}

export function emptyPacket(): Packet {
  return { bytes: new Uint8Array(0), start: 0, end: 0, wireLength: 0, atUs: 0, linkType: 0 };
}

/** What a file said besides its packets, and what of it could not be used. Grows only. */
export interface FormatCounters {
  packets: number;
  /** Packets of interfaces that were never described, and blocks that contradict themselves. */
  invalidBlocks: number;
  /** Bytes skipped because a record claimed to be larger than anybody records. */
  skippedBytes: number;
  /** The file ends inside a record. */
  isCut: boolean;
  /** By the recorder's own account. */
  droppedByRecorder: number;
}

export function emptyFormatCounters(): FormatCounters {
  return { packets: 0, invalidBlocks: 0, skippedBytes: 0, isCut: false, droppedByRecorder: 0 };
}
