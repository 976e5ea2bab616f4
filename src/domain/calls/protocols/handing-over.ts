import type { ConnectionContext, DecodedCall, Decoder, Side } from './decoder.ts';
import { OpaqueDecoder } from './opaque.ts';

/**
 * A decoder whose place another may take in the middle of a connection, as when it becomes encrypted or
 * is not what it seemed.
 *
 * Ends that came before are told to the next one again; after the end nothing is passed on.
 */

export type HandOver = (next: Decoder) => void;

export class HandingOver implements Decoder {
  #current: Decoder;
  #clientEndedAtUs: number | null = null;
  #serverEndedAtUs: number | null = null;
  #isFinished = false;

  /** @param first - Has told all its calls when it hands over, and gives the next one what is left of its bytes. */
  constructor(first: (handOver: HandOver) => Decoder) {
    this.#current = first((next) => this.#take(next));
  }

  onClientBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    if (!this.#isFinished) this.#current.onClientBytes(bytes, atUs, lostBytes);
  }

  onServerBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    if (!this.#isFinished) this.#current.onServerBytes(bytes, atUs, lostBytes);
  }

  onClientEnd(atUs: number): void {
    if (this.#isFinished || this.#clientEndedAtUs !== null) return;
    this.#clientEndedAtUs = atUs;
    this.#current.onClientEnd(atUs);
  }

  onServerEnd(atUs: number): void {
    if (this.#isFinished || this.#serverEndedAtUs !== null) return;
    this.#serverEndedAtUs = atUs;
    this.#current.onServerEnd(atUs);
  }

  onReset(side: Side, atUs: number): void {
    if (this.#isFinished) return;
    this.#current.onReset(side, atUs);
    this.#isFinished = true;
  }

  onCaptureEnd(atUs: number): void {
    if (this.#isFinished) return;
    this.#current.onCaptureEnd(atUs);
    this.#isFinished = true;
  }

  openCalls(atUs: number): readonly DecodedCall[] {
    return this.#isFinished ? [] : this.#current.openCalls(atUs);
  }

  #take(next: Decoder): void {
    this.#current = next;
    if (this.#clientEndedAtUs !== null) next.onClientEnd(this.#clientEndedAtUs);
    if (this.#serverEndedAtUs !== null) next.onServerEnd(this.#serverEndedAtUs);
  }
}

/** For the rest of a connection that nobody can read any more. */
export function opaqueFrom(context: ConnectionContext, atUs: number): OpaqueDecoder {
  return new OpaqueDecoder(since(context, atUs));
}

/** The same connection, as if it had begun then. */
export function since(context: ConnectionContext, atUs: number): ConnectionContext {
  return {
    client: context.client,
    server: context.server,
    startedAtUs: atUs,
    nextIndex: () => context.nextIndex(),
    emit: (call) => context.emit(call),
  };
}
