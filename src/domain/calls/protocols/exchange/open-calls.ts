import type { Correlation } from '../../call.ts';
import type { ConnectionContext, DecodedCall } from '../decoder.ts';
import type { Pairable } from '../http1-pairing.ts';
import {
  whenCaptureEnded,
  whenClientLeft,
  whenServerClosed,
  whenServerReset,
  type Owed,
  type TimedEnding,
} from '../owed.ts';
import { closedBeforeResponse, notFollowed, type Ending } from '../transport.ts';
import type { PartialMessage } from '../bytes/reader.ts';

/** Requests of one connection without an answer at one time: a long pipeline. */
export const OPEN_MAX = 10_000;
/** Who ends its side this soon after its request is still reading; later it has given up. */
const HALF_CLOSE_US_MAX = 100_000;
const NONE: Correlation = {};

/** A request whose answer was not seen yet. */
export class OpenCall implements Pairable {
  readonly index: number;
  readonly operation: string;
  readonly startedAtUs: number;
  isLow = false;
  isAmbiguous = false;
  /** What the request says about others that it belongs to. */
  correlation: Correlation = NONE;

  constructor(index: number, operation: string, startedAtUs: number) {
    this.index = index;
    this.operation = operation;
    this.startedAtUs = startedAtUs;
  }
}

export interface Answer {
  readonly ending: Ending;
  /** The protocol's own number for it, where it has one. */
  readonly status: number | null;
  readonly firstByteAtUs: number;
  readonly atUs: number;
}

/** The open calls of one connection, and every way in which they end. Who pairs them is not here. */
export class OpenCalls {
  readonly protocol: string;
  readonly context: ConnectionContext;
  readonly #open = new Set<OpenCall>();
  /** Answered after the client had ended: done, unless a reset shows that it did not wait. */
  #doubtful: { readonly call: OpenCall; readonly answer: Answer }[] = [];
  #clientEndedAtUs: number | null = null;
  #serverEndedAtUs: number | null = null;
  #isNextLow = false;

  constructor(protocol: string, context: ConnectionContext) {
    this.protocol = protocol;
    this.context = context;
  }

  get isFull(): boolean {
    return this.#open.size >= OPEN_MAX;
  }

  has(call: OpenCall): boolean {
    return this.#open.has(call);
  }

  /** A whole request. */
  begin(operation: string, startedAtUs: number): OpenCall {
    const call = new OpenCall(this.context.nextIndex(), operation, startedAtUs);
    call.isLow = this.#isNextLow;
    this.#isNextLow = false;
    this.#open.add(call);
    if (this.#serverEndedAtUs !== null) {
      const detail = ' (it had closed the idle connection already)';
      this.end(call, closedBeforeResponse(this.context.server, detail), startedAtUs);
    }
    return call;
  }

