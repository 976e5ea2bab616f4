import { invariant } from '../../../errors.ts';
import { byteAt } from '../byte-at.ts';
import { FrameReader, MORE, NONE, type Frame } from '../bytes/frames.ts';
import type { StreamReader } from '../bytes/reader.ts';
import type { ConnectionContext, Decoder, Detection, Detector, Side } from '../decoder.ts';
import { DialogueDecoder, type Dialogue } from '../exchange/dialogue.ts';
import { KeyedCalls } from '../exchange/keyed-calls.ts';
import { OpenCalls } from '../exchange/open-calls.ts';
import { OK } from '../transport.ts';
import { judge, notRead } from './mongo-answers.ts';
import { HEAD_BYTES, OP_REPLY, operationOf, readBody, readHead } from './mongo-messages.ts';

/** MongoDB: requests and answers by number, in OP_MSG, and OP_QUERY with OP_REPLY. */

const REQUEST_BYTES_KEPT = 4_096;
/** What an answer says of itself stands behind the documents that it brings. */
const ANSWER_BYTES_KEPT = 1_048_576;

export const MONGODB_DETECTOR: Detector = {
  protocol: 'mongodb',
  detect: (client, server) => (client.length > 0 ? detect(client, false) : detect(server, true)),
  create: createMongodb,
};

/** Requests answer nothing, and answers something. */
function detect(bytes: Uint8Array, isAnswer: boolean): Detection {
  if (bytes.length < HEAD_BYTES) return couldBegin(bytes) ? 'maybe' : 'no';
  const head = readHead(bytes);
  if (head === null) return 'no';
  return isAnswer ? (head.responseTo === 0 ? 'no' : 'yes') : isRequest(head) ? 'yes' : 'no';
}

/** The high byte of the length is zero below 16 MB. */
function couldBegin(bytes: Uint8Array): boolean {
  return bytes.length < 4 || byteAt(bytes, 3) <= 2;
}

function isRequest(head: { readonly opcode: number; readonly responseTo: number }): boolean {
  return head.opcode !== OP_REPLY && head.responseTo === 0;
}

export function createMongodb(context: ConnectionContext): Decoder {
  return new DialogueDecoder(new MongoDialogue(context));
}

class MongoDialogue implements Dialogue {
  readonly calls: OpenCalls;
  readonly readers: Readonly<Record<Side, StreamReader>>;
  readonly #keyed: KeyedCalls<null>;

  constructor(context: ConnectionContext) {
    this.calls = new OpenCalls('mongodb', context);
    this.#keyed = new KeyedCalls(this.calls);
    const framing = (
      side: Side,
      keptMax: number,
      onFrame: (frame: Frame) => void,
    ): ConstructorParameters<typeof FrameReader>[0] => ({
      keptMax,
      measure,
      canBegin: (bytes) => measure(bytes) > 0,
      onFrame,
      onTrouble: (atUs) => this.onLost(side, atUs),
    });
    this.readers = {
      client: new FrameReader(framing('client', REQUEST_BYTES_KEPT, (frame) => this.#ask(frame))),
      server: new FrameReader(framing('server', ANSWER_BYTES_KEPT, (frame) => this.#answer(frame))),
    };
  }

  onLost(side: Side, _atUs: number): void {
    if (side === 'client') this.#keyed.loseRequests();
    else this.#keyed.loseAnswers();
  }

  #ask({ bytes, startedAtUs, atUs }: Frame): void {
    const head = readHead(bytes);
    if (head === null || !isRequest(head)) return;
    const body = readBody(bytes, head.opcode);
    const operation = body === null ? 'unknown' : operationOf(body);
    if (body?.hasMore === true) {
      this.calls.sent(this.calls.begin(operation, startedAtUs), OK, atUs);
    } else this.#keyed.begin(head.requestId, operation, startedAtUs, null);
  }

  #answer({ bytes, startedAtUs, atUs }: Frame): void {
    const head = readHead(bytes);
    invariant(head !== null, 'a message is cut out whose head cannot be read');
    const body = readBody(bytes, head.opcode);
    const judged = body === null ? { ending: notRead(), status: null } : judge(bytes, body);
    this.#keyed.answered(head.responseTo, { ...judged, firstByteAtUs: startedAtUs, atUs });
  }
}

function measure(bytes: Uint8Array): number {
  if (bytes.length < HEAD_BYTES) return MORE;
  return readHead(bytes)?.length ?? NONE;
}
