import type { ConnectionContext, DecodedCall, Decoder, Side } from './decoder.ts';
import {
  bytesLost,
  clientAbort,
  closedBeforeResponse,
  connectionReset,
  looksLikeTimeout,
  OK,
  resetBeforeResponse,
  stillOpen,
  unanswered,
  type Ending,
} from './transport.ts';

/** Which side ended, and when. */
interface End {
  readonly side: Side;
  readonly atUs: number;
}

/**
 * A conversation in a protocol that nobody here reads: one call per connection, judged by bytes
 * each way and by how it ends.
 *
 * It says little on purpose. Who closes first means nothing in an unknown protocol once bytes went
 * both ways, so that is `ok`; a connection that is still open is `unknown`, which is no failure.
 */
export class OpaqueDecoder implements Decoder {
  readonly #context: ConnectionContext;
  readonly #index: number;
  #clientBytes = 0;
  #serverBytes = 0;
  #firstServerByteAtUs: number | null = null;
  #lastClientByteAtUs: number;
  #lastServerByteAtUs: number | null = null;
  #firstEnd: End | null = null;
  #hasLost = false;
  /** Bytes of the server were lost. */
  #hasLostAnswer = false;
  #isFinished = false;

  constructor(context: ConnectionContext) {
    this.#context = context;
    this.#index = context.nextIndex();
    this.#lastClientByteAtUs = context.startedAtUs;
  }

  onClientBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    if (lostBytes > 0) this.#hasLost = true;
    if (bytes.length === 0) return;
    this.#clientBytes += bytes.length;
    this.#lastClientByteAtUs = atUs;
  }

  onServerBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    if (lostBytes > 0) {
      this.#hasLost = true;
      this.#hasLostAnswer = true;
    }
    if (bytes.length === 0) return;
    this.#serverBytes += bytes.length;
    this.#firstServerByteAtUs ??= atUs;
    this.#lastServerByteAtUs = atUs;
  }

  onClientEnd(atUs: number): void {
    this.#end('client', atUs);
  }

  onServerEnd(atUs: number): void {
    this.#end('server', atUs);
  }

  onReset(side: Side, atUs: number): void {
    if (this.#firstEnd?.side === side) this.#close(this.#firstEnd, atUs);
    else this.#finish(side === 'client' ? this.#clientReset(atUs) : this.#serverReset(atUs), atUs);
  }

  onCaptureEnd(atUs: number): void {
    if (this.#firstEnd === null) this.#finish(stillOpen(), null);
    else this.#close(this.#firstEnd, atUs);
  }

  openCalls(_atUs: number): readonly DecodedCall[] {
    return this.#isFinished ? [] : [this.#call(stillOpen(), null)];
  }

  #end(side: Side, atUs: number): void {
    if (this.#firstEnd === null) this.#firstEnd = { side, atUs };
    else if (this.#firstEnd.side !== side) this.#close(this.#firstEnd, atUs);
  }

  #close(first: End, atUs: number): void {
    this.#finish(
      first.side === 'client' ? this.#closedByClient(first.atUs) : this.#closedByServer(),
      atUs,
    );
  }

  #closedByClient(atUs: number): Ending {
    const { client } = this.#context;
    if (this.#clientBytes > 0 && this.#serverBytes > 0) return OK;
    if (this.#clientBytes === 0) return unanswered(client, 'without sending anything');
    const abort = this.#timedOut(atUs - this.#context.startedAtUs);
    return abort ?? unanswered(client, `without an answer from ${this.#context.server}`);
  }

  #closedByServer(): Ending {
    if (this.#clientBytes > 0 && this.#serverBytes > 0) return OK;
    if (this.#serverBytes === 0) return closedBeforeResponse(this.#context.server);
    return unanswered(this.#context.server, `before ${this.#context.client} sent anything`);
  }

  #clientReset(atUs: number): Ending {
    const { client, startedAtUs } = this.#context;
    const isOwed = this.#lastClientByteAtUs > (this.#lastServerByteAtUs ?? startedAtUs);
    const owed = isOwed ? this.#timedOut(atUs - this.#lastClientByteAtUs) : null;
    if (owed !== null) return owed;
    const abort = clientAbort(client, atUs - startedAtUs);
    return this.#serverBytes === 0 ? abort : { ...abort, outcome: 'cancelled' };
  }

  #serverReset(atUs: number): Ending {
    const { server, startedAtUs } = this.#context;
    return this.#serverBytes === 0
      ? resetBeforeResponse(server, atUs - startedAtUs, 'connect')
      : connectionReset(server, this.#serverBytes);
  }

  #timedOut(ageUs: number): Ending | null {
    return looksLikeTimeout(ageUs) ? clientAbort(this.#context.client, ageUs) : null;
  }

  #finish(ending: Ending, endedAtUs: number | null): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    const isUnseen = this.#hasLostAnswer && this.#serverBytes === 0;
    this.#context.emit(this.#call(isUnseen ? bytesLost() : ending, endedAtUs));
  }

  #call(ending: Ending, endedAtUs: number | null): DecodedCall {
    return {
      index: this.#index,
      protocol: 'tcp',
      operation: 'connect',
      startedAtUs: this.#context.startedAtUs,
      firstByteAtUs: this.#firstServerByteAtUs,
      endedAtUs,
      outcome: ending.outcome,
      errorType: ending.errorType,
      reason: ending.reason,
      status: null,
      correlation: {},
      confidence: this.#hasLost ? 'low' : 'high',
    };
  }
}
