import type { OpenCall, OpenCalls } from './open-calls.ts';
import { bytesLost, OK, type Ending } from '../transport.ts';

/**
 * Messages that nobody answers: done when something that was sent after them is answered, or when many
 * have followed, and the server has not complained. A verbose server says of each line that it was taken.
 */

interface Sent {
  readonly call: OpenCall;
  readonly subject: string;
  readonly atUs: number;
}

/** The server's word about one that is older comes no more. */
const SENT_MAX = 64;
const UNACKNOWLEDGED_MAX = 4_096;

export class SentMessages {
  readonly #calls: OpenCalls;
  readonly #unconfirmed: Ending;
  #sent: Sent[] = [];
  /** Lines without an OK, oldest first; null for those that are no calls. */
  #unacknowledged: (OpenCall | null)[] = [];

  constructor(calls: OpenCalls) {
    this.#calls = calls;
    this.#unconfirmed = {
      outcome: 'unknown',
      errorType: `${calls.protocol}.unconfirmed`,
      reason: 'it was sent; whether the server took it was not seen',
    };
  }

  /** @param isAcknowledged - The server will say that it was taken. */
  add(operation: string, subject: string, atUs: number, isAcknowledged: boolean): OpenCall {
    const call = this.#calls.begin(operation, atUs);
    this.#sent.push({ call, subject, atUs });
    if (isAcknowledged) this.acknowledgeNext(call);
    const max = isAcknowledged ? UNACKNOWLEDGED_MAX : SENT_MAX;
    for (const oldest of this.#sent.splice(0, this.#sent.length - max)) this.#done(oldest);
    return call;
  }

  acknowledgeNext(call: OpenCall | null): void {
    if (this.#unacknowledged.length < UNACKNOWLEDGED_MAX) this.#unacknowledged.push(call);
  }

  acknowledged(atUs: number): void {
    const [call = null] = this.#unacknowledged.splice(0, 1);
    if (call === null) return;
    this.drop(call);
    this.#calls.answered(call, { ending: OK, status: null, firstByteAtUs: atUs, atUs });
  }

  /** The newest to that subject. */
  take(subject: string): OpenCall | null {
    return this.#sent.findLast((each) => each.subject === subject)?.call ?? null;
  }

  /** It is told otherwise. */
  drop(call: OpenCall): void {
    this.#sent = this.#sent.filter((each) => each.call !== call);
  }

  /** The server has taken all before that one, and has not complained. */
  settle(before: number): void {
    for (const each of this.#sent) if (each.call.index < before) this.#done(each);
    this.#sent = this.#sent.filter(({ call }) => call.index > before);
  }

  /** The connection is over, and nobody has confirmed what was sent last. */
  giveUp(): void {
    for (const { call, atUs } of this.#sent.splice(0))
      this.#calls.sent(call, this.#unconfirmed, atUs);
  }

  /** A complaint may have been lost. */
  lose(atUs: number): void {
    this.#unacknowledged = [];
    for (const { call } of this.#sent.splice(0)) this.#calls.end(call, bytesLost(), atUs);
  }

  #done({ call, atUs }: Sent): void {
    this.#calls.sent(call, OK, atUs);
  }
}
