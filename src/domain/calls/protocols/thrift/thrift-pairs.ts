import { FifoCalls } from '../exchange/fifo-calls.ts';
import { KeyedCalls } from '../exchange/keyed-calls.ts';
import type { Answer, OpenCall, OpenCalls } from '../exchange/open-calls.ts';
import type { ThriftHead } from './thrift-head.ts';

/**
 * Which answer belongs to which call. Clients number their calls, and answers repeat number and name; but many
 * give every call the same number and wait for each answer. So numbers count once two calls had different ones.
 */
export class ThriftPairs {
  readonly #calls: OpenCalls;
  readonly #fifo: FifoCalls;
  readonly #keyed: KeyedCalls<string>;
  /** Of those without a number of their own. */
  readonly #numbers = new WeakMap<OpenCall, number>();
  #lastNumber: number | null = null;

  constructor(calls: OpenCalls) {
    this.#calls = calls;
    this.#fifo = new FifoCalls(calls);
    this.#keyed = new KeyedCalls(calls);
  }

  begin({ name, number }: ThriftHead, atUs: number, isServerIdle: boolean): void {
    const isNumbered = this.#lastNumber !== null && number !== this.#lastNumber;
    this.#lastNumber = number;
    if (isNumbered) this.#keyed.begin(number, name, atUs, name);
    else this.#numbers.set(this.#fifo.begin(name, atUs, isServerIdle), number);
  }

  answered({ name, number }: ThriftHead, answer: Answer): void {
    const known = this.#keyed.detailOf(number);
    if (known === name) this.#keyed.answered(number, answer);
    else if (known === undefined) this.#answeredNext(name, number, answer);
    else this.#calls.loseAnswers();
  }

  loseRequests(): void {
    this.#fifo.loseRequests();
  }

  loseAnswers(atUs: number): void {
    this.#fifo.loseAnswers(atUs);
    this.#keyed.loseAnswers();
  }

  #answeredNext(name: string, number: number, answer: Answer): void {
    const next = this.#fifo.next;
    const isOther =
      next !== undefined && (next.operation !== name || this.#numbers.get(next) !== number);
    if (isOther) {
      this.#fifo.loseAnswers(answer.atUs);
      return;
    }
    const call = this.#fifo.take(answer.firstByteAtUs);
    if (call !== null) this.#fifo.answered(call, answer);
  }
}
