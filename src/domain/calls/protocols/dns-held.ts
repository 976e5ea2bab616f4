import { mustHave } from '../../must-have.ts';
import type { DnsMessage } from './dns-message.ts';

/** Between whom a question goes. */
export interface DnsPath {
  /** Address and port. */
  readonly client: string;
  readonly server: string;
  /** The address alone: every question of a resolver may come from another port. */
  readonly clientHost: string;
}

export interface Question {
  readonly index: number;
  readonly path: DnsPath;
  readonly name: string;
  readonly type: string;
  readonly startedAtUs: number;
  lastAskedAtUs: number;
}

/** Answered with nothing: whether that is a failure depends on what comes next. */
export interface Held {
  readonly question: Question;
  readonly rcode: number;
  readonly atUs: number;
  readonly search: Search;
}

/** One lookup of a resolver, that goes through a search list. */
export interface Search {
  /** What all its names begin with. */
  readonly stem: string;
  /** None of them is asked for twice: that is another lookup. */
  readonly names: readonly string[];
}

/** The next name of a search list is asked for at once. */
export const SEARCH_US_MAX = 1_000_000;
const HELD_MAX = 16_384;
/** Of one client and kind that begin with one label. */
const ALIKE_MAX = 16;
/** Of one search list that are remembered. */
const NAMES_MAX = 32;

/** Answers with nothing, oldest first, found again by what could be the next name of their search list. */
export class HeldAnswers {
  readonly #all = new Set<Held>();
  readonly #alike = new Map<string, Held[]>();

  all(): readonly Held[] {
    return [...this.#all];
  }

  /** Returns those for which there is no room any more. */
  add(held: Held): readonly Held[] {
    const { question } = held;
    const key = keyOf(question.path, question);
    const alike = this.#alike.get(key) ?? [];
    this.#alike.set(key, alike);
    alike.push(held);
    this.#all.add(held);
    const crowded = alike.length > ALIKE_MAX ? alike.slice(0, 1) : [];
    const oldest = this.#all.size > HELD_MAX ? [...this.#all].slice(0, 1) : [];
    const gone = [...new Set([...crowded, ...oldest])];
    for (const each of gone) this.#remove(each);
    return gone;
  }

  /** The answer about an earlier name of the search list of which this question asks for another. */
  takeEarlier(message: DnsMessage, path: DnsPath): Held | null {
    const alike = this.#alike.get(keyOf(path, message));
    const found = alike?.find(({ search }) => !search.names.includes(message.name));
    if (found === undefined) return null;
    this.#remove(found);
    return found;
  }

  takeOlder(thanUs: number): readonly Held[] {
    const older: Held[] = [];
    for (const held of this.#all) {
      if (held.atUs > thanUs) break;
      older.push(held);
    }
    for (const held of older) this.#remove(held);
    return older;
  }

  #remove(held: Held): void {
    this.#all.delete(held);
    const key = keyOf(held.question.path, held.question);
    const rest = mustHave(this.#alike, key).filter((other) => other !== held);
    if (rest.length === 0) this.#alike.delete(key);
    else this.#alike.set(key, rest);
  }
}

function keyOf(
  { clientHost }: DnsPath,
  { name, type }: { readonly name: string; readonly type: string },
): string {
  return `${clientHost} ${type} ${name.split('.', 1).join('')}`;
}

export function beginSearch(name: string): Search {
  return { stem: name, names: [name] };
}

export function continueSearch({ stem, names }: Search, name: string): Search {
  return { stem: commonStem(stem, name), names: [...names.slice(-NAMES_MAX), name] };
}

/** What two names begin with, label by label. */
function commonStem(a: string, b: string): string {
  const labels = a.split('.');
  const others = b.split('.');
  const differs = labels.findIndex((label, place) => label !== others[place]);
  return differs === -1 ? a : labels.slice(0, differs).join('.');
}
