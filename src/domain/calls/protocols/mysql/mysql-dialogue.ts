import { redact } from '../../redact.ts';
import { byteAt } from '../byte-at.ts';
import type { StreamReader } from '../bytes/reader.ts';
import type { ConnectionContext, Side } from '../decoder.ts';
import type { Dialogue } from '../exchange/dialogue.ts';
import { FifoCalls } from '../exchange/fifo-calls.ts';
import { OpenCalls, type OpenCall } from '../exchange/open-calls.ts';
import { OK, type Ending } from '../transport.ts';
import { AnswerReader, type Judged } from './mysql-answers.ts';
import { isCommand } from './mysql-commands.ts';
import { CAN, greetingIn, signInOf } from './mysql-handshake.ts';
import { HEAD_BYTES, lengthAt, PacketReader, type Packet } from './mysql-packets.ts';
import { beginsAnswer, ERROR, maybeLast } from './packet-kinds.ts';
import { asked, shown, Statements, type Asked } from './statements.ts';
import { UntilReader } from './until-reader.ts';

/** MySQL and MariaDB: the sign-in and each command, answered first in, first out. */

/** A text of SQL; more of it is not read. */
const COMMAND_BYTES_KEPT = 4_096;
/** An error with its text, which has at most 512 bytes. */
const ANSWER_BYTES_KEPT = 1_024;

/** What the rest of a connection is, when nobody here can read it. */
export type Hidden = 'encrypted' | 'compressed';

/** `greeted`: it is the client's turn to say who it is. */
type Phase = 'new' | 'greeted' | 'signing in' | 'commands';

export class MysqlDialogue implements Dialogue {
  readonly calls: OpenCalls;
  readonly readers: Readonly<Record<Side, UntilReader>>;
  readonly #context: ConnectionContext;
  readonly #onHidden: (why: Hidden, atUs: number) => void;
  readonly #fifo: FifoCalls;
  readonly #answer = new AnswerReader();
  readonly #asked = new WeakMap<OpenCall, Asked>();
  readonly #statements = new Statements();
  readonly #packets: Readonly<Record<Side, PacketReader>>;
  #phase: Phase = 'new';
  /** Bits of `CAN`: what the server offers, and what both sides said that they know. */
  #offered = ~0;
  #capabilities = 0;
  #lastAsked: Asked | null = null;
  #answerStartedAtUs = 0;
  #answerBytes = 0;
  /** Of the last packet of the server. */
  #number = 0;
  /** For those answers whose requests are not known for certain. */
  #seemsIdle = true;

