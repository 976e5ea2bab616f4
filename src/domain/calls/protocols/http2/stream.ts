import type { DecodedCall } from '../decoder.ts';
import { CorrelationReader } from '../correlation.ts';
import {
  endedWithoutStatus,
  endingByGrpcStatus,
  failedWithoutStatus,
  statusOf,
  timeoutUsOf,
} from '../grpc/status.ts';
import type { Exchange } from '../http1-exchange.ts';
import { operationOf, type ResponseHead } from '../http1-head.ts';
import type { Owed } from '../owed.ts';
import { bytesLost, clientAbort, type Ending } from '../transport.ts';
import type { HeaderField } from './static-table.ts';

/**
 * One request with what is known of its answer, HTTP or gRPC.
 *
 * Anything that was not seen might be the status: only what was seen counts, and a call whose content
 * type was not seen may be gRPC, which answers 200 to everything.
 */

const GRPC = 'application/grpc';
const HEADER_LENGTH_MAX = 128;
/** A client that gives up this near to its deadline met it. */
const DEADLINE_RATIO_MIN = 0.97;
const STATUS_UNSEEN: Ending = {
  outcome: 'unknown',
  errorType: 'http.status_unseen',
  reason:
    'the status was not seen: its header refers to what came before the recording or was lost',
};

export class Stream implements Owed {
  readonly id: number;
  readonly exchange: Exchange;
  /** Frames of its answer may be among what was lost. */
  mayBeAnswered = false;
  answerBytes = 0;
  #isGrpc = false;
  #isTypeKnown = false;
  #hasUnread = false;
  #timeout = '';
  #grpcStatus: number | null = null;
  #grpcMessage = '';

  constructor(id: number, exchange: Exchange) {
    this.id = id;
    this.exchange = exchange;
  }

  get name(): string {
    const { name } = this.exchange;
    return this.#isGrpc && name.startsWith('POST ') ? name.slice('POST '.length) : name;
  }

  get isGrpc(): boolean {
    return this.#isGrpc;
  }

  get startedAtUs(): number {
    return this.exchange.startedAtUs;
  }

  get firstByteAtUs(): number | null {
    return this.exchange.firstByteAtUs;
  }

  takeRequest(fields: readonly HeaderField[] | null): void {
    const values = this.#known(fields);
    const correlation = new CorrelationReader();
    for (const [name, value] of values) correlation.take(name, value);
    this.exchange.correlation = correlation.result();
    this.#timeout = values.get('grpc-timeout')?.slice(0, HEADER_LENGTH_MAX) ?? '';
    if (this.#timeout !== '') this.#isGrpc = true;
    const method = values.get(':method');
    // Only a tunnel has no path; of any other request it was not seen.
    const target = values.get(method === 'CONNECT' ? ':authority' : ':path');
    if (method === undefined || target === undefined) return;
    this.exchange.method = method.slice(0, HEADER_LENGTH_MAX);
    this.exchange.operation = operationOf(`${this.exchange.method} ${target} HTTP/2`);
  }

  takeAnswer(fields: readonly HeaderField[] | null, atUs: number): void {
    const values = this.#known(fields);
    const status = statusOf(values.get(':status') ?? '');
    if (status !== null && status < 200) return;
    this.exchange.firstByteAtUs ??= atUs;
    if (status !== null) this.exchange.head = headOf(status, values);
    this.#grpcStatus ??= statusOf(values.get('grpc-status') ?? '');
    if (this.#grpcStatus !== null) this.#isGrpc = true;
    this.#grpcMessage = values.get('grpc-message') ?? this.#grpcMessage;
  }

  takeBody(content: Uint8Array): void {
    this.answerBytes += content.length;
    if (this.exchange.wantsBody) this.exchange.keepBody(content, 0, content.length);
  }

  /** Of an answer that is complete. */
  endingByAnswer(server: string): Ending {
    return this.#isGrpc ? this.#grpcEnding(server) : this.#httpEnding(server);
  }

  /** Of an answer whose end will not come any more, by a status that decides without it. */
  endingByHead(server: string): Ending | null {
    const { head } = this.exchange;
    return head === null || this.#isGrpc || this.#mayBeGrpc
      ? null
      : this.exchange.endingByStatus(server);
  }

  /** The client gave it up, which no server can tell from a deadline; the deadline that it named can. */
  endingByClient(client: string, atUs: number): Ending {
    const ageUs = atUs - this.startedAtUs;
    const abort = clientAbort(client, ageUs);
    const timeoutUs = timeoutUsOf(this.#timeout);
    if (timeoutUs === null || ageUs < timeoutUs * DEADLINE_RATIO_MIN) return abort;
    return { ...abort, outcome: 'timeout', reason: `${abort.reason} (deadline ${this.#timeout})` };
  }

  toCall(ending: Ending, endedAtUs: number | null): DecodedCall {
    const call = this.exchange.toCall(ending, endedAtUs);
    const isLow = this.#hasUnread || this.mayBeAnswered;
    const told: DecodedCall = { ...call, confidence: isLow ? 'low' : call.confidence };
    if (!this.#isGrpc) return told;
    return { ...told, protocol: 'grpc', operation: this.name, status: this.#grpcStatus };
  }

  get #mayBeGrpc(): boolean {
    return this.#hasUnread && !this.#isTypeKnown;
  }

  #grpcEnding(server: string): Ending {
    const [status, { head }] = [this.#grpcStatus, this.exchange];
    if (status !== null) {
      const [message, timeout] = [this.#grpcMessage, this.#timeout];
      return endingByGrpcStatus({ status, message, server, operation: this.name, timeout });
    }
    if (head !== null && head.status >= 400) return this.exchange.endingByStatus(server);
    if (!this.#hasUnread && !this.mayBeAnswered) return endedWithoutStatus(server, this.name);
    if (this.#grpcMessage === '') return STATUS_UNSEEN;
    return failedWithoutStatus(this.#grpcMessage, server, this.name);
  }

  #httpEnding(server: string): Ending {
    if (this.exchange.head === null) return this.mayBeAnswered ? bytesLost() : STATUS_UNSEEN;
    const ending = this.exchange.endingByStatus(server);
    return this.#mayBeGrpc && ending.outcome === 'ok' ? STATUS_UNSEEN : ending;
  }

  /** The first value of each name; notes what could not be read. */
  #known(fields: readonly HeaderField[] | null): ReadonlyMap<string, string> {
    if (fields === null) this.#hasUnread = true;
    const values = new Map<string, string>();
    for (const { name, value } of fields ?? []) {
      if (name === null || value === null) this.#hasUnread = true;
      else if (!values.has(name)) values.set(name, value);
    }
    const type = values.get('content-type');
    if (type !== undefined) this.#isTypeKnown = true;
    if (type?.startsWith(GRPC) === true) this.#isGrpc = true;
    return values;
  }
}

function headOf(status: number, values: ReadonlyMap<string, string>): ResponseHead {
  return {
    status,
    phrase: '',
    contentType: values.get('content-type')?.toLowerCase() ?? '',
    contentEncoding: values.get('content-encoding')?.toLowerCase() ?? '',
    upgrade: '',
    framing: 0,
  };
}
