import type { Frame } from '../bytes/frames.ts';
import type { OpenCall } from '../exchange/open-calls.ts';
import { Aliases } from './aliases.ts';
import type { KeepAlive } from './keep-alive.ts';
import { parseAnswer, parseConnect, parseFilters, parsePublish } from './messages.ts';
import {
  AUTH,
  CONNECT,
  DISCONNECT,
  PINGREQ,
  PUBLISH,
  SUBSCRIBE,
  UNSUBSCRIBE,
  type Packet,
} from './packets.ts';
import type { Pending } from './pending.ts';
import { shownFilters } from './topics.ts';

/** What a client says: which of its packets begin calls, and how those are called. */

/** Of a client that signs in again. */
const AGAIN = 0x19;

export class Asking {
  readonly #pending: Pending;
  readonly #keepAlive: KeepAlive;
  readonly #aliases = new Aliases();
  /** Null where the beginning was not seen. */
  #version: number | null = null;
  /** The packet that comes has a hole: it may have been answered before its end was known. */
  #isHoled = false;

  constructor(pending: Pending, keepAlive: KeepAlive) {
    this.#pending = pending;
    this.#keepAlive = keepAlive;
  }

  lose(): void {
    this.#isHoled = false;
    this.#aliases.lose();
    this.#keepAlive.void();
  }

  loseInside(): void {
    this.#isHoled = true;
    this.#keepAlive.void();
  }

  /** @returns False for what cannot be read. */
  take(packet: Packet, frame: Frame, isServerIdle: boolean): boolean {
    this.#keepAlive.heard(frame.atUs);
    this.#pending.last = null;
    const isRead = this.#read(packet, frame, isServerIdle);
    this.#isHoled = false;
    return isRead;
  }

  #read(packet: Packet, frame: Frame, isServerIdle: boolean): boolean {
    switch (packet.type) {
      case CONNECT:
        return this.#connect(packet, frame);
      case PUBLISH:
        return this.#publish(packet, frame);
      case SUBSCRIBE:
      case UNSUBSCRIBE:
        return this.#subscribe(packet, frame);
      case AUTH:
        if (parseAnswer(packet, 0)?.code === AGAIN) this.#signIn('AUTH', frame);
        break;
      case PINGREQ:
        this.#pending.pings.begin('PINGREQ', frame.startedAtUs, isServerIdle);
        break;
      case DISCONNECT:
        this.#keepAlive.void();
        break;
      // What it answers to deliveries of the broker is no call.
    }
    return true;
  }

  #connect(packet: Packet, frame: Frame): boolean {
    const greeting = parseConnect(packet);
    if (greeting === null) return false;
    this.#version = greeting.version;
    this.#keepAlive.promise(greeting.keepAliveS);
    this.#signIn('CONNECT', frame);
    return true;
  }

  #signIn(operation: string, { startedAtUs, atUs }: Frame): void {
    const { calls, signIn: before } = this.#pending;
    if (before !== null) calls.unanswered(before, atUs);
    this.#pending.signIn = this.#doubted(calls.begin(operation, startedAtUs));
  }

  #publish(packet: Packet, { startedAtUs }: Frame): boolean {
    const message = parsePublish(packet, this.#version);
    if (message === null) return false;
    const { id, qos, isAgain, properties } = message;
    const { requests, sent } = this.#pending;
    const operation = `PUBLISH ${this.#aliases.topicOf(message)}`.trimEnd();
    if (isAgain && requests.get(id)?.type === PUBLISH) return true;
    const asked = { type: PUBLISH, qos, filters: [], isV5: false };
    const call =
      qos === 0
        ? sent.add(operation, '', startedAtUs, false)
        : this.#doubted(requests.begin({ id, operation }, asked, startedAtUs));
    if (qos === 0) this.#pending.last = call;
    call.correlation = properties.correlation;
    return true;
  }

  #subscribe(packet: Packet, { startedAtUs }: Frame): boolean {
    const isSubscribe = packet.type === SUBSCRIBE;
    const parsed = parseFilters(packet, this.#version, isSubscribe);
    if (parsed === null) return false;
    const { id, filters, isV5 } = parsed;
    const name = isSubscribe ? 'SUBSCRIBE' : 'UNSUBSCRIBE';
    const operation = `${name} ${shownFilters(filters)}`;
    const asked = { type: packet.type, qos: 0, filters, isV5 };
    this.#doubted(this.#pending.requests.begin({ id, operation }, asked, startedAtUs));
    return true;
  }

  #doubted(call: OpenCall): OpenCall {
    call.isAmbiguous ||= this.#isHoled;
    return call;
  }
}
