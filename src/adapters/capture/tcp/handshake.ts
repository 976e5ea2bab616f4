import type { ConnectionContext, DecodedCall } from '../../../domain/calls/protocols/decoder.ts';
import {
  clientAbort,
  noAnswer,
  noResponseYet,
  refused,
  unreachable,
  type Ending,
} from '../../../domain/calls/protocols/transport.ts';

/** The opening of a connection, and every way in which it does not come about. */

/** A client asks again after one second, then doubles; a recorder's second copy comes at once. */
const RETRY_US_MIN = 500_000;
const FIRST_RETRY_US = 1_000_000;
const RETRIES_MIN = 2;

export class Handshake {
  readonly #context: ConnectionContext;
  readonly #port: number;
  #asks = 0;
  #lastAskAtUs = 0;
  #lastIntervalUs = FIRST_RETRY_US / 2;
  #grants = 0;
  #lastGrantAtUs = 0;

  constructor(context: ConnectionContext, port: number) {
    this.#context = context;
    this.#port = port;
  }

  get isAsked(): boolean {
    return this.#asks > 0;
  }

  get isGranted(): boolean {
    return this.#grants > 0;
  }

  /** The server granted the connection again and again: it did not take it. */
  get isBacklogged(): boolean {
    return this.#grants > 1;
  }

  sawAsk(atUs: number): void {
    if (this.#asks > 0 && atUs - this.#lastAskAtUs < RETRY_US_MIN) return;
    if (this.#asks > 0) this.#lastIntervalUs = atUs - this.#lastAskAtUs;
    this.#asks += 1;
    this.#lastAskAtUs = atUs;
  }

  sawGrant(atUs: number): void {
    if (this.#grants > 0 && atUs - this.#lastGrantAtUs < RETRY_US_MIN) return;
    this.#grants += 1;
    this.#lastGrantAtUs = atUs;
  }

  refused(atUs: number): DecodedCall {
    const { server } = this.#context;
    const name = server.endsWith(`:${this.#port}`)
      ? server.slice(0, -`:${this.#port}`.length)
      : server;
    return this.#call(refused(name, this.#port), atUs);
  }

  aborted(atUs: number): DecodedCall {
    const { client, startedAtUs } = this.#context;
    return this.#call(clientAbort(client, atUs - startedAtUs), atUs);
  }

  unreachable(address: string, code: string, atUs: number): DecodedCall {
    return this.#call(unreachable(address, code), atUs);
  }

  /**
   * @param atUs - Until when nothing came.
   * @param isHeard - The server was heard by this client near that time: who asked once only may have got an answer
   * that no recorder saw.
   */
  unanswered(atUs: number, isHeard: boolean): DecodedCall {
    const { server, startedAtUs } = this.#context;
    const hasGivenUp = atUs > this.#lastAskAtUs + 2 * this.#lastIntervalUs + RETRY_US_MIN;
    if (this.#asks > RETRIES_MIN || (hasGivenUp && (this.#asks > 1 || !isHeard))) {
      // A client that tells nobody was seen for the last time when it last asked.
      const waitedUs = Math.max(this.#lastAskAtUs - startedAtUs, FIRST_RETRY_US);
      const endedAtUs = Math.min(atUs, startedAtUs + waitedUs);
      return this.#call(noAnswer(server, endedAtUs - startedAtUs), endedAtUs);
    }
    return this.#call(noResponseYet(server, atUs - startedAtUs), null);
  }

  #call(ending: Ending, endedAtUs: number | null): DecodedCall {
    return {
      index: this.#context.nextIndex(),
      protocol: 'tcp',
      operation: 'connect',
      startedAtUs: this.#context.startedAtUs,
      firstByteAtUs: null,
      endedAtUs,
      outcome: ending.outcome,
      errorType: ending.errorType,
      reason: ending.reason,
      status: null,
      correlation: {},
      confidence: 'high',
    };
  }
}
