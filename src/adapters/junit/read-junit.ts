import { XMLParser } from 'fast-xml-parser';
import type { TestResults } from '../../application/ports/test-results.ts';
import type { TestCase } from '../../domain/calls/report.ts';
import type { Diagnostic } from '../../domain/diagnostic.ts';
import { decodeEntities } from './entities.ts';
import { placeInTime, type Timed } from './times.ts';

/**
 * JUnit XML as test frameworks write it: suites in suites, cases with failures. The file is as hostile as
 * any input: entities never expand, sizes are limited, and nothing throws.
 */

const BYTES_MAX = 8 * 1024 * 1024;
/** Beyond it passed cases are left out; failed ones never before them. */
const CASES_MAX = 5_000;
const NAME_LENGTH_MAX = 256;
const MESSAGE_LENGTH_MAX = 2_048;

const PARSER_OPTIONS = {
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  processEntities: false,
  htmlEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
  allowBooleanAttributes: true,
  isArray: (name: string) =>
    ['testsuite', 'testcase', 'failure', 'error', 'skipped'].includes(name),
} as const;

type Element = Readonly<Record<string, unknown>>;

export function createJunitReader(): TestResults {
  return { read: readJunit };
}

export function readJunit(
  junit: string,
  run: { readonly fromUs: number; readonly toUs: number },
): ReturnType<TestResults['read']> {
  if (junit.length > BYTES_MAX) return unreadable(`it is larger than ${BYTES_MAX >> 20} MiB`);
  let document: unknown;
  try {
    document = new XMLParser(PARSER_OPTIONS).parse(junit);
  } catch {
    return unreadable('it is not well-formed XML');
  }
  const root = isElement(document) ? document : {};
  const suites = [...childrenOf(root, 'testsuites'), ...childrenOf(root, 'testsuite')];
  if (suites.length === 0) return unreadable('it has neither "testsuites" nor "testsuite"');
  const found = suites.flatMap((suite) => casesOf(suite));
  const cases = withUniqueNames(placeInTime(found, run));
  return { cases: limited(cases), diagnostics: diagnosticsOf(junit, cases.length) };
}

function unreadable(why: string): ReturnType<TestResults['read']> {
  return { cases: [], diagnostics: [diagnostic(`the JUnit file cannot be read: ${why}`)] };
}

function diagnostic(message: string): Diagnostic {
  return { code: 'TEST_REPORT_UNREADABLE', severity: 'warning', message };
}

function diagnosticsOf(junit: string, count: number): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  // The parser takes a file that somebody stopped writing for a shorter one.
  if (!/(?:<\/testsuites?\s*>|\/>|-->)\s*$/u.test(junit.slice(-512))) {
    found.push(diagnostic('the JUnit file is cut: cases may be missing'));
  }
  if (count > CASES_MAX) {
    found.push(diagnostic(`the JUnit file has ${count} cases; ${CASES_MAX} were taken`));
  }
  return found;
}

interface FoundCase extends Timed {
  readonly className: string;
}

function casesOf(suite: Element, inherited: string | null = null): readonly FoundCase[] {
  const timestamp = attribute(suite, 'timestamp') ?? inherited;
  // One suite is one sequence: its cases share the object that says so.
  const sequence = { timestamp };
  return [
    ...childrenOf(suite, 'testcase').map((element) => caseOf(element, sequence)),
    ...childrenOf(suite, 'testsuite').flatMap((inner) => casesOf(inner, timestamp)),
  ];
}

function caseOf(element: Element, sequence: Timed['sequence']): FoundCase {
  const failure = [...childrenOf(element, 'failure'), ...childrenOf(element, 'error')][0];
  const skipped = childrenOf(element, 'skipped')[0];
  const told = failure ?? skipped;
  const outcome = failure === undefined ? (skipped === undefined ? 'passed' : 'skipped') : 'failed';
  return {
    testCase: {
      name: (attribute(element, 'name') ?? 'unnamed').slice(0, NAME_LENGTH_MAX),
      outcome,
      message: told === undefined ? null : messageOf(told),
      window: null,
    },
    className: (attribute(element, 'classname') ?? '').slice(0, NAME_LENGTH_MAX),
    timestamp: attribute(element, 'timestamp'),
    seconds: secondsOf(element),
    sequence,
  };
}

function messageOf(element: Element): string | null {
  const text = attribute(element, 'message') ?? textOf(element);
  const trimmed = text.trim().slice(0, MESSAGE_LENGTH_MAX);
  return trimmed === '' ? null : trimmed;
}

function textOf(element: Element): string {
  const text = element['#text'];
  return typeof text === 'string' ? decodeEntities(text) : '';
}

function secondsOf(element: Element): number | null {
  // Some frameworks write thousands separators.
  const text = attribute(element, 'time')?.replaceAll(',', '') ?? '';
  const seconds = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

function attribute(element: Element, name: string): string | null {
  const value = Object.hasOwn(element, `@${name}`) ? element[`@${name}`] : undefined;
  return typeof value === 'string' ? decodeEntities(value) : null;
}

/** An element without attributes is only its text to the parser. */
function childrenOf(element: Element, name: string): readonly Element[] {
  const value: unknown = Object.hasOwn(element, name) ? element[name] : [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((child) => (isElement(child) ? child : { '#text': child }));
}

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names are how people and marks tell cases apart: a second one of a name gets its class, then a number. */
function withUniqueNames(
  found: readonly (FoundCase & { readonly testCase: TestCase })[],
): readonly TestCase[] {
  const counts = Map.groupBy(found, ({ testCase }) => testCase.name);
  const taken = new Map<string, number>();
  return found.map(({ testCase, className }) => {
    const isOne = counts.get(testCase.name)?.length === 1;
    const base = isOne || className === '' ? testCase.name : `${className} ${testCase.name}`;
    const name = freeName(taken, base);
    return name === testCase.name ? testCase : renamed(testCase, name);
  });
}

/** Remembers how far it counted for each name, so that many of one name cost no more than others. */
function freeName(taken: Map<string, number>, base: string): string {
  let count = taken.get(base) ?? 0;
  let name = base;
  do {
    count += 1;
    name = count === 1 ? base : `${base} (${count})`;
  } while (count > 1 && taken.has(name));
  taken.set(base, count);
  if (name !== base) taken.set(name, 1);
  return name;
}

function renamed(testCase: TestCase, name: string): TestCase {
  return { ...testCase, name };
}

function limited(cases: readonly TestCase[]): readonly TestCase[] {
  if (cases.length <= CASES_MAX) return cases;
  let room = CASES_MAX - cases.filter(({ outcome }) => outcome === 'failed').length;
  return cases
    .filter(({ outcome }) => outcome === 'failed' || (room -= 1) >= 0)
    .slice(0, CASES_MAX);
}
