import type { DecodedCall } from './decoder.ts';
import {
  dnsUnreachable,
  nameDoesNotExist,
  NAME_UNKNOWN,
  noAddress,
  noAnswerSeen,
  noDnsAnswer,
  NO_ERROR,
  serverFailed,
} from './dns-endings.ts';
import {
  beginSearch,
  continueSearch,
  HeldAnswers,
  SEARCH_US_MAX,
  type DnsPath,
  type Held,
  type Question,
  type Search,
} from './dns-held.ts';
import type { DnsMessage } from './dns-message.ts';
import { DnsSilence } from './dns-silence.ts';
import { noResponseYet, OK, type Ending } from './transport.ts';

/**
 * DNS questions paired with their answers, one call each.
 *
 * A resolver that is asked for `cart` tries `cart.shop.svc.cluster.local` and so on: names of its search
 * list that do not exist are no failures while another follows, and an empty answer is none while the
 * other family has an address. So such answers are held for a moment before they are told. Recorders
 * put an answer before its question; so answers without one are kept for an even shorter moment.
 * No clock: time comes with every event. Bounded: the oldest go first.
 */

/** Questions without an answer. */
const OPEN_MAX = 16_384;
/** A resolver waits this long for an answer before it asks again or gives up. */
const ANSWER_US_MAX = 5_000_000;
/** Within which it does ask again then. */
const AGAIN_US_MAX = 1_000_000;
/** Recorders put packets of one instant in the wrong order, but not by more. */
const EARLY_US_MAX = 50_000;
const EARLY_MAX = 1_024;
/** Names that were found, to know when the other family's empty answer is no failure. */
const FOUND_MAX = 4_096;

export interface DnsHost {
  nextIndex(): number;
  emit(call: DecodedCall, path: DnsPath): void;
  /** The client asked for that name and got these. */
  onAddresses?(name: string, addresses: readonly string[]): void;
}

interface EarlyAnswer {
  readonly message: DnsMessage;
  readonly atUs: number;
}

export class DnsLookups {
  readonly #host: DnsHost;
  readonly #open = new Map<string, Question>();
  readonly #held = new HeldAnswers();
  readonly #found = new Map<string, true>();
  /** Answers whose question was not seen yet. */
  readonly #early = new Map<string, EarlyAnswer>();
  readonly #silence = new DnsSilence();
  /** By the question that goes on with it. */
  readonly #searches = new Map<string, Search>();

  constructor(host: DnsHost) {
    this.#host = host;
  }

