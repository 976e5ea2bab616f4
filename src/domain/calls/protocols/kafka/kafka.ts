import { Cursor } from '../bytes/cursor.ts';
import { FrameReader, MORE, NONE, type Frame } from '../bytes/frames.ts';
import type { StreamReader } from '../bytes/reader.ts';
import type { ConnectionContext, Decoder, Side } from '../decoder.ts';
import { DialogueDecoder, type Dialogue } from '../exchange/dialogue.ts';
import { KeyedCalls } from '../exchange/keyed-calls.ts';
import { OpenCalls } from '../exchange/open-calls.ts';
import { OK } from '../transport.ts';
import { judge } from './kafka-answers.ts';
import { isKnownHead, LENGTH_BYTES, parseRequest, type KafkaRequest } from './kafka-requests.ts';

/**
 * Kafka: requests and answers by correlation id. An answer does not say what it answers, so that it can
 * only be read when its request was seen.
 */

const FRAME_BYTES_MAX = 268_435_456;
const REQUEST_BYTES_KEPT = 4_096;
/** Error codes of an answer lie between its records. */
const ANSWER_BYTES_KEPT = 262_144;
const HEAD_BYTES = 8;

export function createKafka(context: ConnectionContext): Decoder {
  return new DialogueDecoder(new KafkaDialogue(context));
}

class KafkaDialogue implements Dialogue {
  readonly calls: OpenCalls;
  readonly readers: Readonly<Record<Side, StreamReader>>;
  readonly #keyed: KeyedCalls<KafkaRequest>;

  constructor(context: ConnectionContext) {
    this.calls = new OpenCalls('kafka', context);
    this.#keyed = new KeyedCalls(this.calls);
    this.readers = {
      client: new FrameReader({
        keptMax: REQUEST_BYTES_KEPT,
        measure: measureRequest,
        canBegin: (bytes) => bytes.length >= HEAD_BYTES && measureRequest(bytes) > 0,
        onFrame: (frame) => this.#ask(frame),
        onTrouble: (atUs) => this.onLost('client', atUs),
      }),
      server: new FrameReader({
        keptMax: ANSWER_BYTES_KEPT,
        measure: measureAnswer,
        canBegin: (bytes) => measureAnswer(bytes) > 0 && this.#keyed.has(idOf(bytes)),
        onFrame: (frame) => this.#answer(frame),
        onTrouble: (atUs) => this.onLost('server', atUs),
      }),
    };
  }

  onLost(side: Side, _atUs: number): void {
    if (side === 'client') this.#keyed.loseRequests();
    else this.#keyed.loseAnswers();
  }

  #ask({ bytes, startedAtUs, atUs }: Frame): void {
    const request = parseRequest(bytes);
    if (request === null) return;
    if (request.isOneWay) {
      this.calls.sent(this.calls.begin(request.operation, startedAtUs), OK, atUs);
      return;
    }
    this.#keyed.begin(request.correlationId, request.operation, startedAtUs, request);
  }

  #answer({ bytes, startedAtUs, atUs }: Frame): void {
    const id = idOf(bytes);
    const request = this.#keyed.detailOf(id);
    if (request === undefined) return;
    const judged = judge(request.api, request.version, bytes.subarray(HEAD_BYTES));
    this.#keyed.answered(id, { ...judged, firstByteAtUs: startedAtUs, atUs });
  }
}

function measureRequest(bytes: Uint8Array): number {
  if (bytes.length < HEAD_BYTES) return MORE;
  const length = new Cursor(bytes).int32();
  return length >= 10 && length <= FRAME_BYTES_MAX && isKnownHead(bytes)
    ? LENGTH_BYTES + length
    : NONE;
}

function measureAnswer(bytes: Uint8Array): number {
  if (bytes.length < HEAD_BYTES) return MORE;
  const length = new Cursor(bytes).int32();
  return length >= 4 && length <= FRAME_BYTES_MAX ? LENGTH_BYTES + length : NONE;
}

/** A beginning shorter than the head is nobody's. */
function idOf(bytes: Uint8Array): number {
  return new Cursor(bytes, LENGTH_BYTES).int32();
}
