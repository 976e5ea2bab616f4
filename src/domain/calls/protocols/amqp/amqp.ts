import type { Cursor } from '../bytes/cursor.ts';
import { FrameReader, type Frame, type Framing } from '../bytes/frames.ts';
import type { StreamReader } from '../bytes/reader.ts';
import type { ConnectionContext, Decoder, Side } from '../decoder.ts';
import { DialogueDecoder, type Dialogue } from '../exchange/dialogue.ts';
import { OpenCalls, type OpenCall } from '../exchange/open-calls.ts';
import { bytesLost, notFollowed, OK, type Ending } from '../transport.ts';
import {
  canBegin,
  canGoOn,
  isTornMethod,
  measure,
  parseMethod,
  shortText,
  type Method,
} from './amqp-frames.ts';
import {
  ASKING,
  endingOfCode,
  NACKED,
  operationOf,
  withName,
  type Asking,
} from './amqp-methods.ts';
import { ClientReader } from './client-reader.ts';
import { OwedContent } from './owed-content.ts';
import { Publishes } from './publishes.ts';

/**
 * AMQP 0-9-1: what a client asks for on a channel, and its publishes. A publish without confirms has no
 * answer; it counts as done unless the broker returns it or closes the channel for it.
 */

const FRAME_BYTES_KEPT = 4_096;
const CONNECTION = 0;
const CHANNEL_OPEN = '20.10';

interface Waiting {
  readonly call: OpenCall;
  /** It was asked after requests may have been lost. */
  readonly isSinceLoss: boolean;
  readonly asking: Asking;
  /** Class and method. */
  readonly id: string;
}

interface Channel {
  waiting: Waiting[];
  readonly publishes: Publishes;
  /** A request may have been lost, and none after it was answered: the broker goes through them in order. */
  isUnsure: boolean;
}

/** Of a broker that goes away by itself. */
const NO_CAUSE = '0.0';
const CLOSED_FOR_ANOTHER = notFollowed(
  'amqp.channel_closed',
  'the broker closed the channel for another request',
);

const CHANNELS_MAX = 2_048;
const NO_CHANNELS: ReadonlySet<number> = new Set();

export function createAmqp(context: ConnectionContext): Decoder {
  return new DialogueDecoder(new AmqpDialogue(context));
}

class AmqpDialogue implements Dialogue {
  readonly calls: OpenCalls;
  readonly readers: Readonly<Record<Side, StreamReader>>;
  readonly #channels = new Map<number, Channel>();
  readonly #content = new OwedContent();
  #hasLost = false;

  constructor(context: ConnectionContext) {
    this.calls = new OpenCalls('amqp', context);
    const framing = (side: Side, onFrame: (frame: Frame) => void): Framing => ({
      keptMax: FRAME_BYTES_KEPT,
      measure,
      canBegin: (bytes) => canBegin(bytes) || canGoOn(bytes),
      onFrame: (frame) => {
        if (isTornMethod(frame, FRAME_BYTES_KEPT)) this.#loseMethod(side, frame);
        else onFrame(frame);
      },
      onTrouble: (atUs) => this.onLost(side, atUs),
    });
    const fromClient = framing('client', (frame) => this.#fromClient(frame));
    const fromServer = framing('server', (frame) => {
      const method = parseMethod(frame.bytes);
      if (method !== null) this.#hear(method, frame);
    });
    this.readers = {
      client: new ClientReader(fromClient, this.#content, (atUs, explained) =>
        this.#lose('client', atUs, explained),
      ),
      server: new FrameReader(fromServer),
    };
  }

  onLost(side: Side, atUs: number): void {
    this.#lose(side, atUs, NO_CHANNELS);
  }

  /** It seems complete later than it was: its answer may have come before. */
  #loseMethod(side: Side, { bytes, startedAtUs, atUs }: Frame): void {
    this.onLost(side, atUs);
    const asking = side === 'client' ? ASKING.get(parseMethod(bytes)?.id ?? '') : undefined;
    if (asking !== undefined)
      this.calls.end(this.calls.begin(asking.name, startedAtUs), bytesLost(), atUs);
  }

  /** @param spared - Channels of which no method was lost. */
  #lose(side: Side, atUs: number, spared: ReadonlySet<number>): void {
    this.#hasLost = true;
    for (const [number, channel] of this.#channels) {
      if (spared.has(number)) continue;
      channel.publishes.lose(side, atUs);
      if (side === 'client') channel.isUnsure = true;
      else
        for (const { call } of channel.waiting.splice(0)) this.calls.end(call, bytesLost(), atUs);
    }
    this.calls.lose();
  }

  #channel(number: number): Channel {
    const known = this.#channels.get(number);
    if (known !== undefined) return known;
    return this.#open(number, !this.#hasLost);
  }

  /** @param isNew - All that was asked on it is seen. */
  #open(number: number, isNew: boolean): Channel {
    if (this.#channels.size >= CHANNELS_MAX) this.#channels.clear();
    const publishes = new Publishes(this.calls, isNew);
    const made: Channel = { waiting: [], publishes, isUnsure: !isNew };
    this.#channels.set(number, made);
    return made;
  }

  #fromClient(frame: Frame): void {
    this.#content.saw(frame);
    const method = parseMethod(frame.bytes);
    if (method !== null) this.#ask(method, frame);
  }

  #ask({ channel: number, id, cursor }: Method, { startedAtUs, atUs }: Frame): void {
    if (id === CHANNEL_OPEN) this.#openAgain(number, atUs);
    const channel = this.#channel(number);
    if (id === '60.40') {
      cursor.skip(2);
      const exchange = shortText(cursor);
      const key = shortText(cursor);
      const operation = withName('basic.publish', exchange === '' ? key : exchange);
      channel.publishes.add(operation, `${exchange} ${key}`, startedAtUs, atUs);
      this.#content.published(number);
      return;
    }
    const asking = ASKING.get(id);
    if (asking === undefined) return;
    const operation = operationOf(asking, cursor);
    if (this.calls.isFull) this.#giveUp(atUs);
    const call = this.calls.begin(operation, startedAtUs);
    channel.waiting.push({ call, asking, id, isSinceLoss: channel.isUnsure });
  }

  /** What is open on a channel of that number ended unseen. */
  #openAgain(number: number, atUs: number): void {
    const before = this.#channels.get(number);
    if (before !== undefined) this.#loseAll(before, atUs);
    this.#open(number, true);
  }

  #loseAll({ waiting, publishes }: Channel, atUs: number): void {
    publishes.lose('client', atUs);
    for (const { call } of waiting.splice(0)) {
      call.isLow = true;
      this.calls.end(call, bytesLost(), atUs);
    }
  }

  #giveUp(atUs: number): void {
    for (const channel of this.#channels.values()) {
      for (const { call } of channel.waiting.splice(0)) this.calls.tooMany(call, atUs);
      channel.publishes.lose('client', atUs);
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
        channel.isUnsure &&= !channel.publishes.isCounted;
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
    if (found === undefined) return;
    if (found.isSinceLoss) channel.isUnsure = false;
    this.#tell(found.call, OK, null, frame);
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
      // It may have been for a request that was not seen.
      if (channel.isUnsure) {
        call.isLow = true;
        this.calls.end(call, bytesLost(), frame.atUs);
      } else if (id === cause || cause === NO_CAUSE) this.#tell(call, ending, code, frame);
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