  ask(message: DnsMessage, path: DnsPath, atUs: number): void {
    this.advance(atUs);
    const key = keyOf(message, path);
    const known = this.#open.get(key);
    if (known !== undefined) {
      known.lastAskedAtUs = atUs;
      // The longest silent stay first.
      this.#open.delete(key);
      this.#open.set(key, known);
      return;
    }
    const held = this.#held.takeEarlier(message, path);
    if (held !== null) {
      // Another name of the same search list: what was held for it was no failure.
      this.#tell(held.question, OK, held.atUs, held.rcode);
      this.#searches.set(key, continueSearch(held.search, message.name));
    }
    if (this.#open.size >= OPEN_MAX) this.#endFirst(this.#open, (open) => this.#lose(open, atUs));
    this.#open.set(key, {
      index: this.#host.nextIndex(),
      path,
      name: message.name,
      type: message.type,
      startedAtUs: atUs,
      lastAskedAtUs: atUs,
    });
    this.#silence.asked(message.name, path, atUs);
    const early = this.#early.get(key);
    this.#early.delete(key);
    if (early !== undefined && atUs - early.atUs <= EARLY_US_MAX) {
      this.answer(early.message, path, atUs);
    }
  }

  /** An answer to a question that is never seen says nothing about a call. */
  answer(message: DnsMessage, path: DnsPath, atUs: number): void {
    this.advance(atUs);
    this.#silence.answered(message.name, path, atUs);
    const key = keyOf(message, path);
    const question = this.#open.get(key);
    if (question === undefined) {
      if (this.#early.size >= EARLY_MAX) this.#endFirst(this.#early, () => undefined);
      this.#early.set(key, { message, atUs });
      return;
    }
    this.#open.delete(key);
    const search = this.#searches.get(key) ?? beginSearch(message.name);
    this.#searches.delete(key);
    if (message.addresses.length > 0) this.#find(question, message.addresses);
    if (isFruitless(message)) this.#hold({ question, rcode: message.rcode, atUs, search });
    else if (message.rcode === NO_ERROR) this.#tell(question, OK, atUs, NO_ERROR);
    else {
      this.#tell(question, serverFailed(message.rcode, message.name), atUs, message.rcode);
    }
  }

  /** Nothing listens there, or there is no way. @param message - The question, as it was quoted. */
  unreachable(message: DnsMessage, path: DnsPath, of: { code: string; atUs: number }): void {
    const key = keyOf(message, path);
    const question = this.#open.get(key);
    if (question === undefined) return;
    this.#forget(key);
    this.#tell(question, dnsUnreachable(path.server, of.code), of.atUs, null);
  }

  /** Tells what has waited long enough. */
  advance(atUs: number): void {
    this.#giveUpThoseOf(atUs - ANSWER_US_MAX - AGAIN_US_MAX);
    for (const held of this.#held.takeOlder(atUs - SEARCH_US_MAX)) this.#judge(held);
  }

  /** Nothing more will come. */
  end(atUs: number): void {
    this.#giveUpThoseOf(atUs - ANSWER_US_MAX);
    for (const held of this.#held.takeOlder(Infinity)) this.#judge(held);
    for (const question of this.#open.values()) {
      this.#host.emit(this.#openCall(question, atUs), question.path);
    }
    this.#open.clear();
  }

  openCalls(atUs: number): readonly (readonly [DecodedCall, DnsPath])[] {
    return [
      ...this.#held.all().map((held) => [this.#heldCall(held), held.question.path] as const),
      ...[...this.#open.values()].map(
        (question) => [this.#openCall(question, atUs), question.path] as const,
      ),
    ];
  }

  #hold(held: Held): void {
    for (const old of this.#held.add(held)) this.#judge(old);
  }

  #judge(held: Held): void {
    const { question, atUs, rcode } = held;
    this.#tell(question, this.#endingOf(held), atUs, rcode);
  }

  #endingOf({ question, rcode, search }: Held): Ending {
    const { name, type } = question;
    const isAddress = type === 'A' || type === 'AAAA';
    if (isAddress && this.#found.has(foundKey(question))) return OK;
    if (rcode === NAME_UNKNOWN) return nameDoesNotExist(search.stem, isAddress);
    // Of names with addresses most have none of the newer family.
    return type === 'A' ? noAddress(name) : OK;
  }

  #find(question: Question, addresses: readonly string[]): void {
    const key = foundKey(question);
    this.#found.delete(key);
    if (this.#found.size >= FOUND_MAX) this.#endFirst(this.#found, () => undefined);
    this.#found.set(key, true);
    this.#host.onAddresses?.(question.name, addresses);
  }

  #endFirst<Item>(all: Map<string, Item>, end: (item: Item) => void): void {
    for (const [key, first] of all) {
      all.delete(key);
      this.#searches.delete(key);
      end(first);
      return;
    }
  }

  #forget(key: string): void {
    this.#open.delete(key);
    this.#searches.delete(key);
  }

  /** @param untilUs - When they were asked for the last time. */
  #giveUpThoseOf(untilUs: number): void {
    for (const [key, question] of this.#open) {
      if (question.lastAskedAtUs > untilUs) return;
      this.#forget(key);
      this.#giveUp(question);
    }
  }

  #giveUp(question: Question): void {
    const endedAtUs = question.lastAskedAtUs + ANSWER_US_MAX;
    const waitedUs = endedAtUs - question.startedAtUs;
    if (this.#silence.isProvenBy(question, endedAtUs)) {
      this.#tell(question, noDnsAnswer(question.name, waitedUs), endedAtUs, null);
    } else this.#tell(question, noAnswerSeen(question.name, waitedUs), null, null);
  }

  #lose(question: Question, atUs: number): void {
    this.#host.emit({ ...this.#openCall(question, atUs), confidence: 'low' }, question.path);
  }

  #tell(question: Question, ending: Ending, endedAtUs: number | null, rcode: number | null): void {
    this.#host.emit(callOf(question, ending, endedAtUs, rcode), question.path);
  }

  #heldCall(held: Held): DecodedCall {
    return callOf(held.question, this.#endingOf(held), held.atUs, held.rcode);
  }

  #openCall(question: Question, atUs: number): DecodedCall {
    const waitedUs = Math.max(0, atUs - question.startedAtUs);
    return callOf(question, noResponseYet(question.path.server, waitedUs), null, null);
  }
}

/** "No such name", or success without any record. */
function isFruitless({ rcode, answerCount, isTruncated }: DnsMessage): boolean {
  return rcode === NAME_UNKNOWN || (rcode === NO_ERROR && answerCount === 0 && !isTruncated);
}

function callOf(
  question: Question,
  ending: Ending,
  endedAtUs: number | null,
  rcode: number | null,
): DecodedCall {
  return {
    index: question.index,
    protocol: 'dns',
    operation: `${question.type} ${question.name === '' ? '.' : question.name}`,
    startedAtUs: question.startedAtUs,
    firstByteAtUs: rcode === null ? null : endedAtUs,
    endedAtUs,
    ...ending,
    status: rcode,
    correlation: {},
    confidence: 'high',
  };
}

function keyOf({ id, name, type }: DnsMessage, { client, server }: DnsPath): string {
  return `${client} ${server} ${id} ${type} ${name}`;
}

function foundKey({ path, name }: Question): string {
  return `${path.clientHost} ${name}`;
}
