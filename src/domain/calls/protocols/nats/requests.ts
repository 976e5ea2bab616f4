import { OPEN_MAX, type OpenCall, type OpenCalls } from '../exchange/open-calls.ts';

/** Requests by the subject of their reply, and subjects to which this client owes a reply. */

interface Asked {
  readonly call: OpenCall;
  readonly subject: string;
}

const OWED_MAX = 4_096;

export class Requests {
  readonly #calls: OpenCalls;
  readonly #byReply = new Map<string, Asked>();
  readonly #owed = new Set<string>();

  constructor(calls: OpenCalls) {
    this.#calls = calls;
  }

  begin(
    what: { readonly operation: string; readonly subject: string; readonly replyTo: string },
    atUs: number,
  ): OpenCall {
    const before = this.#byReply.get(what.replyTo);
    if (before !== undefined) this.#calls.unanswered(before.call, atUs);
    this.#byReply.delete(what.replyTo);
    if (this.#byReply.size >= OPEN_MAX) this.#giveUpOldest(atUs);
    const call = this.#calls.begin(what.operation, atUs);
    if (this.#calls.has(call)) this.#byReply.set(what.replyTo, { call, subject: what.subject });
    return call;
  }

  take(replyTo: string): Asked | null {
    const found = this.#byReply.get(replyTo) ?? null;
    this.#byReply.delete(replyTo);
    return found;
  }

  /** The newest to that subject. */
  takeAbout(subject: string): OpenCall | null {
    const found = [...this.#byReply].findLast(([, each]) => each.subject === subject);
    if (found === undefined) return null;
    this.#byReply.delete(found[0]);
    return found[1].call;
  }

  loseAnswers(): void {
    this.#calls.loseAnswers();
  }

  /** Somebody asked this client, and waits for a message there. */
  owe(subject: string): void {
    if (this.#owed.size >= OWED_MAX) this.#owed.clear();
    this.#owed.add(subject);
  }

  isOwed(subject: string): boolean {
    return this.#owed.delete(subject);
  }

  #giveUpOldest(atUs: number): void {
    for (const [replyTo, { call }] of this.#byReply) {
      this.#byReply.delete(replyTo);
      this.#calls.tooMany(call, atUs);
      break;
    }
  }
}
