import { redact } from '../../redact.ts';
import type { ConnectionContext, DecodedCall, Decoder, Side } from '../decoder.ts';
import {
  bytesLost,
  clientAbort,
  connectionReset,
  OK,
  stillOpen,
  type Ending,
} from '../transport.ts';
import { CloseFinder, type Close } from './websocket-frames.ts';

/**
 * A WebSocket from its upgrade to its end: one call, judged by the code of the first close frame.
 *
 * Messages are not looked at. Without a close frame it did not end well.
 */

/** Normal, going away; a close frame without a code is normal too. */
const CODES_FINE = new Set([1000, 1001]);
/** Codes of RFC 6455 and its registry by which an endpoint says what it could not do. */
const OWN_FAULTS = new Set([1011, 1012, 1013, 1014]);
/** What the other side sent was refused: protocol error, wrong data, policy, size, missing extension. */
const CODES_REFUSED = new Set([1002, 1003, 1007, 1008, 1009, 1010]);

export class WebSocketDecoder implements Decoder {
  readonly #context: ConnectionContext;
  readonly #index: number;
  readonly #operation: string;
  readonly #startedAtUs: number;
  readonly #fromClient: CloseFinder;
  readonly #fromServer: CloseFinder;
  #firstByteAtUs: number | null = null;
  #serverBytes = 0;
  #closing: {
    readonly ending: Ending;
    readonly atUs: number;
    readonly code: number | null;
  } | null = null;
  #isTold = false;

  /** @param operation - Of the request that asked for it. */
  constructor(context: ConnectionContext, operation: string, atUs: number) {
    this.#context = context;
    this.#index = context.nextIndex();
    this.#operation = operation;
    this.#startedAtUs = atUs;
    this.#fromClient = new CloseFinder((close, closedAtUs) =>
      this.#close('client', close, closedAtUs),
    );
    this.#fromServer = new CloseFinder((close, closedAtUs) =>
      this.#close('server', close, closedAtUs),
    );
  }

  onClientBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    if (lostBytes > 0) this.#fromClient.lose(lostBytes);
    this.#fromClient.push(bytes, atUs);
  }

  onServerBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    if (lostBytes > 0) this.#fromServer.lose(lostBytes);
    if (bytes.length === 0) return;
    this.#firstByteAtUs ??= atUs;
    this.#serverBytes += bytes.length;
    this.#fromServer.push(bytes, atUs);
  }

  onClientEnd(atUs: number): void {
    this.#end(clientAbort(this.#context.client, atUs - this.#startedAtUs), atUs);
  }

  onServerEnd(atUs: number): void {
    const reason = `${this.#context.server} closed the WebSocket without saying why`;
    this.#end({ outcome: 'transport_error', errorType: 'websocket.1006', reason }, atUs);
  }

  onReset(side: Side, atUs: number): void {
    const { client, server } = this.#context;
    const ending =
      side === 'client'
        ? clientAbort(client, atUs - this.#startedAtUs)
        : connectionReset(server, this.#serverBytes);
    this.#end(ending, atUs);
  }

  onCaptureEnd(_atUs: number): void {
    this.#end(stillOpen(), null);
  }

  openCalls(_atUs: number): readonly DecodedCall[] {
    return this.#isTold ? [] : [this.#call(this.#isLost ? bytesLost() : stillOpen(), null)];
  }

  get #isLost(): boolean {
    return this.#fromClient.isLost || this.#fromServer.isLost;
  }

  #close(side: Side, close: Close, atUs: number): void {
    if (this.#isTold) return;
    const ending = this.#endingOf(side, close);
    this.#closing = { ending, atUs, code: close.code };
    this.#tell(ending, atUs);
  }

  #end(ending: Ending, atUs: number | null): void {
    if (!this.#isTold) this.#tell(this.#isLost ? bytesLost() : ending, atUs);
  }

  #endingOf(side: Side, { code, text }: Close): Ending {
    if (code === null || CODES_FINE.has(code)) return OK;
    const said = text === '' ? '' : `: ${redact(text)}`;
    return {
      outcome: outcomeOf(side, code),
      errorType: `websocket.${code}`,
      reason: `${this.#context[side]} closed the WebSocket with ${code}${said}`,
    };
  }

  #tell(ending: Ending, endedAtUs: number | null): void {
    this.#isTold = true;
    this.#context.emit(this.#call(ending, endedAtUs));
  }

  #call(ending: Ending, endedAtUs: number | null): DecodedCall {
    return {
      index: this.#index,
      protocol: 'websocket',
      operation: this.#operation,
      startedAtUs: this.#startedAtUs,
      firstByteAtUs: this.#firstByteAtUs,
      endedAtUs,
      outcome: ending.outcome,
      errorType: ending.errorType,
      reason: ending.reason,
      status: this.#closing?.code ?? null,
      correlation: {},
      confidence: this.#isLost ? 'low' : 'high',
    };
  }
}

/** Who refuses blames the other side; codes of applications are their own. */
function outcomeOf(side: Side, code: number): Ending['outcome'] {
  const isServers = side === 'server';
  if (OWN_FAULTS.has(code)) return isServers ? 'server_error' : 'cancelled';
  if (CODES_REFUSED.has(code)) return isServers ? 'client_error' : 'server_error';
  return 'unknown';
}
