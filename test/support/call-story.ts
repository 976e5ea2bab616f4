import type { Call, Outcome } from '../../src/domain/calls/call.ts';
import type { PlanFacts } from '../../src/domain/calls/verdict/origin.ts';
import type { PlatformEvent, TestCase } from '../../src/domain/calls/report.ts';
import type { ReportInput } from '../../src/domain/calls/report/report-input.ts';
import type { ComponentType } from '../../src/domain/catalog/component.ts';

/**
 * Calls written as a story, so that a test reads like what happened:
 *
 *   test → gateway 500 POST /orders #buy [ gateway → checkout 500 [ checkout → pricing refused ] ]
 *
 * After `client → server`: an outcome (a status, or a word of WORDS, or both: the word says how it ended), and in any order a method with a
 * path, `#case` (a mark), `@10..250` (milliseconds from the start of the story, `@10..` never ended),
 * `trace=ID`, `from=client|server`, `lost` (confidence low), `"text"` (what the answer said). Calls inside brackets come from
 * the server. Without times calls follow one another, children inside their parents.
 */

/** When stories begin, in microseconds: any instant will do. */
export const STORY_AT_US = 1_760_000_000_000_000;

export function atMs(ms: number): number {
  return STORY_AT_US + ms * 1_000;
}

const WORDS: Readonly<Record<string, readonly [Outcome, string | null]>> = {
  refused: ['transport_error', 'tcp.refused'],
  reset: ['transport_error', 'tcp.reset_before_response'],
  'no-answer': ['transport_error', 'tcp.no_answer'],
  'no-port': ['transport_error', 'tcp.no_such_port'],
  'no-endpoints': ['transport_error', 'tcp.no_endpoints'],
  dns: ['transport_error', 'dns.nxdomain'],
  tls: ['transport_error', 'tls.alert'],
  timeout: ['timeout', 'tcp.client_abort'],
  cancelled: ['cancelled', 'tcp.client_abort'],
  unknown: ['unknown', 'bytes_lost'],
  open: ['unknown', 'no_response'],
  encrypted: ['ok', null],
};

interface Sentence {
  readonly client: string;
  readonly server: string;
  readonly words: readonly string[];
  readonly children: readonly Sentence[];
}

export function callsOf(story: string): readonly Call[] {
  const tokens = story.match(/"[^"]*"|[[\]]|→|[^\s[\]→]+/gu) ?? [];
  const calls: Call[] = [];
  const reader = { tokens, at: 0 };
  let cursorMs = 0;
  for (const sentence of readSentences(reader)) {
    cursorMs = tell(calls, sentence, cursorMs) + 1;
  }
  if (reader.at < tokens.length) throw new Error(`story: "${tokens[reader.at]}" was not expected`);
  return calls;
}

interface Reader {
  readonly tokens: readonly string[];
  at: number;
}

function readSentences(reader: Reader): readonly Sentence[] {
  const sentences: Sentence[] = [];
  while (reader.tokens[reader.at + 1] === '→') {
    const [client = '', , server = ''] = reader.tokens.slice(reader.at, reader.at + 3);
    reader.at += 3;
    const words: string[] = [];
    while (isWord(reader)) words.push(reader.tokens[reader.at++] ?? '');
    let children: readonly Sentence[] = [];
    if (reader.tokens[reader.at] === '[') {
      reader.at += 1;
      children = readSentences(reader);
      if (reader.tokens[reader.at++] !== ']') throw new Error(`story: "]" was expected`);
    }
    sentences.push({ client, server, words, children });
  }
  return sentences;
}

function isWord(reader: Reader): boolean {
  const token = reader.tokens[reader.at];
  return token !== undefined && !'[]→'.includes(token) && reader.tokens[reader.at + 1] !== '→';
}

/** Adds the call and those below it; returns when it ended, in milliseconds of the story. */
function tell(calls: Call[], sentence: Sentence, cursorMs: number): number {
  const { client, server, words, children } = sentence;
  const times = /^@([\d.]+?)\.\.([\d.]*)$/u.exec(words.find((word) => word.startsWith('@')) ?? '');
  const fromMs = times === null ? cursorMs : Number(times[1]);
  const id = `c${calls.length + 1}`;
  const index = calls.push(PLACEHOLDER) - 1;
  let insideMs = fromMs;
  for (const child of children) insideMs = tell(calls, child, insideMs + 1);
  const isOpen = times?.[2] === '' || words.includes('open');
  const toMs = times?.[2] ? Number(times[2]) : insideMs + (children.length > 0 ? 1 : 5);
  calls[index] = callOf({ id, client, server, words, fromMs, toMs: isOpen ? null : toMs });
  return toMs;
}

interface Telling {
  readonly id: string;
  readonly client: string;
  readonly server: string;
  readonly words: readonly string[];
  readonly fromMs: number;
  readonly toMs: number | null;
}

function callOf({ id, client, server, words, fromMs, toMs }: Telling): Call {
  const status = Number(words.find((word) => /^\d{3}$/u.test(word)) ?? 0) || null;
  const [outcome, errorType] = outcomeOf(words, status);
  const startedAtUs = atMs(fromMs);
  const endedAtUs = toMs === null ? null : atMs(toMs);
  return {
    id,
    client,
    server,
    protocol: protocolOf(words),
    operation: operationOf(words),
    startedAtUs,
    firstByteAtUs: status === null ? null : endedAtUs,
    endedAtUs,
    outcome,
    errorType,
    reason: after(words, '"')?.slice(0, -1) ?? null,
    side: sideOf(words),
    status,
    correlation: correlationOf(words),
    confidence: words.includes('lost') ? 'low' : 'high',
    connectionId: `connection-${id}`,
  };
}

