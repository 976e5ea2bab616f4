import type { ConnectionContext, Side } from '../decoder.ts';
import { FifoCalls } from '../exchange/fifo-calls.ts';
import { OpenCalls, type OpenCall } from '../exchange/open-calls.ts';
import { SentMessages } from '../exchange/sent-messages.ts';
import { Requests } from './requests.ts';

/** What is open on a connection: one side of it begins calls, the other ends them. */
export class Pending {
  readonly calls: OpenCalls;
  readonly requests: Requests;
  readonly pings: FifoCalls;
  /** Messages of quality 0. */
  readonly sent: SentMessages;
  signIn: OpenCall | null = null;
  /** What the client said last, if that was a message of quality 0. */
  last: OpenCall | null = null;
  hasLost = false;

  constructor(context: ConnectionContext) {
    this.calls = new OpenCalls('mqtt', context);
    this.requests = new Requests(this.calls);
    this.pings = new FifoCalls(this.calls);
    this.sent = new SentMessages(this.calls);
  }

  /** Something is owed an answer. */
  get isOwed(): boolean {
    return this.requests.size > 0 || this.pings.next !== undefined || this.signIn !== null;
  }

  takeWaiting(): readonly OpenCall[] {
    const waiting = this.requests.takeAll().map(({ call }) => call);
    if (this.signIn !== null) waiting.push(this.signIn);
    this.signIn = null;
    for (let ping = this.pings.next; ping !== undefined; ping = this.pings.next) {
      this.pings.take(Infinity);
      waiting.push(ping);
    }
    return waiting;
  }

  lose(side: Side, atUs: number): void {
    this.hasLost = true;
    this.last = null;
    this.calls.lose();
    this.requests.lose(side, atUs);
    if (side === 'client') {
      this.pings.loseRequests();
      return;
    }
    this.pings.loseAnswers(atUs);
    this.sent.lose(atUs);
    this.calls.loseAnswers();
  }
}
