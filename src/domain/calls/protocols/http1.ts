import type { ConnectionContext, DecodedCall, Decoder, Side } from './decoder.ts';
import { opaqueFrom } from './handing-over.ts';
import { Http1Calls } from './http1-calls.ts';
import type { Exchange } from './http1-exchange.ts';
import { operationOf, parseRequestHead, parseResponseHead } from './http1-head.ts';
import { afterUpgrade } from './http1-upgrade.ts';
import type { RawHead } from './http1-head-reader.ts';
import {
  HOLD,
  MessageStream,
  SEARCH,
  TOO_MANY,
  TUNNEL,
  type MessageHandler,
  type Trouble,
} from './http1-stream.ts';
import { invariant } from '../../errors.ts';
import { notFollowed, plainToTls, type Ending } from './transport.ts';

/**
 * HTTP/1 of one connection: cuts both directions into messages, pairs them, tells each pair as a call.
 *
 * Kept in memory: the open calls, one incomplete head per direction, 2 KiB of an error body. What
 * exceeds a limit or is not HTTP/1 turns the connection opaque, with what is open `unknown`. A
 * client that ends its side may still be waiting; only what the server does next tells.
 */

/** Requests without an answer at one time. */
export const PIPELINE_MAX = 1_000;

const TROUBLES: Readonly<Record<Trouble, Ending>> = {
  malformed: notFollowed('http.malformed', 'bytes that are not HTTP/1'),
  'too-large': notFollowed('http.limit', 'a header over 64 KiB or a line over 16 KiB'),
  'too-many': notFollowed('http.limit', `more than ${PIPELINE_MAX} requests without an answer`),
};
const TUNNELLED = notFollowed('http.tunnel', 'the connection became a tunnel');
/** First byte of what a TLS server says to plain text. */
const TLS_ALERT = 0x15;

export class Http1Decoder implements Decoder {
  readonly #context: ConnectionContext;
  readonly #calls: Http1Calls;
  readonly #requests: MessageStream;
  readonly #responses: MessageStream;
  /** Whose request is being read. */
  #asking: Exchange | null = null;
  /** Whose answer is being read. */
  #answering: Exchange | null = null;
  #isInterim = false;
  /** Asked for another protocol. */
  #tunnelling: Exchange | null = null;
  /** What the connection became, when it is not HTTP/1 any more. */
  #next: Decoder | null = null;
  #clientEndedAtUs: number | null = null;
  #isFinished = false;

  constructor(context: ConnectionContext) {
    this.#context = context;
    this.#calls = new Http1Calls(context);
    this.#requests = new MessageStream('request', this.#requestHandler());
    this.#responses = new MessageStream('response', this.#responseHandler());
  }

  onClientBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    if (this.#isFinished) return;
    if (this.#next !== null) {
      this.#next.onClientBytes(bytes, atUs, lostBytes);
      return;
    }
    if (lostBytes > 0) this.#loseRequests(lostBytes, atUs);
    const used = this.#requests.push(bytes, atUs);
    if (used < bytes.length) this.#sinceUpgrade()?.onClientBytes(bytes.subarray(used), atUs);
  }

  onServerBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    if (this.#isFinished) return;
    if (this.#next !== null) {
      this.#next.onServerBytes(bytes, atUs, lostBytes);
      return;
    }
    if (lostBytes > 0) this.#loseAnswers(lostBytes, atUs);
    const used = this.#responses.push(bytes, atUs);
    if (used < bytes.length) this.#sinceUpgrade()?.onServerBytes(bytes.subarray(used), atUs);
  }

