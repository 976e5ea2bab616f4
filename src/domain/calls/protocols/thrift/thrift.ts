import type { StreamReader } from '../bytes/reader.ts';
import type { ConnectionContext, Decoder, Detection, Detector, Side } from '../decoder.ts';
import { DialogueDecoder, type Dialogue } from '../exchange/dialogue.ts';
import { OpenCalls } from '../exchange/open-calls.ts';
import { OK } from '../transport.ts';
import { MORE, NONE } from '../bytes/frames.ts';
import { endingOf } from './thrift-answers.ts';
import { isAnswer, readHead } from './thrift-head.ts';
import { ThriftPairs } from './thrift-pairs.ts';
import { ThriftReader, type ThriftMessage } from './thrift-reader.ts';
import { CALL, ONEWAY } from './wires.ts';

/** Thrift, binary and compact, in frames or not: method calls and their answers. */

export const THRIFT_DETECTOR: Detector = {
  protocol: 'thrift',
  detect: (client, server) => (client.length > 0 ? detect(client, false) : detect(server, true)),
  create: createThrift,
};

function detect(bytes: Uint8Array, isServer: boolean): Detection {
  if (bytes.length === 0) return 'maybe';
  const head = readHead(bytes);
  if (head === MORE) return 'maybe';
  return head !== NONE && isAnswer(head) === isServer ? 'yes' : 'no';
}

export function createThrift(context: ConnectionContext): Decoder {
  return new DialogueDecoder(new ThriftDialogue(context));
}

class ThriftDialogue implements Dialogue {
  readonly calls: OpenCalls;
  readonly readers: Readonly<Record<Side, StreamReader>>;
  readonly #pairs: ThriftPairs;

  constructor(context: ConnectionContext) {
    this.calls = new OpenCalls('thrift', context);
    this.#pairs = new ThriftPairs(this.calls);
    this.readers = {
      client: new ThriftReader({
        onMessage: (message) => this.#ask(message),
        onTrouble: (atUs) => this.onLost('client', atUs),
        canSay: (head) => !isAnswer(head),
      }),
      server: new ThriftReader({
        onMessage: (message) => this.#answer(message),
        onTrouble: (atUs) => this.onLost('server', atUs),
        canSay: isAnswer,
      }),
    };
  }

  onLost(side: Side, atUs: number): void {
    if (side === 'client') this.#pairs.loseRequests();
    else this.#pairs.loseAnswers(atUs);
  }

  /** The answer to a request with a hole may have come before the request was complete. */
  onGap(side: Side): void {
    if (side === 'client') this.#pairs.loseRequests();
  }

  #ask({ head, startedAtUs, atUs }: ThriftMessage): void {
    if (head.kind === ONEWAY) {
      this.calls.sent(this.calls.begin(head.name, startedAtUs), OK, atUs);
    } else if (head.kind === CALL) {
      this.#pairs.begin(head, startedAtUs, this.readers.server.partial === null);
    }
  }

  #answer(message: ThriftMessage): void {
    if (!isAnswer(message.head)) return;
    const { startedAtUs, atUs, body } = message;
    const answer = {
      ending: endingOf(message),
      status: body.code,
      firstByteAtUs: startedAtUs,
      atUs,
    };
    this.#pairs.answered(message.head, answer);
  }
}
