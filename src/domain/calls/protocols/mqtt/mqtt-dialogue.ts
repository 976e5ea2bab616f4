import { FrameReader, type Frame } from '../bytes/frames.ts';
import type { StreamReader } from '../bytes/reader.ts';
import type { ConnectionContext, Side } from '../decoder.ts';
import type { Dialogue } from '../exchange/dialogue.ts';
import type { OpenCalls } from '../exchange/open-calls.ts';
import { Asking } from './asking.ts';
import { Hearing } from './hearing.ts';
import { KeepAlive } from './keep-alive.ts';
import { measure, packetOf, type Packet } from './packets.ts';
import { Pending } from './pending.ts';
import { firstOfPackets } from './sure-packets.ts';

/**
 * MQTT: what a client asks for, and its messages, by the numbers that their answers repeat. A message of quality 0
 * has no answer: it is done when something that was sent after it is answered. What the broker delivers is no call.
 */

const PACKET_BYTES_KEPT = 4_096;

export class MqttDialogue implements Dialogue {
  readonly calls: OpenCalls;
  readonly readers: Readonly<Record<Side, StreamReader>>;
  readonly #client: string;
  readonly #pending: Pending;
  readonly #keepAlive = new KeepAlive();
  readonly #asking: Asking;
  readonly #hearing: Hearing;

  constructor(context: ConnectionContext) {
    this.#client = context.client;
    this.#pending = new Pending(context);
    this.calls = this.#pending.calls;
    this.#asking = new Asking(this.#pending, this.#keepAlive);
    this.#hearing = new Hearing(this.#pending, this.#keepAlive);
    this.readers = {
      client: this.#reader('client', (packet, frame) => this.#ask(packet, frame)),
      server: this.#reader('server', (packet, frame) => this.#hear(packet, frame)),
    };
  }

  onLost(side: Side, atUs: number): void {
    this.#pending.lose(side, atUs);
    if (side === 'client') this.#asking.lose();
  }

  onGap(side: Side): void {
    this.#pending.hasLost = true;
    if (side === 'client') this.#asking.loseInside();
  }

  /** Who leaves first does not break a promise. */
  clientEnded(): void {
    this.#keepAlive.void();
  }

  serverEnded(atUs: number): void {
    const missed = this.#keepAlive.endingAt(atUs, this.#client);
    this.settle();
    if (missed === null || this.#pending.isOwed) return;
    this.calls.end(this.calls.begin('DISCONNECT', atUs), missed, atUs);
  }

  /** Nothing more will be said of what was sent. */
  settle(): void {
    this.#keepAlive.void();
    this.#pending.sent.giveUp();
  }

  #reader(side: Side, onPacket: (packet: Packet, frame: Frame) => void): StreamReader {
    return new FrameReader({
      keptMax: PACKET_BYTES_KEPT,
      measure: (bytes) => measure(bytes, side),
      canBegin: (bytes) => this.#canBegin(bytes, side),
      onFrame: (frame) => onPacket(packetOf(frame.bytes), frame),
      onTrouble: (atUs) => this.onLost(side, atUs),
    });
  }

  /** After a loss. */
  #canBegin(bytes: Uint8Array, side: Side): boolean {
    const first = firstOfPackets(bytes, side);
    return first !== null && (side === 'client' || this.#hearing.isExpected(first));
  }

  #ask(packet: Packet, frame: Frame): void {
    const isServerIdle = this.readers.server.partial === null;
    if (!this.#asking.take(packet, frame, isServerIdle)) this.onLost('client', frame.atUs);
  }

  #hear(packet: Packet, frame: Frame): void {
    this.#hearing.take(packet, frame, this.readers.client.partial === null);
  }
}
