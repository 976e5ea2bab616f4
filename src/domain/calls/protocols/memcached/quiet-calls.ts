import type { OpenCall, OpenCalls } from '../exchange/open-calls.ts';
import { bytesLost, OK, type Ending } from '../transport.ts';

/**
 * Commands that are answered only when there is something to say. Once something is answered that was
 * asked after them, silence was their answer.
 */

const QUIET_MAX = 4_096;
const UNTOLD: Ending = {
  outcome: 'unknown',
  errorType: 'memcached.quiet',
  reason: 'one of several quiet commands failed, and the server did not say which',
};

interface Quiet {
  readonly call: OpenCall;
  /** In the binary protocol: kind and number of the request. */
  readonly key: string;
}

export class QuietCalls {
  readonly #calls: OpenCalls;
  #open: Quiet[] = [];
  /** An error came that does not say whose it is. */
  #hasFailed = false;

  constructor(calls: OpenCalls) {
    this.#calls = calls;
  }

  get first(): OpenCall | undefined {
    return this.#open[0]?.call;
  }

  begin(operation: string, key: string, atUs: number): void {
    if (this.#open.length >= QUIET_MAX) {
      for (const { call } of this.#open.splice(0, 1)) this.#calls.tooMany(call, atUs);
    }
    this.#open.push({ call: this.#calls.begin(operation, atUs), key });
  }

  /** Whether one of them is known by this; it ended so. */
  answered(key: string, ending: Ending, status: number, atUs: number): boolean {
    const place = this.#open.findIndex((each) => each.key === key);
    const [found] = place < 0 ? [] : this.#open.splice(place, 1);
    if (found !== undefined) this.#tell(found.call, ending, status, atUs);
    return found !== undefined;
  }

  /** One of them failed; nobody knows which, unless there is only one. */
  failed(ending: Ending, atUs: number): void {
    const [only] = this.#open;
    if (only !== undefined && this.#open.length === 1 && !this.#hasFailed) {
      this.#open = [];
      this.#tell(only.call, ending, null, atUs);
    } else this.#hasFailed = true;
  }

  /** What was asked after them has been answered. */
  settle(before: OpenCall, atUs: number): void {
    const over = this.#open.filter(({ call }) => call.index < before.index);
    this.#open = this.#open.filter(({ call }) => call.index > before.index);
    for (const { call } of over) {
      if (before.isAmbiguous) this.#lost(call, atUs);
      else if (this.#hasFailed) this.#calls.end(call, UNTOLD, atUs);
      else this.#tell(call, OK, null, atUs);
    }
    if (this.#open.length === 0) this.#hasFailed = false;
  }

  lose(atUs: number): void {
    for (const { call } of this.#open.splice(0)) this.#lost(call, atUs);
    this.#hasFailed = false;
  }

  #lost(call: OpenCall, atUs: number): void {
    call.isLow = true;
    this.#calls.end(call, bytesLost(), atUs);
  }

  #tell(call: OpenCall, ending: Ending, status: number | null, atUs: number): void {
    this.#calls.answered(call, { ending, status, firstByteAtUs: atUs, atUs });
  }
}
