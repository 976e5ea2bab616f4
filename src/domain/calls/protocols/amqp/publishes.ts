import type { Cursor } from '../bytes/cursor.ts';
import type { Frame } from '../bytes/frames.ts';
import type { OpenCall, OpenCalls } from '../exchange/open-calls.ts';
import { bytesLost, OK, type Ending } from '../transport.ts';

/** Messages published on one channel: confirmed by number, or, without confirms, done unless something is said. */

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
  /** False after a loss: nobody knows the number, nor whether confirms were asked for meanwhile. */
  #isCounted: boolean;

  constructor(calls: OpenCalls, hasLost: boolean) {
    this.#calls = calls;
    this.#isCounted = !hasLost;
  }

  startConfirms(atUs: number): void {
    this.settle(atUs);
    this.#isConfirmed = true;
    this.#number = 0;
    this.#isCounted = true;
  }

  add(operation: string, target: string, startedAtUs: number, atUs: number): void {
    const call = this.#calls.begin(operation, startedAtUs);
    this.#number += 1;
    const publish = { call, target, number: this.#number, atUs, isReturned: false };
    if (!this.#isCounted) this.#calls.end(call, bytesLost(), atUs);
    else this.#open.push(publish);
    if (this.#open.length > (this.#isConfirmed ? CONFIRMS_MAX : UNCONFIRMED_MAX)) this.#drop(atUs);
  }

  /** @param cursor - At the number of the message, and whether all before it are meant too. */
  confirm(cursor: Cursor, ending: Ending, frame: Frame): void {
    cursor.skip(4);
    const number = cursor.int32() >>> 0;
    const isMultiple = (cursor.uint8() & 1) !== 0;
    const isMeant = (each: Publish): boolean =>
      each.number === number || (isMultiple && each.number < number);
    for (const each of this.#take(isMeant)) this.#tell(each, { ending, code: null }, frame);
  }

  returned(target: string, refusal: Refusal, frame: Frame): void {
    const found = this.#open.findLast((each) => each.target === target && !each.isReturned);
    if (found === undefined) return;
    found.isReturned = true;
    this.#tell(found, refusal, frame);
  }

  /** @param refusal - Why the last one was refused; null when the channel closed for something else. */
  closed(refusal: Refusal | null, frame: Frame): void {
    const last = refusal === null ? undefined : this.#open.pop();
    if (last !== undefined && refusal !== null) this.#tell(last, refusal, frame);
    this.settle(frame.atUs);
  }

  /** Nothing more will be said of them: those without confirms are done, the others unanswered. */
  settle(atUs: number): void {
    for (const { call, atUs: sentAtUs } of this.#open.splice(0)) {
      if (this.#isConfirmed) this.#calls.unanswered(call, atUs);
      else this.#calls.sent(call, OK, sentAtUs);
    }
  }

  lose(atUs: number): void {
    for (const { call } of this.#open.splice(0)) this.#calls.end(call, bytesLost(), atUs);
    this.#isCounted = false;
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
