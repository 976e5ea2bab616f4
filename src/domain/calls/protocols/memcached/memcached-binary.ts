import { FrameReader, type Frame } from '../bytes/frames.ts';
import type { StreamReader } from '../bytes/reader.ts';
import type { ConnectionContext, Decoder, Side } from '../decoder.ts';
import { DialogueDecoder, type Dialogue } from '../exchange/dialogue.ts';
import { FifoCalls } from '../exchange/fifo-calls.ts';
import { OpenCalls, type OpenCall } from '../exchange/open-calls.ts';
import type { Ending } from '../transport.ts';
import { endingOfStatus } from './memcached-endings.ts';
import {
  commandOf,
  measure,
  NO_MORE_STATS,
  readHead,
  REQUEST,
  RESPONSE,
  STATS,
  textOf,
  type BinaryHead,
} from './memcached-frames.ts';
import { QuietCalls } from './quiet-calls.ts';

/** Memcached's binary protocol: answers come in order and name what they answer; quiet ones may not come. */

const BYTES_KEPT = 512;

export function createMemcachedBinary(context: ConnectionContext): Decoder {
  return new DialogueDecoder(new BinaryDialogue(context));
}

class BinaryDialogue implements Dialogue {
  readonly calls: OpenCalls;
  readonly readers: Readonly<Record<Side, StreamReader>>;
  readonly #fifo: FifoCalls;
  readonly #quiet: QuietCalls;
  readonly #keys = new WeakMap<OpenCall, string>();
  readonly #server: FrameReader;
  /** Of an answer in several messages. */
  #startedAtUs: number | null = null;

  constructor(context: ConnectionContext) {
    this.calls = new OpenCalls('memcached', context);
    this.#fifo = new FifoCalls(this.calls);
    this.#quiet = new QuietCalls(this.calls);
    const reader = (
      side: Side,
      magic: number,
      onHead: (head: BinaryHead, frame: Frame) => void,
    ): FrameReader =>
      new FrameReader({
        keptMax: BYTES_KEPT,
        measure: (bytes) => measure(bytes, magic),
        canBegin: (bytes) => measure(bytes, magic) > 0,
        onFrame: (frame) => onHead(readHead(frame.bytes), frame),
        onTrouble: (atUs) => this.onLost(side, atUs),
      });
    this.#server = reader('server', RESPONSE, (head, frame) => this.#hear(head, frame));
    this.readers = {
      client: reader('client', REQUEST, (head, frame) => this.#ask(head, frame)),
      server: this.#server,
    };
  }

  onLost(side: Side, atUs: number): void {
    this.#quiet.lose(atUs);
    if (side === 'client') this.#fifo.loseRequests();
    else {
      this.#startedAtUs = null;
      this.#fifo.loseAnswers(atUs);
    }
  }

  /** The answer to a command with a hole may have come before the command was complete. */
  onGap(side: Side): void {
    if (side === 'client') this.#fifo.loseRequests();
  }

  #ask(head: BinaryHead, { startedAtUs }: Frame): void {
    const command = commandOf(head.opcode);
    if (command === null || command.operation === 'quit') return;
    const { operation, isQuiet } = command;
    if (isQuiet) this.#quiet.begin(operation, keyOf(head), startedAtUs);
    else {
      const isIdle = this.#startedAtUs === null && this.#server.partial === null;
      this.#keys.set(this.#fifo.begin(operation, startedAtUs, isIdle), keyOf(head));
    }
  }

  #hear(head: BinaryHead, { bytes, startedAtUs, atUs }: Frame): void {
    const { status, opcode } = head;
    const text = status === 0 ? '' : textOf(bytes);
    const ending = endingOfStatus(status, text);
    if (this.#quiet.answered(keyOf(head), ending, status, atUs)) return;
    const firstByteAtUs = this.#startedAtUs ?? startedAtUs;
    this.#startedAtUs = firstByteAtUs;
    if (opcode === STATS && status === 0 && head.bodyBytes !== NO_MORE_STATS) return;
    if (this.#isOfAnother(head)) this.onLost('server', atUs);
    else this.#end(status, ending, firstByteAtUs, atUs);
  }

  /** Answers come in order: this is not that of the command whose turn it is. */
  #isOfAnother(head: BinaryHead): boolean {
    const { next } = this.#fifo;
    return next !== undefined && !next.isAmbiguous && this.#keys.get(next) !== keyOf(head);
  }

  #end(status: number, ending: Ending, firstByteAtUs: number, atUs: number): void {
    this.#startedAtUs = null;
    const call = this.#fifo.take(firstByteAtUs);
    if (call === null) return;
    this.#quiet.settle(call, atUs);
    this.#fifo.answered(call, { ending, status, firstByteAtUs, atUs });
  }
}

function keyOf({ opcode, opaque }: BinaryHead): string {
  return `${opcode} ${opaque}`;
}
