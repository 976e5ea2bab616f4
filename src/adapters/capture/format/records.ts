import type { ByteWindow } from './byte-window.ts';
import type { FormatCounters, Packet } from './packet.ts';

/** Larger than any recorder's snap length; a record that claims more is skipped. */
export const RECORD_BYTES_MAX = 1_048_576;

export type OnPacket = (packet: Packet) => void;

/** The records of one format. */
export interface RecordReader {
  /** Uses the next record in the window; false when it is not there whole. */
  next(window: ByteWindow): boolean;
}

export interface RecordTarget {
  readonly packet: Packet;
  readonly counters: FormatCounters;
  readonly onPacket: OnPacket;
  /** Passes over so many bytes that have yet to come. */
  skip(bytes: number): void;
}
