import { FrameReader, type Frame, type Framing } from '../bytes/frames.ts';
import type { StreamReader } from '../bytes/reader.ts';
import type { ConnectionContext, Decoder, Detection, Detector, Side } from '../decoder.ts';
import { DialogueDecoder, type Dialogue } from '../exchange/dialogue.ts';
import { KeyedCalls } from '../exchange/keyed-calls.ts';
import { OpenCalls } from '../exchange/open-calls.ts';
import { OK } from '../transport.ts';
import { endingOf } from './dubbo-answers.ts';
import { canBegin, HEAD_BYTES, measure, readHead } from './dubbo-frames.ts';
import { readRequest } from './dubbo-messages.ts';

/** Dubbo 2: requests and answers by number. Heartbeats, and calls from the provider to its consumer, are no calls here. */

/** The attachments stand behind the arguments. */
const REQUEST_BYTES_KEPT = 16_384;
/** The message of an exception may stand behind its trace. */
const ANSWER_BYTES_KEPT = 65_536;

export const DUBBO_DETECTOR: Detector = {
  protocol: 'dubbo',
  detect: (client, server) => detect(client.length > 0 ? client : server),
  create: createDubbo,
};

function detect(bytes: Uint8Array): Detection {
  if (bytes.length === 0) return 'maybe';
  if (bytes.length < HEAD_BYTES) return measure(bytes) < 0 ? 'no' : 'maybe';
  return canBegin(bytes) ? 'yes' : 'no';
}

export function createDubbo(context: ConnectionContext): Decoder {
  return new DialogueDecoder(new DubboDialogue(context));
}

class DubboDialogue implements Dialogue {
  readonly calls: OpenCalls;
  readonly readers: Readonly<Record<Side, StreamReader>>;
  readonly #keyed: KeyedCalls<null>;

  constructor(context: ConnectionContext) {
    this.calls = new OpenCalls('dubbo', context);
    this.#keyed = new KeyedCalls(this.calls);
    const framing = (side: Side, keptMax: number, onFrame: (frame: Frame) => void): Framing => ({
      keptMax,
      measure,
      canBegin,
      onFrame,
      onTrouble: () => this.onLost(side),
    });
    this.readers = {
      client: new FrameReader(framing('client', REQUEST_BYTES_KEPT, (frame) => this.#ask(frame))),
      server: new FrameReader(framing('server', ANSWER_BYTES_KEPT, (frame) => this.#answer(frame))),
    };
  }

  onLost(side: Side): void {
    if (side === 'client') this.#keyed.loseRequests();
    else this.#keyed.loseAnswers();
  }

  #ask({ bytes, startedAtUs, atUs }: Frame): void {
    const head = readHead(bytes);
    if (!head.isRequest || head.isEvent) return;
    const asked = readRequest(head.serialization, bytes.subarray(HEAD_BYTES));
    const call = head.isTwoWay
      ? this.#keyed.begin(head.id, asked.operation, startedAtUs, null)
      : this.calls.begin(asked.operation, startedAtUs);
    call.correlation = asked.correlation;
    if (!head.isTwoWay) this.calls.sent(call, OK, atUs);
  }

  #answer({ bytes, startedAtUs, atUs }: Frame): void {
    const head = readHead(bytes);
    if (head.isRequest || head.isEvent) return;
    const ending = endingOf(head, bytes.subarray(HEAD_BYTES));
    const answer = { ending, status: head.status, firstByteAtUs: startedAtUs, atUs };
    this.#keyed.answered(head.id, answer);
  }
}
