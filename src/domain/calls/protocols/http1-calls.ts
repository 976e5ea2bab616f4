import type { ConnectionContext, DecodedCall } from './decoder.ts';
import { Exchange } from './http1-exchange.ts';
import { Pairing } from './http1-pairing.ts';
import {
  bytesLost,
  clientAbort,
  closedBeforeResponse,
  noResponseYet,
  resetBeforeResponse,
  stillOpen,
  truncated,
  truncatedHead,
  truncatedText,
  type Ending,
} from './transport.ts';

/** A server that closes this soon after a request on an idle connection met it on its way. */
const RACE_US = 5_000;
const IDLE_US = 1_000_000;
/** Who ends its side this soon after its request is still reading; later it has given up. */
const HALF_CLOSE_US_MAX = 100_000;

/** Where an answer stopped: in its header (`whole` undefined) or in its body. */
export interface Cut {
  readonly got: number;
  readonly whole?: number | null;
}

/** The open calls of one HTTP/1 connection and every way in which they end. */
export class Http1Calls {
  readonly #context: ConnectionContext;
  readonly #pairing = new Pairing<Exchange>();
  /** Answered after the client had ended: done, unless a reset shows that it did not wait. */
  #doubtful: { readonly exchange: Exchange; readonly atUs: number }[] = [];
  #clientEndedAtUs: number | null = null;
  #serverEndedAtUs: number | null = null;
  #lastAnswerAtUs: number | null = null;

  constructor(context: ConnectionContext) {
    this.#context = context;
  }

  get waitingCount(): number {
    return this.#pairing.waiting.length;
  }

  isWaiting(exchange: Exchange): boolean {
    return this.#pairing.waiting.includes(exchange);
  }