  /** @param onHidden - Told after the last packet that can be read. */
  constructor(context: ConnectionContext, onHidden: (why: Hidden, atUs: number) => void) {
    this.#context = context;
    this.#onHidden = onHidden;
    this.calls = new OpenCalls('mysql', context);
    this.#fifo = new FifoCalls(this.calls);
    this.#packets = {
      client: new PacketReader({
        keptMax: COMMAND_BYTES_KEPT,
        canBegin: canBeginCommand,
        onPacket: (packet) => this.#ask(packet),
        onTrouble: () => this.#fifo.loseRequests(),
      }),
      server: new PacketReader({
        keptMax: ANSWER_BYTES_KEPT,
        canBegin: canBeginAnswer,
        onPacket: (packet) => this.#hear(packet),
        onTrouble: (atUs) => this.#loseAnswers(atUs),
      }),
    };
    const isSettled = (): boolean => this.#phase === 'commands';
    this.readers = {
      client: new UntilReader(this.#packets.client, isSettled),
      server: new UntilReader(this.#serverReader(), isSettled),
    };
  }

  /** The server has greeted, and waits for the client to say who it is. */
  get isGreeted(): boolean {
    return this.#phase === 'greeted';
  }

  get offersTls(): boolean {
    return (this.#offered & CAN.tls) !== 0;
  }

  /** Nobody signed in. */
  endGreeting(ending: Ending, atUs: number): void {
    this.#phase = 'commands';
    this.calls.end(this.#beginSignIn('CONNECT'), ending, atUs);
  }

  onLost(side: Side, atUs: number): void {
    if (this.#phase === 'new') this.#packets[side === 'client' ? 'server' : 'client'].search();
    if (this.#phase !== 'signing in' || side === 'server') this.#phase = 'commands';
    if (side === 'client') this.#fifo.loseRequests();
    else this.#loseAnswers(atUs);
  }

  /** The answer to a command with a hole may have come before the command was complete. */
  onGap(side: Side): void {
    if (side === 'client') this.#fifo.loseRequests();
  }

  /** Between two packets of one answer it is not complete either. */
  #serverReader(): StreamReader {
    const packets = this.#packets.server;
    const bytesOfAnswer = (): number => (this.#answer.isIdle ? 0 : this.#answerBytes);
    return {
      get partial() {
        const bytes = bytesOfAnswer();
        return bytes > 0 ? { got: bytes, whole: null } : packets.partial;
      },
      push: (bytes, atUs) => packets.push(bytes, atUs),
      lose: (count, atUs) => packets.lose(count, atUs),
    };
  }

  #ask(packet: Packet): void {
    if (packet.isContinuation) {
      if (this.#lastAsked !== null) this.#lastAsked.packets += 1;
    } else if (this.#answer.isFileWanted) {
      if (packet.length === 0) this.#answer.fileSent();
    } else if (packet.number !== 0) {
      if (this.#phase === 'new' || this.#phase === 'greeted') this.#signIn(packet);
    } else if (packet.bytes.length > 0) this.#command(packet);
  }

  #signIn({ bytes, length, atUs }: Packet): void {
    const { capabilities, isTlsWish, database } = signInOf(bytes, length);
    this.#capabilities = this.#offered & capabilities;
    this.#answer.hasEofs = (this.#capabilities & CAN.noEof) === 0;
    const call = this.#beginSignIn(database === '' ? 'CONNECT' : `CONNECT ${redact(database)}`);
    if (!isTlsWish) return;
    this.calls.end(call, ENCRYPTED, atUs);
    this.#hide('encrypted', atUs);
  }

  #beginSignIn(operation: string): OpenCall {
    this.#phase = 'signing in';
    return this.#begin(asked(operation, 'sign-in'), this.#context.startedAtUs);
  }

  #command({ bytes, startedAtUs }: Packet): void {
    if (this.#phase === 'new' || this.#phase === 'greeted') this.onLost('client', startedAtUs);
    const knowsAttributes = (this.#capabilities & CAN.queryAttributes) !== 0;
    this.#lastAsked = this.#statements.ask(bytes, knowsAttributes);
    if (this.#lastAsked !== null) this.#begin(this.#lastAsked, startedAtUs);
  }

  #begin(what: Asked, startedAtUs: number): OpenCall {
    if (this.calls.isFull) this.#answer.reset();
    const isIdle = this.#answer.isIdle && this.#seemsIdle && this.#packets.server.partial === null;
    const call = this.#fifo.begin(what.operation, startedAtUs, isIdle);
    this.#asked.set(call, what);
    return call;
  }

  #hear(packet: Packet): void {
    if (packet.isContinuation) this.#count(packet);
    else if (this.#phase === 'new') this.#greet(packet);
    else {
      if (this.#phase === 'greeted') this.#answerToNobody(packet);
      this.#pair(packet);
    }
  }

  /** It does not wait for the sign-in any more, or that was not seen. */
  #answerToNobody({ bytes, startedAtUs }: Packet): void {
    if (bytes[0] === ERROR) this.#beginSignIn('CONNECT');
    else this.onLost('client', startedAtUs);
  }

  /** The first packet of a server: it greets, or refuses, as when it has too many connections. */
  #greet(packet: Packet): void {
    const offered = greetingIn(packet.bytes);
    if (offered !== null) {
      this.#offered = offered;
      this.#phase = 'greeted';
    } else if (packet.bytes[0] === ERROR) {
      this.#beginSignIn('CONNECT');
      this.#pair(packet);
    } else this.#misread(packet.atUs);
  }

  #pair(packet: Packet): void {
    const { next } = this.#fifo;
    const what = next === undefined ? undefined : this.#asked.get(next);
    if (next === undefined || what === undefined || next.isAmbiguous) this.#pass(packet);
    else if (this.#isInOrder(packet, what)) this.#read(packet, next, what);
    else if (!this.#answer.isIdle || !isLeftOver(packet)) this.#misread(packet.atUs);
  }

  #isInOrder({ number, bytes }: Packet, { kind, packets }: Asked): boolean {
    if (kind === 'sign-in' || this.#answer.isAfterFile) return true;
    if (!this.#answer.isIdle) return number === ((this.#number + 1) & 0xff);
    return number === (packets & 0xff) || bytes[0] === ERROR;
  }

  #read(packet: Packet, call: OpenCall, what: Asked): void {
    if (this.#answer.isIdle) {
      this.#answer.begin(what.kind);
      this.#answerStartedAtUs = packet.startedAtUs;
      this.#answerBytes = 0;
    }
    this.#count(packet);
    const progress = this.#answer.read(packet, () => shown(what.sql));
    if (progress === 'lost') this.#misread(packet.atUs);
    else if (progress !== 'more') this.#done(call, what, progress, packet.atUs);
  }

  #done(call: OpenCall, what: Asked, judged: Judged, atUs: number): void {
    const id = this.#answer.statementId;
    if (id !== null) this.#statements.remember(id, what);
    this.#seemsIdle = true;
    this.#fifo.take(this.#answerStartedAtUs);
    this.#fifo.answered(call, { ...judged, firstByteAtUs: this.#answerStartedAtUs, atUs });
    if (this.#phase !== 'signing in') return;
    this.#phase = 'commands';
    const isCompressed = (this.#capabilities & (CAN.compress | CAN.compressZstd)) !== 0;
    if (isCompressed && judged.status === null) this.#hide('compressed', atUs);
  }

  /** An answer whose request is not known for certain: one is counted, what it says is not read. */
  #pass(packet: Packet): void {
    this.#count(packet);
    this.#seemsIdle = maybeLast(packet);
    if (packet.number !== 1) return;
    const call = this.#fifo.take(packet.startedAtUs);
    if (call === null) return;
    const { startedAtUs, atUs } = packet;
    this.#fifo.answered(call, { ending: OK, status: null, firstByteAtUs: startedAtUs, atUs });
  }

  #count({ number, length }: Packet): void {
    this.#number = number;
    this.#answerBytes += HEAD_BYTES + length;
  }

  #misread(atUs: number): void {
    this.#packets.server.search();
    this.onLost('server', atUs);
  }

  #loseAnswers(atUs: number): void {
    this.#answer.reset();
    this.#fifo.loseAnswers(atUs);
    this.#seemsIdle = true;
  }

  #hide(why: Hidden, atUs: number): void {
    this.#phase = 'commands';
    this.#onHidden(why, atUs);
  }
}

const ENCRYPTED: Ending = {
  outcome: 'unknown',
  errorType: 'mysql.encrypted',
  reason: 'whether it could sign in was not seen: the connection is encrypted from here on',
};

/** The end of definitions, when nobody knew that there would be one. */
function isLeftOver({ number, bytes, length }: Packet): boolean {
  return number > 1 && bytes[0] === 0xfe && length === 5;
}

function canBeginCommand(bytes: Uint8Array): boolean {
  if (bytes.length <= HEAD_BYTES || byteAt(bytes, 3) !== 0) return false;
  const length = lengthAt(bytes, 0);
  const isWhole = bytes.length >= HEAD_BYTES + length || bytes.length > 64;
  return isWhole && length > 0 && isCommand(bytes.subarray(HEAD_BYTES), length);
}

function canBeginAnswer(bytes: Uint8Array): boolean {
  if (bytes.length <= HEAD_BYTES || byteAt(bytes, 3) !== 1) return false;
  return beginsAnswer(bytes.subarray(HEAD_BYTES), lengthAt(bytes, 0));
}
