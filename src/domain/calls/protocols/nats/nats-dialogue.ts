import { BAD_LINE, LineReader, NO_BLOCK } from '../bytes/lines.ts';
import type { ConnectionContext, Side } from '../decoder.ts';
import type { Dialogue } from '../exchange/dialogue.ts';
import { FifoCalls } from '../exchange/fifo-calls.ts';
import { OpenCalls, type OpenCall } from '../exchange/open-calls.ts';
import { SentMessages } from '../exchange/sent-messages.ts';
import { bytesLost, OK, type Ending } from '../transport.ts';
import { endingOfError, isAboutSignIn } from './nats-endings.ts';
import { answerOf } from './nats-answers.ts';
import {
  isInbox,
  parseClientLine,
  parseServerLine,
  shownSubject,
  type NatsLine,
  type NatsMessage,
} from './nats-lines.ts';
import { Requests } from './requests.ts';

/**
 * NATS: a message with a subject for the reply is a request, answered by the first message to that subject;
 * one without is done when it was sent, unless the server says something. PING is answered by PONG.
 */

const TEXT = new TextDecoder();
const ALONE = 'unknown';
const NO_MESSAGE: NatsMessage = {
  kind: 'message',
  subject: '',
  replyTo: '',
  hasHeaders: false,
  bytes: 0,
};

export class NatsDialogue implements Dialogue {
  readonly calls: OpenCalls;
  readonly readers: Readonly<Record<Side, LineReader>>;
  readonly #pings: FifoCalls;
  readonly #requests: Requests;
  readonly #sent: SentMessages;
  #connect: OpenCall | null = null;
  #isVerbose = false;
  #hasLost = false;
  /** What an error is about that does not say so; null when that is not known. */
  #last: OpenCall | null = null;
  /** The message whose content comes. */
  #incoming = NO_MESSAGE;

  constructor(context: ConnectionContext) {
    this.calls = new OpenCalls('nats', context);
    this.#pings = new FifoCalls(this.calls);
    this.#requests = new Requests(this.calls);
    this.#sent = new SentMessages(this.calls);
    this.readers = {
      client: new LineReader({
        onLine: (line, atUs) => this.#take(parseClientLine(TEXT.decode(line)), 'client', atUs),
        onBlock: () => undefined,
        canBegin: (bytes) => isSure('client', bytes),
        onTrouble: (atUs) => this.onLost('client', atUs),
      }),
      server: new LineReader({
        onLine: (line, atUs) => this.#take(parseServerLine(TEXT.decode(line)), 'server', atUs),
        onBlock: (start, atUs) => this.#messageCame(start, atUs),
        canBegin: (bytes) => isSure('server', bytes),
        onTrouble: (atUs) => this.onLost('server', atUs),
      }),
    };
  }

  onLost(side: Side, atUs: number): void {
    this.#hasLost = true;
    this.#last = null;
    this.calls.lose();
    if (this.#connect !== null) this.calls.end(this.#connect, bytesLost(), atUs);
    this.#connect = null;
    if (side === 'client') {
      this.#pings.loseRequests();
      return;
    }
    this.#pings.loseAnswers(atUs);
    this.#requests.loseAnswers();
    this.#sent.lose(atUs);
  }

  /** Nothing more will be said of what was sent. */
  settle(): void {
    this.#sent.giveUp();
  }

  #take(line: NatsLine | null, side: Side, atUs: number): number {
    if (line === null) return BAD_LINE;
    if (side === 'client') this.#ask(line, atUs);
    else this.#hear(line, atUs);
    return line.kind === 'message' ? line.bytes : NO_BLOCK;
  }

