import { redact } from '../../redact.ts';
import type { ConnectionContext, DecodedCall, Side } from '../decoder.ts';
import { Exchange } from '../http1-exchange.ts';
import {
  whenCaptureEnded,
  whenClientLeft,
  whenServerClosed,
  whenServerReset,
  type TimedEnding,
} from '../owed.ts';
import { notFollowed, type Ending } from '../transport.ts';
import type { HeaderList } from './header-blocks.ts';
import { Stream } from './stream.ts';

/** The open streams of one connection and every way in which they end. */

/** Streams followed at one time. */
export const STREAMS_MAX = 1_000;
/** Ended streams remembered, for what still comes on them. */
const ENDED_STREAMS_KEPT = 64;
const TOO_MANY = notFollowed('http.limit', `more than ${STREAMS_MAX} streams at once`);

/** RFC 9113, section 7. */
const ERROR_NAMES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];

export class Streams {
  readonly #context: ConnectionContext;
  readonly #open = new Map<number, Stream>();
  #ended: number[] = [];
  #lastRequestId = 0;
  /** Requests above this number may have been lost. */
  #unseenAboveId = Infinity;
  #clientEndedAtUs: number | null = null;

  constructor(context: ConnectionContext) {
    this.#context = context;
  }

  /** A request that was asked before the connection became HTTP/2. */
  adopt(exchange: Exchange): void {
    this.#open.set(1, new Stream(1, exchange));
    this.#lastRequestId = 1;
  }

  /** Whether a request was seen to be one of gRPC. */
  isGrpc(streamId: number): boolean {
    return this.#open.get(streamId)?.isGrpc === true;
  }

