import { hashOf, sameAddress } from '../frames/addresses.ts';
import { ACK, SYN, type Frame } from '../frames/frame.ts';
import type { Connection } from './connection.ts';

/** A copy on the other side of an address translation comes within this time. */
const TWIN_US_MAX = 5_000;
const RECENT_MAX = 1_024;

/**
 * Connections that are seen twice because the recorder listens on both sides of an address
 * translation: the same client and sequence number, asked of another server at the same moment.
 * Only the first, which the client itself asked for, is followed.
 */
export class Twins {
  readonly #recent = new Map<number, Connection>();

  /** Remembers a connection that has just been asked for. */
  sawAsk(frame: Frame, connection: Connection): void {
    if (this.#recent.size >= RECENT_MAX) this.#recent.clear();
    this.#recent.set(keyOf(frame), connection);
  }

  /** Whether the SYN is a copy of one that another connection began with, not granted yet. */
  isCopy(frame: Frame): boolean {
    if ((frame.flags & (SYN | ACK)) !== SYN) return false;
    const original = this.#recent.get(keyOf(frame));
    return (
      original !== undefined &&
      original.isOpening &&
      original.clientSequence === frame.sequence &&
      frame.atUs - original.startedAtUs <= TWIN_US_MAX &&
      original.client.port === frame.sourcePort &&
      sameAddress(original.client.address, frame.source)
    );
  }
}

function keyOf(frame: Frame): number {
  return hashOf(frame.source, frame.sourcePort) ^ frame.sequence;
}
