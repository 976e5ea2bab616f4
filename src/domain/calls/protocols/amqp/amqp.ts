import type { Cursor } from '../bytes/cursor.ts';
import { FrameReader, type Frame } from '../bytes/frames.ts';
import type { StreamReader } from '../bytes/reader.ts';
import type { ConnectionContext, Decoder, Side } from '../decoder.ts';
import { DialogueDecoder, type Dialogue } from '../exchange/dialogue.ts';
import { OpenCalls, type OpenCall } from '../exchange/open-calls.ts';
import { bytesLost, notFollowed, OK, type Ending } from '../transport.ts';
import { canBegin, measure, parseMethod, shortText, type Method } from './amqp-frames.ts';
import {
  ASKING,
  endingOfCode,
  NACKED,
  operationOf,
  withName,
  type Asking,
} from './amqp-methods.ts';
import { Publishes } from './publishes.ts';

/**
 * AMQP 0-9-1: what a client asks for on a channel, and its publishes. A publish without confirms has no
 * answer; it counts as done unless the broker returns it or closes the channel for it.
 */

const FRAME_BYTES_KEPT = 4_096;
const CONNECTION = 0;

interface Waiting {
  readonly call: OpenCall;
  readonly asking: Asking;
  /** Class and method. */
  readonly id: string;
}

interface Channel {
  waiting: Waiting[];
  readonly publishes: Publishes;
}

/** Of a broker that goes away by itself. */
const NO_CAUSE = '0.0';
const CLOSED_FOR_ANOTHER = notFollowed(
  'amqp.channel_closed',
  'the broker closed the channel for another request',
);

const CHANNELS_MAX = 2_048;

export function createAmqp(context: ConnectionContext): Decoder {
  return new DialogueDecoder(new AmqpDialogue(context));
}

class AmqpDialogue implements Dialogue {
  readonly calls: OpenCalls;
  readonly readers: Readonly<Record<Side, StreamReader>>;
  readonly #channels = new Map<number, Channel>();
  #hasLost = false;

  constructor(context: ConnectionContext) {
    this.calls = new OpenCalls('amqp', context);
    const reader = (side: Side, onMethod: (method: Method, frame: Frame) => void): StreamReader =>
      new FrameReader({
        keptMax: FRAME_BYTES_KEPT,
        measure,
        canBegin,
        onFrame: (frame) => {
          const method = parseMethod(frame.bytes);
          if (method !== null) onMethod(method, frame);
        },
        onTrouble: (atUs) => this.onLost(side, atUs),
      });
    this.readers = {
      client: reader('client', (method, frame) => this.#ask(method, frame)),
      server: reader('server', (method, frame) => this.#hear(method, frame)),
    };
  }

  /** Publishes are counted: after a loss nobody knows the numbers of those that are open. */
  onLost(side: Side, atUs: number): void {
    this.#hasLost = true;
    for (const channel of this.#channels.values()) {
      channel.publishes.lose(atUs);
      if (side === 'client') continue;
      for (const { call } of channel.waiting.splice(0)) this.calls.end(call, bytesLost(), atUs);
    }
    this.calls.lose();
  }

  /** A hole in a frame may hide the method, a number, or a refusal. */
  onGap(side: Side, atUs: number): void {
    this.onLost(side, atUs);
  }

  #channel(number: number): Channel {
    const known = this.#channels.get(number);
    if (known !== undefined) return known;
    if (this.#channels.size >= CHANNELS_MAX) this.#channels.clear();
    const made: Channel = { waiting: [], publishes: new Publishes(this.calls, this.#hasLost) };
    this.#channels.set(number, made);
    return made;
  }

  #ask({ channel: number, id, cursor }: Method, { startedAtUs, atUs }: Frame): void {
    const channel = this.#channel(number);
    if (id === '60.40') {
      cursor.skip(2);
      const exchange = shortText(cursor);
      const key = shortText(cursor);
      const operation = withName('basic.publish', exchange === '' ? key : exchange);
      channel.publishes.add(operation, `${exchange} ${key}`, startedAtUs, atUs);
      return;
    }
    const asking = ASKING.get(id);
    if (asking === undefined) return;
    const operation = operationOf(asking, cursor);
    if (this.calls.isFull) this.#giveUp(atUs);
    channel.waiting.push({ call: this.calls.begin(operation, startedAtUs), asking, id });
  }

  #giveUp(atUs: number): void {
    for (const channel of this.#channels.values()) {
      for (const { call } of channel.waiting.splice(0)) this.calls.tooMany(call, atUs);
      channel.publishes.lose(atUs);
    }
  }

  #hear(method: Method, frame: Frame): void {
    const channel = this.#channel(method.channel);
    switch (method.id) {
      case '10.50':
      case '20.40':
        this.#closed(method, frame);
        break;
      case '60.50':
        this.#returned(channel, method.cursor, frame);
        break;
      case '60.80':
      case '60.120':
        channel.publishes.confirm(method.cursor, method.id === '60.80' ? OK : NACKED, frame);
        break;
      default:
        this.#answer(channel, method, frame);
    }
  }

  #answer(channel: Channel, { id }: Method, frame: Frame): void {
    const place = channel.waiting.findIndex(({ asking }) => asking.answers.includes(id));
    if (id === '85.11') channel.publishes.startConfirms(frame.atUs);
    if (id === '20.41') channel.publishes.settle(frame.atUs);
    const [found] = place < 0 ? [] : channel.waiting.splice(place, 1);
    if (found !== undefined) this.#tell(found.call, OK, null, frame);
  }

  /** The broker closes the connection or a channel, and says for what. */
  #closed({ channel, cursor }: Method, frame: Frame): void {
    const code = cursor.uint16();
    const ending = endingOfCode(code, shortText(cursor));
    const cause = `${cursor.uint16()}.${cursor.uint16()}`;
    const closed = channel === CONNECTION ? [...this.#channels.values()] : [this.#channel(channel)];
    for (const each of closed) this.#closeChannel(each, { ending, code, cause }, frame);
    if (channel === CONNECTION) this.#channels.clear();
    else this.#channels.delete(channel);
  }

  #closeChannel(
    channel: Channel,
    {
      ending,
      code,
      cause,
    }: { readonly ending: Ending; readonly code: number; readonly cause: string },
    frame: Frame,
  ): void {
    for (const { call, id } of channel.waiting.splice(0)) {
      // After a loss it may have been for a request that was not seen.
      if (call.isLow) this.calls.end(call, bytesLost(), frame.atUs);
      else if (id === cause || cause === NO_CAUSE) this.#tell(call, ending, code, frame);
      else this.calls.end(call, CLOSED_FOR_ANOTHER, frame.atUs);
    }
    channel.publishes.closed(cause === '60.40' ? { ending, code } : null, frame);
  }

  #returned(channel: Channel, cursor: Cursor, frame: Frame): void {
    const code = cursor.uint16();
    const ending = endingOfCode(code, shortText(cursor));
    const target = `${shortText(cursor)} ${shortText(cursor)}`;
    channel.publishes.returned(target, { ending, code }, frame);
  }

  #tell(call: OpenCall, ending: Ending, status: number | null, frame: Frame): void {
    this.calls.answered(call, {
      ending,
      status,
      firstByteAtUs: frame.startedAtUs,
      atUs: frame.atUs,
    });
  }
}
