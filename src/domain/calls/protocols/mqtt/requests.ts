import type { Side } from '../decoder.ts';
import { OPEN_MAX, type OpenCall, type OpenCalls } from '../exchange/open-calls.ts';
import { bytesLost } from '../transport.ts';

/** What a client waits for, by the numbers of its packets. The numbers of the broker's are others. */

export interface Request {
  readonly call: OpenCall;
  /** The packet with which it was asked. */
  readonly type: number;
  /** Of a message. */
  readonly qos: number;
  /** As they were written. */
  readonly filters: readonly string[];
  readonly isV5: boolean;
  /** Packets of the client were lost: another may have its number meanwhile. */
  mayBeAnother: boolean;
  /** The first word about it. */
  heardAtUs: number | null;
}

type Asked = Pick<Request, 'type' | 'qos' | 'filters' | 'isV5'>;

export class Requests {
  readonly #calls: OpenCalls;
  readonly #byId = new Map<number, Request>();

  constructor(calls: OpenCalls) {
    this.#calls = calls;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: number): Request | null {
    return this.#byId.get(id) ?? null;
  }

  begin(
    { id, operation }: { readonly id: number; readonly operation: string },
    asked: Asked,
    atUs: number,
  ): OpenCall {
    const before = this.take(id);
    if (before?.call.isAmbiguous === true) this.#calls.end(before.call, bytesLost(), atUs);
    else if (before !== null) this.#calls.unanswered(before.call, atUs);
    if (this.#byId.size >= OPEN_MAX) this.#giveUpOldest(atUs);
    const call = this.#calls.begin(operation, atUs);
    if (this.#calls.has(call)) {
      this.#byId.set(id, { ...asked, call, mayBeAnother: false, heardAtUs: null });
    }
    return call;
  }

  take(id: number): Request | null {
    const found = this.get(id);
    this.#byId.delete(id);
    return found;
  }

  takeAll(): readonly Request[] {
    const all = [...this.#byId.values()];
    this.#byId.clear();
    return all;
  }

  /** Where both a request and an answer may be missing, a number says nothing any more. */
  lose(side: Side, atUs: number): void {
    for (const [id, request] of this.#byId) {
      if (side === 'client') request.mayBeAnother = true;
      else request.call.isAmbiguous = true;
      if (!request.mayBeAnother || !request.call.isAmbiguous) continue;
      this.#byId.delete(id);
      this.#calls.end(request.call, bytesLost(), atUs);
    }
  }

  #giveUpOldest(atUs: number): void {
    for (const [id, { call }] of this.#byId) {
      this.#byId.delete(id);
      this.#calls.tooMany(call, atUs);
      break;
    }
  }
}