  answered(call: OpenCall, answer: Answer): void {
    if (!this.#open.delete(call)) return;
    const left = this.#clientEndedAtUs;
    if (left === null) this.#tellAnswer(call, answer);
    else if (left - call.startedAtUs > HALF_CLOSE_US_MAX) {
      this.#tell(call, whenClientLeft(owed(call, null), this.context, left));
    } else this.#doubtful.push({ call, answer });
  }

  /** Ended by something else than its answer. */
  end(call: OpenCall, ending: Ending, atUs: number): void {
    if (this.#open.delete(call)) this.#tell(call, { ending, endedAtUs: atUs });
  }

  /** Nobody ever answers it: sent is done. */
  sent(call: OpenCall, ending: Ending, atUs: number): void {
    call.isLow = true;
    this.end(call, ending, atUs);
  }

  /** It can have no answer any more that would be known as its own. */
  unanswered(call: OpenCall, atUs: number): void {
    call.isLow = true;
    const why = 'its number was used again before an answer came';
    this.end(call, notFollowed(`${this.protocol}.unanswered`, why), atUs);
  }

  tooMany(call: OpenCall, atUs: number): void {
    const why = `more than ${OPEN_MAX} requests without an answer`;
    this.end(call, notFollowed(`${this.protocol}.limit`, why), atUs);
  }

  /** Bytes were lost: what is open, and what comes next, is less sure. */
  lose(): void {
    this.#isNextLow = true;
    for (const call of this.#open) call.isLow = true;
  }

  /** The answers of those that are open may have been among lost bytes. */
  loseAnswers(): void {
    for (const call of this.#open) call.isAmbiguous = true;
  }

  clientEnded(atUs: number): void {
    this.#clientEndedAtUs ??= atUs;
  }

  /** @param partial - An answer that was not complete; the oldest request's. */
  serverEnded(partial: PartialMessage | null, atUs: number): void {
    this.#serverEndedAtUs ??= atUs;
    this.#endAll(partial, (each) =>
      whenServerClosed(each, this.context, atUs, this.#clientEndedAtUs),
    );
  }

  serverReset(partial: PartialMessage | null, atUs: number): void {
    this.#tellDoubtful();
    this.#endAll(partial, (each) =>
      whenServerReset(each, this.context, atUs, this.#clientEndedAtUs),
    );
  }

  clientReset(atUs: number): void {
    const leftAtUs = this.#clientEndedAtUs ?? atUs;
    for (const { call } of this.#doubtful.splice(0)) {
      this.#tell(call, whenClientLeft(owed(call, null), this.context, leftAtUs));
    }
    this.#endAll(null, (each) => whenClientLeft(each, this.context, leftAtUs));
  }

  captureEnded(partial: PartialMessage | null, atUs: number): void {
    this.#tellDoubtful();
    this.#endAll(partial, (each) =>
      whenCaptureEnded(each, this.context, atUs, this.#clientEndedAtUs),
    );
  }

  /** As they would be told if the recording ended here. */
  open(partial: PartialMessage | null, atUs: number): readonly DecodedCall[] {
    const answered = this.#doubtful.map(({ call, answer }) => this.#answeredCall(call, answer));
    const waiting = [...this.#open].map((call, place) =>
      this.#endedCall(
        call,
        whenCaptureEnded(
          owed(call, place === 0 ? partial : null),
          this.context,
          atUs,
          this.#clientEndedAtUs,
        ),
      ),
    );
    return [...answered, ...waiting];
  }

  #endAll(partial: PartialMessage | null, endingOf: (each: Owed) => TimedEnding): void {
    let isFirst = true;
    for (const call of this.#open) {
      this.#tell(call, endingOf(owed(call, isFirst ? partial : null)));
      isFirst = false;
    }
    this.#open.clear();
  }

  #tellDoubtful(): void {
    for (const { call, answer } of this.#doubtful.splice(0)) this.#tellAnswer(call, answer);
  }

  #tellAnswer(call: OpenCall, answer: Answer): void {
    this.context.emit(this.#answeredCall(call, answer));
  }

  #tell(call: OpenCall, ended: TimedEnding): void {
    this.context.emit(this.#endedCall(call, ended));
  }

  #answeredCall(call: OpenCall, { ending, status, firstByteAtUs, atUs }: Answer): DecodedCall {
    return { ...this.#endedCall(call, { ending, endedAtUs: atUs }), firstByteAtUs, status };
  }

  #endedCall(call: OpenCall, { ending, endedAtUs }: TimedEnding): DecodedCall {
    return {
      index: call.index,
      protocol: this.protocol,
      operation: call.operation,
      startedAtUs: call.startedAtUs,
      firstByteAtUs: null,
      endedAtUs,
      outcome: ending.outcome,
      errorType: ending.errorType,
      reason: ending.reason,
      status: null,
      correlation: call.correlation,
      confidence: call.isLow || call.isAmbiguous ? 'low' : 'high',
    };
  }
}

function owed(call: OpenCall, partial: PartialMessage | null): Owed {
  return {
    name: call.operation,
    startedAtUs: call.startedAtUs,
    firstByteAtUs: partial === null ? null : call.startedAtUs,
    answerBytes: partial?.got ?? 0,
    mayBeAnswered: call.isAmbiguous,
  };
}
