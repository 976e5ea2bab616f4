import type { ConnectionContext, DecodedCall, Decoder, Side } from '../decoder.ts';
import { DialogueDecoder } from '../exchange/dialogue.ts';
import { since, type HandOver } from '../handing-over.ts';
import { OpaqueDecoder } from '../opaque.ts';
import { TlsDecoder } from '../tls/tls.ts';
import { stillOpen, unanswered, type Ending } from '../transport.ts';
import { MysqlDialogue, type Hidden } from './mysql-dialogue.ts';

/**
 * MySQL of one connection, as long as it can be read: what is encrypted or compressed after the sign-in
 * is told as one connection.
 */
export class MysqlDecoder implements Decoder {
  readonly #context: ConnectionContext;
  readonly #handOver: HandOver;
  readonly #dialogue: MysqlDialogue;
  readonly #inner: DialogueDecoder;

  constructor(context: ConnectionContext, handOver: HandOver) {
    this.#context = context;
    this.#handOver = handOver;
    this.#dialogue = new MysqlDialogue(context, (why, atUs) => this.#hide(why, atUs));
    this.#inner = new DialogueDecoder(this.#dialogue);
  }

  onClientBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    this.#inner.onClientBytes(bytes, atUs, lostBytes);
  }

  onServerBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    this.#inner.onServerBytes(bytes, atUs, lostBytes);
  }

  onClientEnd(atUs: number): void {
    this.#leave('client', atUs);
    this.#inner.onClientEnd(atUs);
  }

  onServerEnd(atUs: number): void {
    this.#leave('server', atUs);
    this.#inner.onServerEnd(atUs);
  }

  onReset(side: Side, atUs: number): void {
    this.#leave(side, atUs);
    this.#inner.onReset(side, atUs);
  }

  onCaptureEnd(atUs: number): void {
    if (this.#dialogue.isGreeted) this.#dialogue.endGreeting(stillOpen(), atUs);
    this.#inner.onCaptureEnd(atUs);
  }

  openCalls(atUs: number): readonly DecodedCall[] {
    return this.#inner.openCalls(atUs);
  }

  /** After the greeting, before the client has said anything. */
  #leave(side: Side, atUs: number): void {
    if (this.#dialogue.isGreeted) this.#dialogue.endGreeting(this.#unsaid(side), atUs);
  }

  #unsaid(side: Side): Ending {
    const { client, server } = this.#context;
    if (side === 'server') return unanswered(server, `before ${client} signed in`);
    const why = this.#dialogue.offersTls ? '' : ` (${server} offers no TLS)`;
    return unanswered(client, `without signing in${why}`);
  }

  #hide(why: Hidden, atUs: number): void {
    const context = since(this.#context, atUs);
    const next =
      why === 'encrypted' ? new TlsDecoder(context) : new OpaqueDecoder(compressed(context));
    this.#dialogue.readers.client.turn((bytes, at) => next.onClientBytes(bytes, at));
    this.#dialogue.readers.server.turn((bytes, at) => next.onServerBytes(bytes, at));
    this.#handOver(next);
  }
}

/** Of what cannot be read nobody knows that it went well. */
function compressed(context: ConnectionContext): ConnectionContext {
  return {
    ...context,
    nextIndex: () => context.nextIndex(),
    emit: (call) => context.emit(call.outcome === 'ok' ? { ...call, ...COMPRESSED } : call),
  };
}

const COMPRESSED: Ending = {
  outcome: 'unknown',
  errorType: 'mysql.compressed',
  reason: 'the connection is compressed: its requests were not read',
};
