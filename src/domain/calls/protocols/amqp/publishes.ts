import type { Cursor } from '../bytes/cursor.ts';
import type { Frame } from '../bytes/frames.ts';
import type { Side } from '../decoder.ts';
import type { OpenCall, OpenCalls } from '../exchange/open-calls.ts';
import { bytesLost, OK, type Ending } from '../transport.ts';

/**
 * Messages published on one channel: confirmed by number, or, without confirms, done unless something is said.
 *
 * Who publishes is counted, as the broker counts. After lost publishes the next confirm tells the number again,
 * of a client that was never seen to publish before the last one was confirmed.
 */

interface Publish {
  readonly call: OpenCall;
  /** Exchange and routing key. */
  readonly target: string;
  readonly number: number;
  readonly atUs: number;
  /** Could not be routed; a confirm still follows. */
  isReturned: boolean;
}

interface Refusal {
  readonly ending: Ending;
  readonly code: number;
}

/** Without confirms: the broker's word about one that is older comes no more. */
const UNCONFIRMED_MAX = 64;
const CONFIRMS_MAX = 4_096;

export class Publishes {
  readonly #calls: OpenCalls;
  #open: Publish[] = [];
  #isConfirmed = false;
  /** Of the last one published. */
  #number = 0;
  /** False after a loss: nobody knows the number, or whether confirms were asked for meanwhile. */
  #isCounted: boolean;
  #isPipelined = false;

  constructor(calls: OpenCalls, isCounted: boolean) {
    this.#calls = calls;
    this.#isCounted = isCounted;
  }

  get isCounted(): boolean {
    return this.#isCounted;
  }

  startConfirms(atUs: number): void {
    this.settle(atUs);
    this.#isConfirmed = true;
    this.#number = 0;
    this.#isCounted = true;
    this.#isPipelined = false;
  }

  add(operation: string, target: string, startedAtUs: number, atUs: number): void {
    const call = this.#calls.begin(operation, startedAtUs);
    this.#number += 1;
    this.#isPipelined ||= this.#open.length > 0;
    if (!this.#isCounted) this.#giveUp(atUs);
    this.#open.push({ call, target, number: this.#number, atUs, isReturned: false });
    if (!this.#isCounted && this.#isPipelined) this.#giveUp(atUs);
    if (this.#open.length > (this.#isConfirmed ? CONFIRMS_MAX : UNCONFIRMED_MAX)) this.#drop(atUs);
  }

  /** @param cursor - At the number of the message, and whether all before it are meant too. */
  confirm(cursor: Cursor, ending: Ending, frame: Frame): void {
    cursor.skip(4);
    const number = cursor.int32() >>> 0;
    const isMultiple = (cursor.uint8() & 1) !== 0;
    if (!this.#isCounted) {
      this.#countAgain(number, frame.atUs);
      return;
    }
    const isMeant = (each: Publish): boolean =>
      each.number === number || (isMultiple && each.number < number);
    for (const each of this.#take(isMeant)) this.#tell(each, { ending, code: null }, frame);
  }

  returned(target: string, refusal: Refusal, frame: Frame): void {
    const found = this.#open.findLast((each) => each.target === target && !each.isReturned);
    if (found === undefined || !this.#isCounted) return;
    found.isReturned = true;
    this.#tell(found, refusal, frame);
  }

  /** @param refusal - Why the last one was refused; null when the channel closed for something else. */
  closed(refusal: Refusal | null, frame: Frame): void {
    if (refusal !== null && this.#isCounted) {
      for (const last of this.#open.splice(-1)) this.#tell(last, refusal, frame);
    }
    this.settle(frame.atUs);
  }

  /** Nothing more will be said of them: those without confirms are done, the others unanswered. */
  settle(atUs: number): void {
    if (!this.#isCounted) this.#giveUp(atUs);
    for (const { call, atUs: sentAtUs } of this.#open.splice(0)) {
      if (this.#isConfirmed) this.#calls.unanswered(call, atUs);
      else this.#calls.sent(call, OK, sentAtUs);
    }
  }

  /** What the broker says is lost with its numbers; the publishes themselves are still counted then. */
  lose(side: Side, atUs: number): void {
    this.#giveUp(atUs);
    if (side === 'client' || !this.#isConfirmed) this.#isCounted = false;
  }

  #countAgain(number: number, atUs: number): void {
    if (this.#open.length === 0) return;
    this.#giveUp(atUs);
    this.#number = number;
    this.#isConfirmed = true;
    this.#isCounted = true;
  }

  #giveUp(atUs: number): void {
    for (const { call } of this.#open.splice(0)) {
      call.isLow = true;
      this.#calls.end(call, bytesLost(), atUs);
    }
  }

  #drop(atUs: number): void {
    for (const oldest of this.#open.splice(0, 1)) {
      if (this.#isConfirmed) this.#calls.tooMany(oldest.call, atUs);
      else this.#calls.sent(oldest.call, OK, oldest.atUs);
    }
  }

  #take(isMeant: (publish: Publish) => boolean): readonly Publish[] {
    const meant = this.#open.filter(isMeant);
    this.#open = this.#open.filter((each) => !isMeant(each));
    return meant;
  }

  #tell(
    { call }: Publish,
    { ending, code }: { readonly ending: Ending; readonly code: number | null },
    { startedAtUs, atUs }: Frame,
  ): void {
    this.#calls.answered(call, { ending, status: code, firstByteAtUs: startedAtUs, atUs });
  }
}
