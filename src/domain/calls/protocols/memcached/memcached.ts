import type { ConnectionContext, DecodedCall, Decoder, Side } from '../decoder.ts';
import { createMemcachedBinary } from './memcached-binary.ts';
import { REQUEST, RESPONSE } from './memcached-frames.ts';
import { createMemcachedLines } from './memcached-lines.ts';

/** Memcached in one of its two protocols: a connection keeps to the one that its first byte shows. */
export class MemcachedDecoder implements Decoder {
  readonly #context: ConnectionContext;
  #inner: Decoder | null = null;

  constructor(context: ConnectionContext) {
    this.#context = context;
  }

  onClientBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    this.#chosen(bytes).onClientBytes(bytes, atUs, lostBytes);
  }

  onServerBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    this.#chosen(bytes).onServerBytes(bytes, atUs, lostBytes);
  }

  onClientEnd(atUs: number): void {
    this.#inner?.onClientEnd(atUs);
  }

  onServerEnd(atUs: number): void {
    this.#inner?.onServerEnd(atUs);
  }

  onReset(side: Side, atUs: number): void {
    this.#inner?.onReset(side, atUs);
  }

  onCaptureEnd(atUs: number): void {
    this.#inner?.onCaptureEnd(atUs);
  }

  openCalls(atUs: number): readonly DecodedCall[] {
    return this.#inner?.openCalls(atUs) ?? [];
  }

  #chosen(bytes: Uint8Array): Decoder {
    const isBinary = bytes[0] === REQUEST || bytes[0] === RESPONSE;
    this.#inner ??= isBinary
      ? createMemcachedBinary(this.#context)
      : createMemcachedLines(this.#context);
    return this.#inner;
  }
}
