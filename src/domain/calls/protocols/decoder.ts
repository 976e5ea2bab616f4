import type { Call } from '../call.ts';

/**
 * What every protocol decoder is: passive and tolerant, bytes of one connection in, calls out.
 *
 * A decoder never throws whatever the bytes, holds a bounded amount of memory whatever their number,
 * and never says `ok` when it did not see the status. It has no clock: every event brings its time
 * in microseconds since the epoch. Sockets, packets and reassembly are not here.
 */

export type Side = 'client' | 'server';

/** A call without what only the owner of the connection knows. */
export interface DecodedCall extends Omit<
  Call,
  'id' | 'client' | 'server' | 'side' | 'connectionId'
> {
  /** Counts the calls of one connection from 0, in order of their start. */
  readonly index: number;
}

export interface ConnectionContext {
  /** Names for the reason texts. */
  readonly client: string;
  readonly server: string;
  /** When the connection was opened, or first seen. */
  readonly startedAtUs: number;
  nextIndex(): number;
  emit(call: DecodedCall): void;
}

export interface Decoder {
  /**
   * @param lostBytes - Bytes of this direction that were lost right before these; `Infinity` when
   * nobody knows how many.
   */
  onClientBytes(bytes: Uint8Array, atUs: number, lostBytes?: number): void;
  onServerBytes(bytes: Uint8Array, atUs: number, lostBytes?: number): void;
  /** The client sends no more; it may still read. */
  onClientEnd(atUs: number): void;
  onServerEnd(atUs: number): void;
  /** The connection is gone, by a reset from that side. */
  onReset(side: Side, atUs: number): void;
  /** Nothing more will come: both sides are closed, or the recording ended before them. */
  onCaptureEnd(atUs: number): void;
  /** What is open now, as it would be told if the recording ended here. Changes nothing. */
  openCalls(atUs: number): readonly DecodedCall[];
}

export type Detection = 'yes' | 'no' | 'maybe';

/** Recognises a protocol by the first bytes of each direction, never by the port. */
export interface Detector {
  readonly protocol: string;
  detect(client: Uint8Array, server: Uint8Array): Detection;
  create(context: ConnectionContext): Decoder;
}
