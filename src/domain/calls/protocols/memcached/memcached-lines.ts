import { BAD_LINE, LineReader, NO_BLOCK } from '../bytes/lines.ts';
import type { StreamReader } from '../bytes/reader.ts';
import type { ConnectionContext, Decoder, Side } from '../decoder.ts';
import { DialogueDecoder, type Dialogue } from '../exchange/dialogue.ts';
import { FifoCalls } from '../exchange/fifo-calls.ts';
import { OpenCalls, type OpenCall } from '../exchange/open-calls.ts';
import { OK, type Ending } from '../transport.ts';
import { endingOfLine, TOO_MANY } from './memcached-endings.ts';
import { isSureAnswer, isSureCommand, parseAnswer, parseCommand } from './memcached-text.ts';
import { QuietCalls } from './quiet-calls.ts';

/** Memcached's protocol of lines: answers come in order, and quiet commands have none that must come. */

const TEXT = new TextDecoder('latin1');
const NOOP = 'mn';

export function createMemcachedLines(context: ConnectionContext): Decoder {
  return new DialogueDecoder(new LinesDialogue(context));
}

class LinesDialogue implements Dialogue {
  readonly calls: OpenCalls;
  readonly readers: Readonly<Record<Side, StreamReader>>;
  readonly #fifo: FifoCalls;
  readonly #quiet: QuietCalls;
  readonly #answers: LineReader;
  /** First byte of an answer of several lines, and bytes of it; 0 between answers. */
  #answerStartedAtUs = 0;
  #answerBytes = 0;
  /** The value that comes is the last of its answer. */
  #isLastValue = false;
  #hasAsked = false;
  /** What the server says is a log, not answers, from here on. */
  #isDeaf = false;

  constructor(context: ConnectionContext) {
    this.calls = new OpenCalls('memcached', context);
    this.#fifo = new FifoCalls(this.calls);
    this.#quiet = new QuietCalls(this.calls);
    this.#answers = new LineReader({
      onLine: (line, atUs) => this.#hear(line, atUs),
      onBlock: (_, atUs) => this.#valueCame(atUs),
      canBegin: (bytes) => isSureAnswer(firstLine(bytes)),
      onTrouble: (atUs) => this.onLost('server', atUs),
    });
    this.readers = {
      client: new LineReader({
        onLine: (line, atUs) => this.#ask(line, atUs),
        onBlock: () => undefined,
        canBegin: (bytes) => isSureCommand(firstLine(bytes)),
        onTrouble: (atUs) => this.onLost('client', atUs),
      }),
      server: this.#serverReader(),
    };
  }

  onLost(side: Side, atUs: number): void {
    this.#quiet.lose(atUs);
    if (side === 'client') this.#fifo.loseRequests();
    else {
      this.#answerBytes = 0;
      this.#fifo.loseAnswers(atUs);
    }
  }

  /** The answer to a command with a hole may have come before the command was complete. */
  onGap(side: Side): void {
    if (side === 'client') this.#fifo.loseRequests();
  }

  /** Between two lines of one answer it is not complete either. */
  #serverReader(): StreamReader {
    const lines = this.#answers;
    const bytesOfAnswer = (): number => this.#answerBytes;
    return {
      get partial() {
        const got = bytesOfAnswer();
        return got > 0 ? { got, whole: null } : lines.partial;
      },
      push: (bytes, atUs) => lines.push(bytes, atUs),
      lose: (count, atUs) => lines.lose(count, atUs),
    };
  }

  #ask(line: Uint8Array, atUs: number): number {
    const command = parseCommand(TEXT.decode(line));
    if (command === null) return BAD_LINE;
    this.#hasAsked = true;
    const { operation, isUnanswered, isQuiet, valueBytes } = command;
    if (isQuiet) this.#quiet.begin(operation, '', atUs);
    else if (isUnanswered) this.#sent(operation, atUs);
    else {
      const isIdle = this.#answers.isIdle && this.#answerBytes === 0;
      this.#fifo.begin(operation, atUs, isIdle);
    }
    return valueBytes ?? NO_BLOCK;
  }

  #sent(operation: string, atUs: number): void {
    if (operation !== 'quit') this.calls.sent(this.calls.begin(operation, atUs), OK, atUs);
  }

  #hear(bytes: Uint8Array, atUs: number): number {
    if (this.#isDeaf) return NO_BLOCK;
    const line = TEXT.decode(bytes);
    const answer = parseAnswer(line, this.#fifo.next?.operation ?? '');
    if (answer === null) return BAD_LINE;
    this.#hearRefusal(line, atUs);
    if (this.#answerBytes === 0) this.#answerStartedAtUs = atUs;
    this.#answerBytes += bytes.length;
    if (answer.kind === 'value') {
      this.#isLastValue = answer.isLast;
      return answer.bytes;
    }
    if (answer.kind === 'failed') this.#end(endingOfLine(line), atUs);
    else if (answer.kind !== 'more') this.#end(OK, atUs, answer.kind === 'noop');
    return NO_BLOCK;
  }

  /** Said before anything was asked. */
  #hearRefusal(line: string, atUs: number): void {
    if (!this.#hasAsked && TOO_MANY.test(line)) this.#fifo.begin('connect', atUs, true);
  }

  #valueCame(atUs: number): void {
    if (this.#isLastValue) this.#end(OK, atUs);
  }

  #end(ending: Ending, atUs: number, isNoop = false): void {
    const firstByteAtUs = this.#answerStartedAtUs;
    this.#answerBytes = 0;
    this.#isLastValue = false;
    const { next } = this.#fifo;
    if (!isNoop && this.#isQuietBefore(next)) this.#answerQuiet(next, ending, atUs);
    else {
      const call = this.#fifo.take(firstByteAtUs);
      if (call === null) return;
      this.#quiet.settle(call, atUs);
      this.#isDeaf ||= call.operation === 'watch' && ending.outcome === 'ok';
      this.#fifo.answered(call, { ending, status: null, firstByteAtUs, atUs });
    }
  }

  #isQuietBefore(next: OpenCall | undefined): boolean {
    const { first } = this.#quiet;
    return first !== undefined && (next === undefined || first.index < next.index);
  }

  /** Before a noop it can only be of a quiet command; before another command nobody knows. */
  #answerQuiet(next: OpenCall | undefined, ending: Ending, atUs: number): void {
    if (next !== undefined && next.operation !== NOOP) this.onLost('server', atUs);
    else if (ending.outcome !== 'ok') this.#quiet.failed(ending, atUs);
  }
}

function firstLine(bytes: Uint8Array): string {
  const text = TEXT.decode(bytes.subarray(0, 4_096));
  const end = text.indexOf('\n');
  return end < 0 ? '' : text.slice(0, end).replace(/\r$/u, '');
}