  onClientEnd(atUs: number): void {
    if (this.#isFinished) return;
    this.#clientEndedAtUs ??= atUs;
    this.#calls.clientEnded(atUs);
    this.#next?.onClientEnd(atUs);
  }

  onServerEnd(atUs: number): void {
    if (this.#isFinished) return;
    if (this.#responses.isUntilClose) this.#endAnswer(atUs);
    this.#cutAnswer(atUs);
    this.#calls.serverEnded(atUs);
    this.#next?.onServerEnd(atUs);
  }

  onReset(side: Side, atUs: number): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    if (side === 'client') this.#calls.clientReset(atUs);
    else {
      this.#cutAnswer(atUs);
      this.#calls.serverReset(atUs);
    }
    this.#next?.onReset(side, atUs);
    this.#stop();
  }

  onCaptureEnd(atUs: number): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#calls.captureEnded(atUs);
    this.#next?.onCaptureEnd(atUs);
    this.#stop();
  }

  openCalls(atUs: number): readonly DecodedCall[] {
    if (this.#isFinished) return [];
    return [...this.#calls.open(atUs), ...(this.#next?.openCalls(atUs) ?? [])];
  }

  #requestHandler(): MessageHandler {
    return {
      onStart: (atUs) => {
        this.#asking = this.#calls.begin(atUs, this.#responses.isIdle);
      },
      onHead: (head, atUs) => this.#takeRequest(head, atUs),
      onBody: ignore,
      onEnd: (atUs) => {
        inProgress(this.#asking).askedAtUs = atUs;
        this.#asking = null;
      },
      onTrouble: (trouble, bytes, atUs) => {
        const isMisread = trouble === 'malformed' && this.#requests.hasSearched;
        if (isMisread) this.#searchRequest();
        else this.#turnOpaque(TROUBLES[trouble], atUs).onClientBytes(bytes, atUs);
      },
    };
  }

  #takeRequest(raw: RawHead, atUs: number): number {
    const head = parseRequestHead(raw);
    const exchange = inProgress(this.#asking);
    exchange.method = head.method;
    exchange.operation = head.operation;
    exchange.correlation = head.correlation;
    if (this.#calls.waitingCount > PIPELINE_MAX) return TOO_MANY;
    this.#calls.asked(atUs);
    if (head.framing !== HOLD) return head.framing;
    if (!this.#calls.isWaiting(exchange)) return 0;
    this.#tunnelling = exchange;
    return HOLD;
  }

  #responseHandler(): MessageHandler {
    return {
      onStart: (atUs) => {
        this.#answering = this.#calls.answer(atUs);
      },
      onHead: (head, atUs) => this.#takeAnswer(head, atUs),
      onBody: (bytes, from, to) => {
        if (this.#answering?.wantsBody === true) this.#answering.keepBody(bytes, from, to);
      },
      onEnd: (atUs) => this.#endAnswer(atUs),
      onTrouble: (trouble, bytes, atUs) => this.#refuseAnswer(trouble, bytes, atUs),
    };
  }

  #takeAnswer(raw: RawHead, atUs: number): number {
    const exchange = this.#answering;
    if (exchange === null) return SEARCH;
    this.#nameByPartialHead(exchange);
    const head = parseResponseHead(raw, exchange.method);
    this.#isInterim = head.status < 200 && head.status !== 101;
    if (this.#isInterim) return head.framing;
    exchange.head = head;
    if (head.status === 101 || (exchange.method === 'CONNECT' && head.status < 300)) {
      this.#tunnelling = null;
      const next = afterUpgrade(head, exchange, this.#context, atUs);
      this.#endAnswer(atUs);
      this.#turnInto(next, TUNNELLED, atUs);
      return TUNNEL;
    }
    if (exchange.isBodyTold) return head.framing;
    exchange.isLow = true;
    this.#endAnswer(atUs);
    return SEARCH;
  }

  #refuseAnswer(trouble: Trouble, bytes: Uint8Array, atUs: number): void {
    if (trouble === 'malformed' && this.#responses.hasSearched) {
      this.#searchAnswer(atUs);
      return;
    }
    const ending = bytes[0] === TLS_ALERT ? plainToTls(this.#context.client) : TROUBLES[trouble];
    this.#turnOpaque(ending, atUs).onServerBytes(bytes, atUs);
  }

  /** An answer before the request's header is complete: its first line may be enough. */
  #nameByPartialHead(exchange: Exchange): void {
    if (exchange !== this.#asking || exchange.operation !== '') return;
    const line = this.#requests.partialHead.firstLine;
    if (!line.includes(' HTTP/1.')) return;
    exchange.method = line.slice(0, line.indexOf(' '));
    exchange.operation = operationOf(line.trimEnd());
  }

  #endAnswer(atUs: number): void {
    const exchange = this.#answering;
    this.#answering = null;
    if (exchange === null) return;
    if (this.#isInterim) {
      exchange.firstByteAtUs = null;
      this.#isInterim = false;
      return;
    }
    this.#calls.answered(exchange, atUs);
    if (exchange !== this.#tunnelling) return;
    this.#tunnelling = null;
    this.#requests.release();
  }

  #cutAnswer(atUs: number): void {
    const exchange = this.#answering;
    this.#answering = null;
    if (exchange === null) return;
    const cut = this.#responses.body ?? { got: this.#responses.partialHead.bytes };
    this.#calls.cut(exchange, cut, atUs);
  }

  #loseRequests(lostBytes: number, atUs: number): void {
    const exchange = this.#asking;
    if (exchange !== null) exchange.isLow = true;
    if (this.#requests.lose(lostBytes, atUs)) return;
    this.#searchRequest();
  }

  #searchRequest(): void {
    if (this.#asking !== null) {
      this.#nameByPartialHead(this.#asking);
      this.#asking.isLow = true;
    }
    this.#asking = null;
    this.#calls.loseRequests();
    this.#requests.resync();
  }

  #loseAnswers(lostBytes: number, atUs: number): void {
    if (this.#answering !== null) this.#answering.isLow = true;
    if (!this.#responses.lose(lostBytes, atUs)) this.#searchAnswer(atUs);
  }

  #searchAnswer(atUs: number): void {
    const exchange = this.#answering;
    this.#answering = null;
    if (exchange !== null && exchange.head !== null) {
      exchange.isLow = true;
      this.#calls.answered(exchange, atUs);
    }
    this.#calls.loseAnswers(atUs);
    this.#responses.resync();
  }

  #turnOpaque(ending: Ending, atUs: number): Decoder {
    return this.#turnInto(opaqueFrom(this.#context, atUs), ending, atUs);
  }

  /** @param ending - Of the calls that wait for an answer. */
  #turnInto(next: Decoder, ending: Ending, atUs: number): Decoder {
    this.#next = next;
    this.#calls.failWaiting(ending, atUs);
    for (const piece of this.#requests.takeHeld()) next.onClientBytes(piece.bytes, piece.atUs);
    this.#stop();
    if (this.#clientEndedAtUs !== null) next.onClientEnd(this.#clientEndedAtUs);
    return next;
  }

  #sinceUpgrade(): Decoder | null {
    return this.#next;
  }

  #stop(): void {
    this.#asking = null;
    this.#answering = null;
    this.#requests.stop();
    this.#responses.stop();
  }
}

function inProgress(asking: Exchange | null): Exchange {
  invariant(asking !== null, 'a request goes on that did not begin');
  return asking;
}

function ignore(): void {
  // The bodies of requests are not kept.
}
