/** Commands and answers of Memcached's protocol of lines, the meta commands among them. */

export interface TextCommand {
  readonly operation: string;
  /** Bytes of the value behind the line; null when there is none. */
  readonly valueBytes: number | null;
  /** Nobody answers it. */
  readonly isUnanswered: boolean;
  /** Answered only when it has something to say. */
  readonly isQuiet: boolean;
}

const STORING = /^(?:set|add|replace|append|prepend|cas)$/u;
const META = /^m[gsdane]$/u;
const META_WITH_VALUE = 'ms';
const KNOWN = new Set(
  (
    'get gets gat gats delete incr decr touch stats flush_all version verbosity cache_memlimit slabs lru ' +
    'lru_crawler watch shutdown quit refresh_certs mn'
  ).split(' '),
);
const COUNT = /^\d{1,10}$/u;
const PRINTABLE = /^[\u0020-\u007e\u0080-\u00ff]*$/u;

/** Null for a line that is no text at all. */
export function parseCommand(line: string): TextCommand | null {
  if (!PRINTABLE.test(line)) return null;
  const words = line.trim().split(/ +/u, 64);
  const [name = ''] = words;
  const isMeta = META.test(name);
  const isKnown = isMeta || STORING.test(name) || KNOWN.has(name);
  return {
    operation: isKnown ? name : 'unknown',
    valueBytes: valueBytesIn(words),
    isUnanswered: name === 'quit' || (!isMeta && words.length > 1 && words.at(-1) === 'noreply'),
    isQuiet: isMeta && words.slice(2).includes('q'),
  };
}

function valueBytesIn(words: readonly string[]): number | null {
  const [name = '', , second = '', , fourth = ''] = words;
  if (STORING.test(name)) return countOf(fourth);
  return name === META_WITH_VALUE ? countOf(second) : null;
}

function countOf(word: string): number | null {
  return COUNT.test(word) ? Number(word) : null;
}

/** After a loss, and where nothing else is known: a line that only a client of Memcached writes. */
export function isSureCommand(line: string): boolean {
  return SURE_COMMAND.test(line);
}

const SURE_COMMAND =
  /^(?:(?:set|add|replace|append|prepend) \S{1,250} \d{1,10} -?\d{1,10} \d{1,10}(?: noreply)?|cas \S{1,250} \d{1,10} -?\d{1,10} \d{1,10} \d{1,20}(?: noreply)?|gets? \S{1,250}(?: \S{1,250})*|gats? -?\d{1,10} \S{1,250}(?: \S{1,250})*|delete \S{1,250}(?: noreply)?|(?:incr|decr) \S{1,250} \d{1,20}(?: noreply)?|touch \S{1,250} -?\d{1,10}(?: noreply)?|m[gda] \S{1,250}(?: \S{1,250})*|ms \S{1,250} \d{1,10}(?: \S{1,250})*)$/u;

/** `more`: the answer goes on; `value`: it goes on with a value. */
export type TextAnswer =
  | { readonly kind: 'done' | 'more' | 'noop' | 'failed' }
  | { readonly kind: 'value'; readonly bytes: number; readonly isLast: boolean };

const FAILED = /^(?:ERROR|CLIENT_ERROR|SERVER_ERROR)(?: |$)/u;
const VALUE = /^VALUE \S{1,250} \d{1,10} (\d{1,10})(?: \d{1,20})?$/u;
const META_VALUE = /^VA (\d{1,10})(?: |$)/u;
const DONE =
  /^(?:STORED|NOT_STORED|EXISTS|NOT_FOUND|DELETED|TOUCHED|OK|RESET|END|EN|BUSY.*|BADCLASS.*|NOSPARE.*|NOTFULL.*|UNSAFE.*|SAME.*|\d{1,20} *|VERSION .*|(?:HD|NS|EX|NF|ME)(?: .*)?)$/u;
/** Lines of those that tell much, before their end. */
const LONG_ANSWERS = new Set(['stats', 'lru_crawler']);

/** @returns Null when the line is no answer. */
export function parseAnswer(line: string, operation: string): TextAnswer | null {
  if (FAILED.test(line)) return { kind: 'failed' };
  if (line === 'MN') return { kind: 'noop' };
  const value = VALUE.exec(line)?.[1];
  if (value !== undefined) return { kind: 'value', bytes: Number(value), isLast: false };
  const metaValue = META_VALUE.exec(line)?.[1];
  if (metaValue !== undefined) return { kind: 'value', bytes: Number(metaValue), isLast: true };
  if (DONE.test(line)) return { kind: 'done' };
  return LONG_ANSWERS.has(operation) && PRINTABLE.test(line) ? { kind: 'more' } : null;
}

/** After a loss: a line with which an answer begins. */
export function isSureAnswer(line: string): boolean {
  const answer = parseAnswer(line, '');
  return answer !== null && line !== 'END';
}