  begin(atUs: number, isServerIdle: boolean): Exchange {
    const exchange = new Exchange(this.#context.nextIndex(), atUs);
    this.#pairing.begin(exchange, isServerIdle);
    return exchange;
  }

  /** What an answer that begins now belongs to: a waiting request, or something nobody asked. */
  answer(atUs: number): Exchange {
    const asked = this.#pairing.answer(atUs);
    const exchange = asked ?? new Exchange(this.#context.nextIndex(), atUs);
    exchange.isOrphan = asked === null;
    exchange.firstByteAtUs = atUs;
    return exchange;
  }

  /** One whose answer was forgotten is told by another protocol. */
  answered(exchange: Exchange, atUs: number): void {
    this.#lastAnswerAtUs = atUs;
    if (exchange.head === null) this.#pairing.done(exchange);
    else if (exchange.isOrphan) this.#tellOrphan(exchange, atUs);
    else if (exchange.isAmbiguous) this.#tellLost(exchange, atUs);
    else if (this.#clientEndedAtUs === null) {
      this.#tell(exchange, exchange.endingByStatus(this.#context.server), atUs);
    } else if (hasGivenUp(exchange, this.#clientEndedAtUs)) {
      this.#tellAbort(exchange, this.#clientEndedAtUs);
    } else this.#doubtful.push({ exchange, atUs });
    this.#pairing.done(exchange);
  }

  /** The server went away in the middle of an answer. */
  cut(exchange: Exchange, cut: Cut, atUs: number): void {
    if (exchange.isOrphan) return;
    this.#pairing.done(exchange);
    if (exchange.isAmbiguous) this.#tellLost(exchange, atUs);
    else if (this.#clientEndedAtUs === null)
      this.#tell(exchange, this.#cutEnding(exchange, cut), atUs);
    else this.#tellAbort(exchange, this.#clientEndedAtUs);
  }

  #cutEnding(exchange: Exchange, { got, whole }: Cut): Ending {
    if (whole === undefined) return truncatedHead(got);
    const ending = exchange.endingByStatus(this.#context.server);
    if (ending.reason === null) return truncated(got, whole);
    return { ...ending, reason: `${ending.reason}; ${truncatedText(got, whole)}` };
  }

  clientEnded(atUs: number): void {
    this.#clientEndedAtUs ??= atUs;
    if (this.#serverEndedAtUs !== null) this.#closeWaiting(atUs);
  }

  serverEnded(atUs: number): void {
    this.#closeWaiting(atUs);
    this.#serverEndedAtUs ??= atUs;
  }

  /** A request whose header is complete: too late, if the server has ended. */
  asked(atUs: number): void {
    if (this.#serverEndedAtUs !== null) this.#closeWaiting(atUs);
  }

  #closeWaiting(atUs: number): void {
    for (const exchange of this.#pairing.takeAll()) {
      if (exchange.isAmbiguous) this.#tellLost(exchange, atUs);
      else if (this.#serverEndedAtUs === null && this.#clientEndedAtUs !== null) {
        this.#tellAbort(exchange, this.#clientEndedAtUs);
      } else {
        const ending = closedBeforeResponse(
          this.#context.server,
          this.#closeDetail(exchange, atUs),
        );
        this.#tell(exchange, ending, atUs);
      }
    }
  }

  #closeDetail(exchange: Exchange, atUs: number): string {
    if (this.#serverEndedAtUs !== null) return ' (it had closed the idle connection already)';
    const idleSinceUs = this.#lastAnswerAtUs;
    const wasIdle = idleSinceUs !== null && exchange.startedAtUs - idleSinceUs >= IDLE_US;
    const isRace = wasIdle && atUs - exchange.startedAtUs < RACE_US;
    return isRace ? ' (it closed the idle connection as the request was on its way)' : '';
  }

  clientReset(atUs: number): void {
    const endedAtUs = this.#clientEndedAtUs ?? atUs;
    for (const { exchange } of this.#doubtful.splice(0)) this.#tellAbort(exchange, endedAtUs);
    for (const exchange of this.#pairing.takeAll()) this.#tellAbort(exchange, endedAtUs);
  }

  serverReset(atUs: number): void {
    this.#tellDoubtful();
    for (const exchange of this.#pairing.takeAll()) {
      if (exchange.isAmbiguous) this.#tellLost(exchange, atUs);
      else if (this.#clientEndedAtUs === null) {
        const ageUs = atUs - exchange.startedAtUs;
        const ending = resetBeforeResponse(this.#context.server, ageUs, exchange.name);
        this.#tell(exchange, ending, atUs);
      } else this.#tellAbort(exchange, this.#clientEndedAtUs);
    }
  }

  captureEnded(atUs: number): void {
    if (this.#serverEndedAtUs !== null) this.#closeWaiting(atUs);
    this.#tellDoubtful();
    for (const exchange of this.#pairing.takeAll()) {
      this.#context.emit(this.#openCall(exchange, atUs));
    }
  }

  /** Nothing more can be told of those that wait. */
  failWaiting(ending: Ending, atUs: number): void {
    for (const [place, exchange] of this.#pairing.takeAll().entries()) {
      const own = place === 0 || ending.outcome === 'unknown';
      this.#tell(exchange, own ? ending : bytesLost(), atUs);
    }
  }

  loseRequests(): void {
    this.#pairing.loseRequests();
  }

  loseAnswers(atUs: number): void {
    for (const exchange of this.#pairing.loseAnswers()) this.#tellLost(exchange, atUs);
  }

  open(atUs: number): readonly DecodedCall[] {
    const server = this.#context.server;
    return [
      ...this.#doubtful.map((done) =>
        done.exchange.toCall(done.exchange.endingByStatus(server), done.atUs),
      ),
      ...this.#pairing.waiting.map((exchange) => this.#openCall(exchange, atUs)),
    ];
  }

  #openCall(exchange: Exchange, atUs: number): DecodedCall {
    const endedAtUs = this.#clientEndedAtUs;
    const ageUs = (endedAtUs ?? atUs) - exchange.startedAtUs;
    if (exchange.isAmbiguous) return exchange.toCall(bytesLost(), null);
    if (endedAtUs !== null)
      return exchange.toCall(clientAbort(this.#context.client, ageUs), endedAtUs);
    if (exchange.head === null)
      return exchange.toCall(noResponseYet(this.#context.server, ageUs), null);
    const ending = exchange.endingByStatus(this.#context.server);
    // A status below 400 promises the body that is still owed; a failure stays one however much of its text comes.
    return exchange.toCall(ending.reason === null ? stillOpen() : ending, null);
  }

  #tellDoubtful(): void {
    for (const { exchange, atUs } of this.#doubtful.splice(0)) {
      this.#tell(exchange, exchange.endingByStatus(this.#context.server), atUs);
    }
  }

  #tellAbort(exchange: Exchange, endedAtUs: number): void {
    const ageUs = endedAtUs - exchange.startedAtUs;
    this.#tell(
      exchange,
      clientAbort(this.#context.client, ageUs),
      Math.max(endedAtUs, exchange.startedAtUs),
    );
  }

  #tellLost(exchange: Exchange, atUs: number): void {
    exchange.forgetAnswer();
    exchange.isLow = true;
    this.#tell(exchange, bytesLost(), atUs);
  }

  /** A server may say 408 to an idle connection before it closes it: no call. */
  #tellOrphan(exchange: Exchange, atUs: number): void {
    const { status } = exchange.answeredHead;
    const isIdleTimeout = status === 408 && this.#pairing.hasLost === 'nothing';
    if (isIdleTimeout || this.#pairing.hasLost === 'answers') return;
    exchange.isLow = true;
    const reason = `${this.#context.server} answered ${status} to a request that was not seen`;
    this.#tell(exchange, { outcome: 'unknown', errorType: 'http.unpaired', reason }, atUs);
  }

  #tell(exchange: Exchange, ending: Ending, endedAtUs: number): void {
    this.#context.emit(exchange.toCall(ending, endedAtUs));
  }
}

function hasGivenUp(exchange: Exchange, clientEndedAtUs: number): boolean {
  return exchange.askedAtUs === null || clientEndedAtUs - exchange.askedAtUs > HALF_CLOSE_US_MAX;
}