function protocolOf(words: readonly string[]): string {
  if (words.includes('encrypted')) return 'tls';
  return words.includes('CONNECT') ? 'tcp' : 'http';
}

function operationOf(words: readonly string[]): string {
  const method = words.findIndex((word) => /^[A-Z]+$/u.test(word));
  return method === -1 ? 'GET /' : words.slice(method, method + 2).join(' ');
}

function sideOf(words: readonly string[]): Call['side'] {
  const side = after(words, 'from=');
  return side === 'client' || side === 'server' ? side : 'both';
}

function correlationOf(words: readonly string[]): Call['correlation'] {
  const testCase = after(words, '#');
  const traceId = after(words, 'trace=');
  return {
    ...(testCase === undefined ? {} : { testCase }),
    ...(traceId === undefined ? {} : { traceId }),
  };
}

/** The rest of the first word that begins so. */
function after(words: readonly string[], start: string): string | undefined {
  return words.find((word) => word.startsWith(start))?.slice(start.length);
}

const PLACEHOLDER = callOf({
  id: '',
  client: '',
  server: '',
  words: ['200'],
  fromMs: 0,
  toMs: 0,
});

function outcomeOf(
  words: readonly string[],
  status: number | null,
): readonly [Outcome, string | null] {
  for (const word of words) {
    const known = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    if (known !== undefined) return known;
  }
  if (status !== null) {
    if (status < 400) return ['ok', null];
    if (status === 408 || status === 504) return ['timeout', String(status)];
    return [status < 500 ? 'client_error' : 'server_error', String(status)];
  }
  throw new Error(`story: no outcome among "${words.join(' ')}"`);
}

export interface StoryOptions {
  readonly cases?: readonly TestCase[];
  readonly events?: readonly PlatformEvent[];
  readonly changed?: readonly string[];
  readonly boundary?: readonly string[];
  /** Components beyond those that the calls name: `worker: 'worker'`. */
  readonly types?: Readonly<Record<string, ComponentType>>;
  readonly dependencies?: Readonly<Record<string, readonly string[]>>;
  readonly more?: Partial<ReportInput>;
}

/** Everything that a report of the story is built from: one failed case over the whole story unless told. */
export function reportInput(story: string, options: StoryOptions = {}): ReportInput {
  const calls = options.more?.calls ?? callsOf(story);
  const ends = calls.map((call) => call.endedAtUs ?? call.startedAtUs);
  const last = ends.reduce((a, b) => Math.max(a, b), STORY_AT_US);
  return {
    plan: planFacts(calls, options),
    run: {
      id: 'run-1',
      suite: 'e2e',
      startedAt: '2025-10-09T08:53:20.000Z',
      finishedAt: '2025-10-09T08:53:21.000Z',
      window: { fromUs: STORY_AT_US, toUs: last + 1_000 },
      baselineRevisions: {},
      baselineMoved: false,
      droppedCalls: 0,
      wiring: [],
      notes: [],
    },
    cases: options.cases ?? [failedCase('buys a mug', 0, (last - STORY_AT_US) / 1_000 + 1)],
    calls,
    platformEvents: options.events ?? [],
    ...options.more,
  };
}

function planFacts(calls: readonly Call[], options: StoryOptions): PlanFacts {
  const { changed = [], boundary = [] } = options;
  const types = new Map(Object.entries(options.types ?? {}));
  const dependencies = new Map(Object.entries(options.dependencies ?? {}));
  const seen = calls.flatMap(({ client, server }) => [client, server]);
  const names = [...new Set([...seen, ...types.keys(), ...boundary, ...changed])].filter(
    (name) => name !== 'test' && name !== 'outside' && !/[/:]/u.test(name),
  );
  const isInside = (name: string): boolean =>
    !boundary.includes(name) && types.get(name) !== 'external';
  return {
    environment: 'feat-coupon',
    branch: 'feat/coupon',
    components: names
      .filter(isInside)
      .toSorted()
      .map((name) => ({
        name,
        role: changed.includes(name) ? ('changed' as const) : ('path' as const),
        revision: { sha: `sha-of-${name}` },
      })),
    boundary: names
      .filter((name) => !isInside(name))
      .toSorted()
      .map((name) => ({ name })),
    definitions: Object.fromEntries(
      names.map((name) => [
        name,
        {
          type: types.get(name) ?? 'service',
          dependencies: (dependencies.get(name) ?? []).map((dependency) => ({ name: dependency })),
        },
      ]),
    ),
  };
}

export function failedCase(name: string, fromMs?: number, toMs?: number): TestCase {
  return { name, outcome: 'failed', message: 'expected 200', window: windowOf(fromMs, toMs) };
}

export function passedCase(name: string, fromMs?: number, toMs?: number): TestCase {
  return { name, outcome: 'passed', message: null, window: windowOf(fromMs, toMs) };
}

function windowOf(fromMs: number | undefined, toMs: number | undefined): TestCase['window'] {
  if (fromMs === undefined || toMs === undefined) return null;
  return { fromUs: atMs(fromMs), toUs: atMs(toMs) };
}

export function event(component: string, ms: number, code: string, message = code): PlatformEvent {
  return { component, atUs: atMs(ms), code, message };
}
