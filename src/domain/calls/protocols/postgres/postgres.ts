import { elementAt } from '../../../must-have.ts';
import { redact } from '../../redact.ts';
import { uint32At } from '../byte-at.ts';
import type { ConnectionContext, DecodedCall, Decoder, Side } from '../decoder.ts';
import { opaqueFrom, since, type HandOver } from '../handing-over.ts';
import type { Question } from '../sql/question.ts';
import { Questions } from '../sql/questions.ts';
import { TlsDecoder } from '../tls/tls.ts';
import { notFollowed, OK, type Ending } from '../transport.ts';
import { PostgresBatch } from './postgres-batch.ts';
import { endingByPostgresError, postgresErrorIn } from './postgres-error.ts';
import { PostgresReader, type PostgresMessage } from './postgres-reader.ts';

/**
 * PostgreSQL of one connection, protocol 3: the sign-in is a call, and each statement.
 *
 * After a loss nothing is told until an answer ends. The next question is then told with the next answer, if
 * only one was asked meanwhile.
 */

/** Messages without an answer at one time. */
export const UNANSWERED_MAX = 10_000;
const SSL_REQUEST = 80_877_103;
export const GSS_REQUEST = 80_877_104;
export const CANCEL_REQUEST = 80_877_102;
const MALFORMED = notFollowed('postgres.malformed', 'bytes that are not PostgreSQL');
const TOO_MANY = notFollowed('postgres.limit', `more than ${UNANSWERED_MAX} messages unanswered`);
const PIPELINED = notFollowed('bytes_lost', 'bytes of a pipelined connection were lost');
/** Messages that nothing of the same question comes before. */
const BEGINNINGS = 'QPF';
const GRANTED = 0x53;
const ERROR = 0x45;

export class PostgresDecoder implements Decoder {
  readonly #context: ConnectionContext;
  readonly #handOver: HandOver;
  readonly #questions: Questions;
  readonly #batch: PostgresBatch;
  readonly #client: PostgresReader;
  readonly #server: PostgresReader;
  #signIn: Question | null = null;
  /** The answer to a wish for encryption is one byte, which is still to come. */
  #askingForTls: Question | null = null;
  #wasRefusedTls = false;
  /** After a loss: whether an answer has ended since, and then one that was seen from its question on. */
  #trust: 'full' | 'none' | 'idle' = 'full';
  /** Of what was asked since that end; null before. */
  #firstType: string | null = null;
  /** At that end: whether the next message of the client could be told from the rest of one before. */
  #wasClientRead = true;
  #hasLeft = false;

  constructor(context: ConnectionContext, handOver: HandOver) {
    this.#context = context;
    this.#handOver = handOver;
    this.#questions = new Questions(context, 'postgres');
    this.#batch = new PostgresBatch(this.#questions);
    const refuse = (side: Side) => (bytes: Uint8Array, atUs: number) =>
      this.#misread(side, bytes, atUs);
    this.#client = new PostgresReader('client', (each) => this.#ask(each), refuse('client'));
    this.#server = new PostgresReader('server', (each) => this.#answer(each), refuse('server'));
  }

  onClientBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    if (lostBytes > 0 && !this.#client.lose(lostBytes)) this.#lose(atUs);
    if (!this.#hasLeft) this.#client.push(bytes, atUs);
  }

  onServerBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    if (lostBytes > 0 && !this.#server.lose(lostBytes)) this.#lose(atUs);
    if (this.#hasLeft || bytes.length === 0) return;
    if (this.#askingForTls !== null) this.#takeTlsAnswer(this.#askingForTls, bytes, atUs);
    else this.#server.push(bytes, atUs);
  }

  onClientEnd(atUs: number): void {
    if (this.#wasRefusedTls && this.#signIn !== null) {
      this.#signIn.done = { ending: this.#withoutTls(), atUs };
    }
    this.#questions.clientEnded(atUs);
  }

  onServerEnd(atUs: number): void {
    this.#questions.serverEnded(atUs);
  }

  onReset(side: Side, atUs: number): void {
    this.#questions.reset(side, atUs);
  }

  onCaptureEnd(atUs: number): void {
    this.#questions.captureEnded(atUs);
  }

  openCalls(atUs: number): readonly DecodedCall[] {
    return this.#questions.openCalls(atUs);
  }

  #ask(message: PostgresMessage): void {
    if (message.type === '') this.#start(message);
    else {
      this.#firstType ??= message.type;
      this.#batch.ask(message);
      if (this.#batch.size > UNANSWERED_MAX) this.#leave(TOO_MANY, message.atUs);
    }
  }

  #start({ payload, startedAtUs }: PostgresMessage): void {
    const code = uint32At(payload, 0);
    if (code === CANCEL_REQUEST) return;
    this.#wasRefusedTls = false;
    this.#signIn ??= this.#questions.ask(startedAtUs);
    if (code === SSL_REQUEST || code === GSS_REQUEST) {
      this.#signIn.name = 'CONNECT';
      this.#askingForTls = this.#signIn;
      return;
    }
    this.#client.started();
    this.#signIn.name = `CONNECT ${redact(databaseIn(payload))}`;
  }

  #takeTlsAnswer(signIn: Question, bytes: Uint8Array, atUs: number): void {
    this.#askingForTls = null;
    if (bytes[0] === ERROR) {
      this.#server.push(bytes, atUs);
      return;
    }
    this.#wasRefusedTls = bytes[0] !== GRANTED;
    if (this.#wasRefusedTls) {
      this.#server.push(bytes.subarray(1), atUs);
      return;
    }
    signIn.done = { ending: OK, atUs };
    this.#questions.tellDone();
    this.#become(new TlsDecoder(since(this.#context, atUs)));
  }

  #answer(message: PostgresMessage): void {
    this.#questions.answering(message.bytes, message.startedAtUs);
    if (this.#signIn !== null) this.#answerSignIn(this.#signIn, message);
    else if (message.type === 'Z' && this.#trust !== 'full') this.#meet(message);
    else if (this.#trust !== 'none') this.#batch.answer(message);
  }

  #answerSignIn(signIn: Question, { type, payload, atUs }: PostgresMessage): void {
    if (type === 'E') {
      signIn.done = { ending: endingByPostgresError(postgresErrorIn(payload), ''), atUs };
    } else if (type === 'Z') signIn.done = { ending: OK, atUs };
    if (signIn.done === null) return;
    this.#signIn = null;
    this.#questions.tellDone();
  }

  /** The end of an answer after a loss. */
  #meet(message: PostgresMessage): void {
    const isOnlyOne = this.#batch.awaited === 1;
    if (this.#trust === 'idle' && isOnlyOne && this.#isAskedWhole) {
      this.#trust = 'full';
      this.#questions.isTrusted = true;
      this.#batch.answer(message);
      return;
    }
    this.#forget(message.atUs);
    this.#trust = 'idle';
    this.#wasClientRead = !this.#client.isSearching;
  }

  /** What is found by search may be the rest of a question; these are only ever its beginning. */
  get #isAskedWhole(): boolean {
    const type = this.#firstType;
    return type !== null && (this.#wasClientRead || BEGINNINGS.includes(type));
  }

  #forget(atUs: number): void {
    this.#questions.isTrusted = false;
    this.#questions.lose(atUs);
    this.#batch.forget();
    this.#firstType = null;
  }

  #lose(atUs: number): void {
    this.#signIn = null;
    this.#askingForTls = null;
    if (this.#batch.isPipelined) {
      this.#leave(PIPELINED, atUs);
      return;
    }
    if (this.#client.isStarting) this.#client.search();
    this.#forget(atUs);
    this.#trust = 'none';
  }

  #misread(side: Side, bytes: Uint8Array, atUs: number): void {
    if (this.#trust === 'full') {
      const opaque = this.#leave(MALFORMED, atUs);
      if (side === 'client') opaque.onClientBytes(bytes, atUs);
      else opaque.onServerBytes(bytes, atUs);
      return;
    }
    this.#lose(atUs);
    this.#client.search();
    this.#server.search();
  }

  #leave(ending: Ending, atUs: number): Decoder {
    this.#questions.failAll(ending, atUs);
    return this.#become(opaqueFrom(this.#context, atUs));
  }

  #become(next: Decoder): Decoder {
    this.#hasLeft = true;
    this.#client.stop();
    this.#server.stop();
    this.#handOver(next);
    return next;
  }

  #withoutTls(): Ending {
    const { client, server } = this.#context;
    const reason = `${client} wants TLS, which ${server} does not offer`;
    return { outcome: 'transport_error', errorType: 'tls.plain_mismatch', reason };
  }
}

/** Parameters come in pairs after the version; without a database it is named after the user. */
function databaseIn(payload: Uint8Array): string {
  const words = textOf(payload.subarray(4)).split('\0');
  const values = new Map<string, string>();
  for (let at = 0; at + 1 < words.length; at += 2)
    values.set(elementAt(words, at), elementAt(words, at + 1));
  return values.get('database') ?? values.get('user') ?? '';
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
