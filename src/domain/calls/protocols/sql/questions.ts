import type { ConnectionContext, DecodedCall, Side } from '../decoder.ts';
import {
  whenCaptureEnded,
  whenClientLeft,
  whenServerClosed,
  whenServerReset,
  type TimedEnding,
} from '../owed.ts';
import { bytesLost, type Ending } from '../transport.ts';
import { Question } from './question.ts';

/** The open questions of one connection to a database, oldest first, and every way in which they end. */
export class Questions {
  readonly #context: ConnectionContext;
  readonly #protocol: string;
  #open: Question[] = [];
  #clientEndedAtUs: number | null = null;
  /** After a loss: whether a question will be told with its answer. */
  isTrusted = true;
  /** Confidence is low from the first loss on. */
  #hasLost = false;

  constructor(context: ConnectionContext, protocol: string) {
    this.#context = context;
    this.#protocol = protocol;
  }

  get last(): Question | null {
    return this.#open.at(-1) ?? null;
  }

  ask(atUs: number): Question {
    const question = new Question(this.#protocol, this.#context.nextIndex(), atUs);
    question.isLow = this.#hasLost;
    question.mayBeAnswered = !this.isTrusted;
    this.#open.push(question);
    return question;
  }

  /** Bytes of the answer to the oldest that is not done. */
  answering(bytes: number, atUs: number): void {
    const question = this.#open.find(({ done }) => done === null);
    if (question === undefined) return;
    question.firstByteAtUs ??= atUs;
    question.answerBytes += bytes;
  }

  /** Tells all that are done, oldest first. */
  tellDone(): void {
    for (const { question, ending, atUs } of this.#takeDone()) {
      this.#context.emit(question.toCall(ending, atUs));
    }
  }

  /** The answers of those that are open cannot be told apart any more; what was not trusted never could. */
  lose(atUs: number): void {
    this.#hasLost = true;
    for (const question of this.#open) if (question.mayBeAnswered) question.done = null;
    this.failAll(bytesLost(), atUs);
  }

  failAll(ending: Ending, atUs: number): void {
    this.#endAll(() => ({ ending, endedAtUs: atUs }));
  }

  clientEnded(atUs: number): void {
    this.#clientEndedAtUs = atUs;
  }

  serverEnded(atUs: number): void {
    this.#endAll((question) =>
      whenServerClosed(question, this.#context, atUs, this.#clientEndedAtUs),
    );
  }

  reset(side: Side, atUs: number): void {
    this.#endAll((question) =>
      side === 'client'
        ? whenClientLeft(question, this.#context, this.#clientEndedAtUs ?? atUs)
        : whenServerReset(question, this.#context, atUs, this.#clientEndedAtUs),
    );
  }

  captureEnded(atUs: number): void {
    this.#endAll((question) =>
      whenCaptureEnded(question, this.#context, atUs, this.#clientEndedAtUs),
    );
  }

  openCalls(atUs: number): readonly DecodedCall[] {
    return this.#open.map((question) => {
      const { ending, endedAtUs } = settled(question, (each) =>
        whenCaptureEnded(each, this.#context, atUs, this.#clientEndedAtUs),
      );
      return question.toCall(ending, endedAtUs);
    });
  }

  #takeDone(): readonly { question: Question; ending: Ending; atUs: number }[] {
    const taken = this.#open.flatMap((question) =>
      question.done === null ? [] : [{ question, ...question.done }],
    );
    this.#open = this.#open.filter(({ done }) => done === null);
    return taken;
  }

  #endAll(endingOf: (question: Question) => TimedEnding): void {
    for (const question of this.#open.splice(0)) {
      const { ending, endedAtUs } = settled(question, endingOf);
      if (ending.errorType === 'bytes_lost') question.isLow = true;
      this.#context.emit(question.toCall(ending, endedAtUs));
    }
  }
}

/** What is done stays so, however the connection ends. */
function settled(question: Question, otherwise: (question: Question) => TimedEnding): TimedEnding {
  const { done } = question;
  return done === null ? otherwise(question) : { ending: done.ending, endedAtUs: done.atUs };
}
