import type { Frame } from '../bytes/frames.ts';
import type { OpenCall } from '../exchange/open-calls.ts';
import { bytesLost, OK, type Ending } from '../transport.ts';
import { grantedOf } from './granted.ts';
import type { KeepAlive } from './keep-alive.ts';
import { parseAnswer, parseCodes } from './messages.ts';
import {
  AUTH,
  CONNACK,
  DISCONNECT,
  idOf,
  PINGRESP,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  SUBACK,
  SUBSCRIBE,
  UNSUBACK,
  UNSUBSCRIBE,
  type Packet,
} from './packets.ts';
import type { Pending } from './pending.ts';
import {
  codedOf,
  codedOfConnect,
  FAILURE,
  isAboutConnection,
  NOT_READ,
  type Coded,
} from './reason-codes.ts';
import type { Request } from './requests.ts';

/** What a broker says: which calls it ends, and how. */

const ALONE = 'DISCONNECT';
/** After a loss it may be about anything. */
const UNSEEN = 'unknown';
const DONE: Coded = { ending: OK, status: null };
const OF_ANOTHER: Ending = {
  outcome: 'unknown',
  errorType: 'mqtt.disconnected',
  reason: 'the broker ended the connection for a request, and did not say for which',
};

/** What each of these answers, and of which quality that was. */
const ANSWERS: ReadonlyMap<number, { readonly type: number; readonly qos: number }> = new Map([
  [PUBACK, { type: PUBLISH, qos: 1 }],
  [PUBREC, { type: PUBLISH, qos: 2 }],
  [PUBCOMP, { type: PUBLISH, qos: 2 }],
  [SUBACK, { type: SUBSCRIBE, qos: 0 }],
  [UNSUBACK, { type: UNSUBSCRIBE, qos: 0 }],
]);

export class Hearing {
  readonly #pending: Pending;
  readonly #keepAlive: KeepAlive;

  constructor(pending: Pending, keepAlive: KeepAlive) {
    this.#pending = pending;
    this.#keepAlive = keepAlive;
  }

  /** Whether somebody waits for it, where it is something to wait for. */
  isExpected(packet: Packet): boolean {
    if (packet.type === CONNACK) return this.#pending.signIn !== null;
    return !ANSWERS.has(packet.type) || this.#askedBy(packet) !== null;
  }

  take(packet: Packet, frame: Frame, isClientIdle: boolean): void {
    switch (packet.type) {
      case CONNACK:
        this.#signedIn(packet, frame);
        break;
      case AUTH:
        if (parseAnswer(packet, 0)?.code === 0) this.#endSignIn(DONE, frame);
        break;
      case PINGRESP:
        this.#ponged(frame);
        break;
      case DISCONNECT:
        this.#disconnected(packet, frame, isClientIdle);
        break;
      default:
        this.#answered(packet, frame);
    }
  }

  #signedIn(packet: Packet, frame: Frame): void {
    const answer = parseAnswer(packet, 1);
    const keepAliveS = answer?.properties.keepAliveS ?? null;
    if (keepAliveS !== null) this.#keepAlive.promise(keepAliveS);
    const coded =
      answer === null ? NOT_READ : codedOfConnect(answer.code, answer.properties.reason);
    this.#endSignIn(coded, frame);
  }

  #endSignIn(coded: Coded, frame: Frame): void {
    const call = this.#pending.signIn;
    this.#pending.signIn = null;
    if (call !== null) this.#tell(call, coded, frame);
  }

  #ponged({ startedAtUs, atUs }: Frame): void {
    const { pings, sent } = this.#pending;
    const call = pings.take(startedAtUs);
    if (call === null) return;
    if (!call.isAmbiguous) sent.settle(call.index);
    pings.answered(call, { ...DONE, firstByteAtUs: startedAtUs, atUs });
  }

  #askedBy(packet: Packet): Request | null {
    const request = this.#pending.requests.get(idOf(packet));
    const answers = ANSWERS.get(packet.type);
    const isItsOwn = request?.type === answers?.type && request?.qos === answers?.qos;
    return isItsOwn ? request : null;
  }

  /** What nobody waits for is about what the broker delivers, or was not seen. */
  #answered(packet: Packet, frame: Frame): void {
    const request = this.#askedBy(packet);
    if (request === null) return;
    const coded = codedOfAnswer(packet, request);
    request.heardAtUs ??= frame.startedAtUs;
    const { requests, sent } = this.#pending;
    // The broker has the message; that it will keep it comes later.
    if (packet.type === PUBREC && coded.ending.outcome === 'ok') return;
    requests.take(idOf(packet));
    sent.settle(request.call.index);
    this.#tell(request.call, coded, { ...frame, startedAtUs: request.heardAtUs });
  }

  #disconnected(packet: Packet, frame: Frame, isClientIdle: boolean): void {
    this.#keepAlive.void();
    const answer = parseAnswer(packet, 0);
    if (answer === null) this.#endAll(NOT_READ, frame);
    else if (answer.code >= FAILURE) {
      const coded = codedOf(answer.code, answer.properties.reason);
      if (isAboutConnection(answer.code)) this.#endAll(coded, frame);
      else this.#endFor(coded, frame, isClientIdle);
    }
    this.#pending.sent.giveUp();
  }

  #endAll(coded: Coded, frame: Frame): void {
    const waiting = this.#pending.takeWaiting();
    for (const call of waiting) {
      if (call.isAmbiguous) this.#pending.calls.end(call, bytesLost(), frame.atUs);
      else this.#tell(call, coded, frame);
    }
    if (waiting.length === 0) this.#tellAlone(coded, frame);
  }

  /** For one request: the only one that can be meant, or nobody knows which. */
  #endFor(coded: Coded, frame: Frame, isClientIdle: boolean): void {
    const { calls, hasLost, last, sent } = this.#pending;
    const waiting = this.#pending.takeWaiting();
    const meant = last === null ? waiting : [...waiting, last];
    const [only] = meant;
    if (only !== undefined && meant.length === 1 && !hasLost && isClientIdle) {
      sent.drop(only);
      this.#tell(only, coded, frame);
      return;
    }
    for (const call of waiting) {
      calls.end(call, call.isAmbiguous ? bytesLost() : OF_ANOTHER, frame.atUs);
    }
    this.#tellAlone(coded, frame);
  }

  #tellAlone(coded: Coded, frame: Frame): void {
    const { calls, hasLost } = this.#pending;
    const call = calls.begin(hasLost ? UNSEEN : ALONE, frame.startedAtUs);
    call.isLow ||= hasLost;
    this.#tell(call, coded, frame);
  }

  #tell(call: OpenCall, coded: Coded, { startedAtUs, atUs }: Frame): void {
    call.isAmbiguous = false;
    this.#pending.calls.answered(call, { ...coded, firstByteAtUs: startedAtUs, atUs });
  }
}

function codedOfAnswer(packet: Packet, request: Request): Coded {
  if (packet.type === SUBACK || packet.type === UNSUBACK) {
    return grantedOf(request, parseCodes(packet, request.isV5));
  }
  const answer = parseAnswer(packet, 2);
  return answer === null ? NOT_READ : codedOf(answer.code, answer.properties.reason);
}