  requested({ streamId, fields, startedAtUs }: HeaderList): void {
    // Trailers, or a number that only servers use.
    if (streamId <= this.#lastRequestId || streamId % 2 === 0) return;
    this.#lastRequestId = streamId;
    this.#makeRoom(startedAtUs);
    const stream = new Stream(streamId, new Exchange(this.#context.nextIndex(), startedAtUs));
    stream.takeRequest(fields);
    this.#open.set(streamId, stream);
  }

  answered({ streamId, fields, isLast, startedAtUs, atUs }: HeaderList): void {
    const stream = this.#open.get(streamId) ?? this.#unasked(streamId, startedAtUs);
    if (stream === null) return;
    stream.takeAnswer(fields, startedAtUs);
    if (isLast) this.#finish(stream, atUs);
  }

  body(streamId: number, content: Uint8Array): void {
    this.#open.get(streamId)?.takeBody(content);
  }

  bodyEnded(streamId: number, atUs: number): void {
    const stream = this.#open.get(streamId);
    if (stream !== undefined) this.#finish(stream, atUs);
  }

  resetByClient(streamId: number, atUs: number): void {
    const stream = this.#open.get(streamId);
    if (stream === undefined) return;
    const given = stream.endingByClient(this.#context.client, atUs);
    this.#tell(stream, this.#failureOf(stream) ?? given, atUs);
  }

  resetByServer(streamId: number, code: number, atUs: number): void {
    const stream = this.#open.get(streamId);
    if (stream === undefined) return;
    this.#tell(stream, this.#failureOf(stream) ?? this.#resetEnding(stream, code), atUs);
  }

  /** The server says that it does not look at any stream above that one. */
  serverGoesAway(lastId: number, code: number, text: string, atUs: number): void {
    const said = text === '' ? '' : `: ${redact(text)}`;
    for (const stream of this.#open.values()) {
      if (stream.id <= lastId) continue;
      const reason = `${this.#context.server} went away (${errorName(code)}) before ${stream.name}${said}`;
      const errorType = `http2.goaway_${errorName(code)}`;
      this.#tell(stream, { outcome: 'transport_error', errorType, reason }, atUs);
    }
  }

  requestsLost(): void {
    this.#unseenAboveId = Math.min(this.#unseenAboveId, this.#lastRequestId);
  }

  answersLost(): void {
    for (const stream of this.#open.values()) stream.mayBeAnswered = true;
  }

  clientEnded(atUs: number): void {
    this.#clientEndedAtUs = atUs;
  }

  serverEnded(atUs: number): void {
    this.#endAll((stream) => whenServerClosed(stream, this.#context, atUs, this.#clientEndedAtUs));
  }

  reset(side: Side, atUs: number): void {
    this.#endAll((stream) =>
      side === 'client'
        ? whenClientLeft(stream, this.#context, this.#clientEndedAtUs ?? atUs)
        : whenServerReset(stream, this.#context, atUs, this.#clientEndedAtUs),
    );
  }

  captureEnded(atUs: number): void {
    this.#endAll((stream) => this.#atCaptureEnd(stream, atUs));
  }

  openCalls(atUs: number): readonly DecodedCall[] {
    return [...this.#open.values()]
      .filter((stream) => !stream.exchange.isOrphan)
      .map((stream) => {
        const { ending, endedAtUs } = this.#atCaptureEnd(stream, atUs);
        return stream.toCall(ending, endedAtUs);
      });
  }

  /** The connection is not followed any more. */
  failAll(ending: Ending, atUs: number): void {
    this.#endAll(() => ({ ending, endedAtUs: atUs }));
  }

  #atCaptureEnd(stream: Stream, atUs: number): TimedEnding {
    const byHead = stream.endingByHead(this.#context.server);
    if (byHead !== null) return { ending: byHead, endedAtUs: null };
    return whenCaptureEnded(stream, this.#context, atUs, this.#clientEndedAtUs);
  }

  #endAll(endingOf: (stream: Stream) => TimedEnding): void {
    for (const stream of this.#open.values()) {
      const { ending, endedAtUs } = endingOf(stream);
      this.#tell(stream, ending, endedAtUs);
    }
  }

  #makeRoom(atUs: number): void {
    const [oldest] = this.#open.values();
    if (oldest !== undefined && this.#open.size >= STREAMS_MAX) this.#tell(oldest, TOO_MANY, atUs);
  }

  /** An answer without a request: one whose request was lost, or what still comes after a stream's end. */
  #unasked(streamId: number, atUs: number): Stream | null {
    if (streamId <= this.#unseenAboveId && streamId <= this.#lastRequestId) return null;
    if (streamId % 2 === 0 || this.#ended.includes(streamId)) return null;
    this.#makeRoom(atUs);
    const stream = new Stream(streamId, new Exchange(this.#context.nextIndex(), atUs));
    stream.exchange.isOrphan = true;
    this.#open.set(streamId, stream);
    return stream;
  }

  /** A failure that is certain without the rest of the answer. */
  #failureOf(stream: Stream): Ending | null {
    const ending = stream.endingByHead(this.#context.server);
    return ending === null || ending.outcome === 'ok' ? null : ending;
  }

  #finish(stream: Stream, atUs: number): void {
    const ending = stream.endingByAnswer(this.#context.server);
    this.#tell(stream, ending, atUs);
  }

  #resetEnding(stream: Stream, code: number): Ending {
    const name = errorName(code);
    const without =
      stream.firstByteAtUs === null ? ' without answering' : ' in the middle of its answer to';
    return {
      outcome: 'transport_error',
      errorType: `http2.${name}`,
      reason: `${this.#context.server} reset the stream (${name})${without} ${stream.name}`,
    };
  }

  #tell(stream: Stream, ending: Ending, endedAtUs: number | null): void {
    this.#open.delete(stream.id);
    this.#ended.push(stream.id);
    if (this.#ended.length > ENDED_STREAMS_KEPT) this.#ended.shift();
    const { isOrphan } = stream.exchange;
    if (isOrphan) stream.exchange.isLow = true;
    const told = isOrphan ? this.#orphanEnding(stream) : ending;
    this.#context.emit(stream.toCall(told, endedAtUs));
  }

  #orphanEnding(stream: Stream): Ending {
    const status = stream.exchange.head?.status ?? 'something';
    const reason = `${this.#context.server} answered ${status} to a request that was not seen`;
    return { outcome: 'unknown', errorType: 'http.unpaired', reason };
  }
}

function errorName(code: number): string {
  return ERROR_NAMES[code] ?? String(code);
}
