import type { ConnectionContext, DecodedCall, Decoder, Side } from '../decoder.ts';
import { DialogueDecoder } from '../exchange/dialogue.ts';
import { since, type HandOver } from '../handing-over.ts';
import { TlsDecoder } from '../tls/tls.ts';
import type { Ending } from '../transport.ts';
import { NatsDialogue } from './nats-dialogue.ts';

/** A connection to NATS: in the clear, or, once the server has said who it is, encrypted. */

const TLS_HANDSHAKE = 0x16;

export class NatsDecoder implements Decoder {
  readonly #context: ConnectionContext;
  readonly #handOver: HandOver;
  readonly #dialogue: NatsDialogue;
  readonly #inner: DialogueDecoder;
  #hasClientSpoken = false;

  constructor(context: ConnectionContext, handOver: HandOver) {
    this.#context = context;
    this.#handOver = handOver;
    this.#dialogue = new NatsDialogue(context);
    this.#inner = new DialogueDecoder(this.#dialogue);
  }

  onClientBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    const isFirst = !this.#hasClientSpoken && bytes.length > 0;
    this.#hasClientSpoken ||= bytes.length > 0;
    if (isFirst && lostBytes === 0 && bytes[0] === TLS_HANDSHAKE) this.#encrypt(bytes, atUs);
    else this.#inner.onClientBytes(bytes, atUs, lostBytes);
  }

  onServerBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    this.#inner.onServerBytes(bytes, atUs, lostBytes);
  }

  onClientEnd(atUs: number): void {
    this.#inner.onClientEnd(atUs);
  }

  onServerEnd(atUs: number): void {
    this.#dialogue.settle();
    this.#inner.onServerEnd(atUs);
  }

  onReset(side: Side, atUs: number): void {
    this.#dialogue.settle();
    this.#inner.onReset(side, atUs);
  }

  onCaptureEnd(atUs: number): void {
    this.#dialogue.settle();
    this.#inner.onCaptureEnd(atUs);
  }

  openCalls(atUs: number): readonly DecodedCall[] {
    return this.#inner.openCalls(atUs);
  }

  #encrypt(bytes: Uint8Array, atUs: number): void {
    const { calls } = this.#dialogue;
    calls.end(calls.begin('CONNECT', this.#context.startedAtUs), ENCRYPTED, atUs);
    const next = new TlsDecoder(since(this.#context, atUs));
    next.onClientBytes(bytes, atUs);
    this.#handOver(next);
  }
}

const ENCRYPTED: Ending = {
  outcome: 'unknown',
  errorType: 'nats.encrypted',
  reason: 'whether it could sign in was not seen: the connection is encrypted from here on',
};
