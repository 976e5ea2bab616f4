import type { StreamReader } from '../bytes/reader.ts';
import type { ConnectionContext, Decoder, Side } from '../decoder.ts';
import { DialogueDecoder, type Dialogue } from '../exchange/dialogue.ts';
import { FifoCalls } from '../exchange/fifo-calls.ts';
import { OpenCalls, type OpenCall } from '../exchange/open-calls.ts';
import { OK, type Ending } from '../transport.ts';
import { endingOfError, notExecuted, operationOf } from './redis-answers.ts';
import { RespReader, type RespValue } from './resp.ts';

/**
 * Redis: commands and their answers, first in, first out. What subscribers are told is no answer.
 *
 * A command inside MULTI is judged by its place in the answer to EXEC. After MONITOR, and
 * after CLIENT REPLY, nobody can tell which answer is whose.
 */

/** Commands of one transaction whose own answer is told. */
const QUEUED_MAX = 1_000;

const SUBSCRIBING = /^[PS]?(?:UN)?SUBSCRIBE$/u;
const CONFIRMED = /^[ps]?(?:un)?subscribe$/u;
const MESSAGE = /^[ps]?message$/u;

export function createRedis(context: ConnectionContext): Decoder {
  return new DialogueDecoder(new RedisDialogue(context));
}

class RedisDialogue implements Dialogue {
  readonly calls: OpenCalls;
  readonly readers: Readonly<Record<Side, StreamReader>>;
  readonly #fifo: FifoCalls;
  readonly #replies: RespReader;
  /** Inside MULTI, in order. */
  #queued: OpenCall[] = [];
  #isSubscribed = false;
  /** What the server says is not answers any more. */
  #isDeaf = false;

  constructor(context: ConnectionContext) {
    this.calls = new OpenCalls('redis', context);
    this.#fifo = new FifoCalls(this.calls);
    this.#replies = new RespReader(false, {
      onValue: (value) => this.#reply(value),
      onTrouble: (atUs) => this.onLost('server', atUs),
    });
    this.readers = {
      client: new RespReader(true, {
        onValue: (value) => this.#command(value),
        onTrouble: (atUs) => this.onLost('client', atUs),
      }),
      server: this.#replies,
    };
  }

  onLost(side: Side, atUs: number): void {
    this.#endQueued(null, atUs);
    if (side === 'client') this.#fifo.loseRequests();
    else this.#fifo.loseAnswers(atUs);
  }

  /** The answer to a command with a hole may have come before the command was complete. */
  onGap(side: Side): void {
    if (side === 'client') this.#fifo.loseRequests();
  }

  #command({ words, startedAtUs }: RespValue): void {
    if (words.length === 0) return;
    const operation = operationOf(words);
    if (SUBSCRIBING.test(operation)) this.#isSubscribed = true;
    const call = this.#fifo.begin(operation, startedAtUs, this.#replies.isIdle);
    if (operation === 'CLIENT REPLY') this.#isDeaf = true;
    if (this.#isDeaf) call.isAmbiguous = true;
  }

  #reply(value: RespValue): void {
    if (this.#isDeaf) return;
    const next = this.#fifo.next;
    if (this.#isPushed(value, next)) return;
    const call = this.#fifo.take(value.startedAtUs);
    if (call === null) return;
    if (call.operation === 'MONITOR') this.#isDeaf = true;
    if (value.words[0] === 'QUEUED' && value.kind === '+') this.#queue(call, value);
    else this.#answer(call, value);
  }

  /** Told to a subscriber, and no answer to the command whose turn it is. */
  #isPushed({ kind, words }: RespValue, next: OpenCall | undefined): boolean {
    const isPush = kind === '>';
    if (!isPush && (kind !== '*' || !this.#isSubscribed)) return false;
    const [word = ''] = words;
    if (MESSAGE.test(word)) return true;
    if (CONFIRMED.test(word)) return next?.operation !== word.toUpperCase();
    return isPush;
  }

  /** Accepted is not done. */
  #queue(call: OpenCall, value: RespValue): void {
    if (this.#queued.length < QUEUED_MAX && !call.isAmbiguous) this.#queued.push(call);
    else this.#tell(call, OK, value);
  }

  #answer(call: OpenCall, value: RespValue): void {
    const [first] = value.errors;
    const ending = first === undefined ? OK : endingOfError(first.text);
    if (call.operation === 'EXEC' || call.operation === 'DISCARD')
      this.#endQueued(call.isAmbiguous ? null : value, value.atUs);
    this.#tell(call, ending, value);
  }

  /** @param outcome - The answer to EXEC or DISCARD; null when it was not seen. */
  #endQueued(outcome: RespValue | null, atUs: number): void {
    for (const [place, call] of this.#queued.splice(0).entries()) {
      if (outcome === null) call.isAmbiguous = true;
      const ending = outcome === null ? OK : endingInside(outcome, place);
      this.#fifo.answered(call, {
        ending,
        status: null,
        firstByteAtUs: outcome?.startedAtUs ?? atUs,
        atUs,
      });
    }
  }

  #tell(call: OpenCall, ending: Ending, { startedAtUs, atUs }: RespValue): void {
    this.#fifo.answered(call, { ending, status: null, firstByteAtUs: startedAtUs, atUs });
  }
}

function endingInside({ kind, isNull, errors, words }: RespValue, place: number): Ending {
  if (isNull) return notExecuted('a key it watched had changed');
  if (kind === '-' || kind === '!') return notExecuted('EXEC was refused');
  if (kind === '+')
    return notExecuted(words[0] === 'OK' ? 'it was discarded' : 'no answer to EXEC');
  const error = errors.find((each) => each.place === place);
  return error === undefined ? OK : endingOfError(error.text);
}