  #ask(line: NatsLine, atUs: number): void {
    if (line.kind === 'message') this.#send(line, atUs);
    else if (line.kind === 'ping') {
      this.#pings.begin('PING', atUs, this.readers.server.isIdle);
    } else if (line.kind === 'connect') {
      this.#isVerbose = line.isVerbose;
      this.#connect = this.calls.begin('CONNECT', atUs);
    } else if (line.kind !== 'pong') this.#sendUntold();
  }

  /** What is no call of its own. */
  #sendUntold(): void {
    this.#last = null;
    if (this.#isVerbose) this.#sent.acknowledgeNext(null);
  }

  #send({ subject, replyTo }: NatsMessage, atUs: number): void {
    const shown = shownSubject(subject);
    if (replyTo !== '') {
      this.#last = this.#requests.begin({ operation: `request ${shown}`, subject, replyTo }, atUs);
      if (this.#isVerbose) this.#sent.acknowledgeNext(null);
    } else if (isInbox(subject) || this.#requests.isOwed(subject)) {
      this.#sendUntold();
    } else {
      const willBeTold = this.#isVerbose && !this.#hasLost;
      this.#last = this.#sent.add(`publish ${shown}`, subject, atUs, willBeTold);
    }
  }

  #hear(line: NatsLine, atUs: number): void {
    if (line.kind === 'error') this.#failed(line.text, atUs);
    else if (line.kind === 'ok') {
      if (!this.#connected(atUs)) this.#sent.acknowledged(atUs);
    } else if (line.kind === 'pong') {
      this.#connected(atUs);
      this.#ponged(atUs);
    } else if (line.kind === 'message') {
      this.#connected(atUs);
      this.#incoming = line;
    }
  }

  /** Whether this was the first word of the server after the client said who it is. */
  #connected(atUs: number): boolean {
    const call = this.#connect;
    if (call === null) return false;
    this.#connect = null;
    this.#tell(call, OK, null, atUs);
    return true;
  }

  /** All that was sent before the PING has been taken. */
  #ponged(atUs: number): void {
    const call = this.#pings.take(atUs);
    if (call === null) return;
    if (!call.isAmbiguous) this.#sent.settle(call.index);
    this.#pings.answered(call, { ending: OK, status: null, firstByteAtUs: atUs, atUs });
  }

  #messageCame(start: Uint8Array, atUs: number): void {
    const message = this.#incoming;
    const asked = this.#requests.take(message.subject);
    if (asked === null) {
      if (message.replyTo !== '') this.#requests.owe(message.replyTo);
      return;
    }
    const { ending, status } = answerOf(message, asked.subject, start);
    asked.call.isAmbiguous = false;
    this.#tell(asked.call, ending, status, atUs);
  }

  /** It may name the subject; else it is about signing in, or what the client said last, if that was seen. */
  #failed(text: string, atUs: number): void {
    const ending = endingOfError(text);
    const call = this.#failedBy(text, atUs);
    this.#connected(atUs);
    this.#last = null;
    this.#tell(call, ending, null, atUs);
  }

  #failedBy(text: string, atUs: number): OpenCall {
    if (isAboutSignIn(text)) {
      const signIn = this.#connect ?? this.calls.begin('CONNECT', atUs);
      this.#connect = null;
      return signIn;
    }
    const subject = /"([^"]{1,1000})"/u.exec(text)?.[1];
    const found =
      subject === undefined
        ? this.#last
        : (this.#sent.take(subject) ?? this.#requests.takeAbout(subject));
    return found !== null && this.calls.has(found) ? found : this.calls.begin(ALONE, atUs);
  }

  #tell(call: OpenCall, ending: Ending, status: number | null, atUs: number): void {
    this.#sent.drop(call);
    this.calls.answered(call, { ending, status, firstByteAtUs: atUs, atUs });
  }
}

/** After a loss. */
function isSure(side: Side, bytes: Uint8Array): boolean {
  const text = TEXT.decode(bytes.subarray(0, 1_024));
  const end = text.indexOf('\r\n');
  if (end < 0) return false;
  const line = text.slice(0, end);
  const parsed = side === 'client' ? parseClientLine(line) : parseServerLine(line);
  return parsed !== null && !isCutHead(parsed);
}

/** With headers a message has two sizes: without its first letter one of them seems to be a subject. */
function isCutHead(line: NatsLine): boolean {
  return line.kind === 'message' && /^\d+$/u.test(line.replyTo);
}
