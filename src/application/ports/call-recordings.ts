import type { Call } from '../../domain/calls/call.ts';

/** Calls out of recordings of packets. */
export interface CallRecordings {
  /**
   * Reads a pcap or pcapng file; `-` is standard input. In memory that does not grow with the file.
   *
   * @throws {OperationError} While it is read: `CAPTURE_INVALID` when it is no capture, `USAGE` when it
   * cannot be opened.
   */
  decode(file: string): Decoding;
}

export interface Decoding {
  /** Calls in the order in which they ended, in lots that follow from how the file is read. */
  readonly lots: AsyncIterable<readonly Call[]>;
  /** So far; whole after the last lot. */
  summary(): RecordingSummary;
}

export interface RecordingSummary {
  readonly packets: number;
  readonly calls: number;
  /** Packets or parts of the file that could not be used, by what was wrong with them. */
  readonly doubts: readonly string[];
  /** Address → name that a client asked for and got it; the newest counts. */
  readonly names: ReadonlyMap<string, string>;
}
