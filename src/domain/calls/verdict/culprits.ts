import { compareText } from '../../diagnostic.ts';
import { latencyOf, type Cause, type Explanation } from './explain.ts';
import type { Standing } from './origin.ts';
import type { Culprit, Origin, Report, TestCase } from '../report.ts';

/** Causes of failed cases as a ranked list; what might be it as well follows them. */

/** What a run of the same suite against the baseline gave. */
export type BaselineResult = Pick<Report, 'cases' | 'culprits'>;

/** Nobody reads further; a report stays small. */
const CULPRITS_MAX = 50;

interface Entry {
  readonly culprit: Culprit;
  readonly atUs: number;
}

export function culpritsOf(
  explanations: readonly Explanation[],
  standing: Standing,
  comparison: Comparison,
): readonly Culprit[] {
  const causes = new Map<string, Entry>();
  for (const { scope, cause } of explanations) {
    if (cause === null) continue;
    for (const name of scope.cases) {
      addTo(causes, entryOf(cause, comparison.originOf(name, cause, standing), [name]));
    }
  }
  const found = [...causes.values()].toSorted(compareEntries).map(({ culprit }) => culprit);
  const known = new Set(found.map(({ component }) => component));
  for (const cause of explanations.flatMap(({ also }) => also)) {
    const { component, event } = cause.fault;
    if (known.has(component)) continue;
    known.add(component);
    found.push(entryOf(cause, standing.originOf(component, event), []).culprit);
  }
  return found.slice(0, CULPRITS_MAX);
}

function entryOf(cause: Cause, origin: Origin, cases: readonly string[]): Entry {
  const { component, edge, code, reason } = cause.fault;
  const { chain, confidence } = cause;
  return {
    culprit: {
      component,
      origin,
      edge,
      code,
      reason,
      latencyMs: latencyOf(cause),
      confidence,
      cases,
      evidence: chain.map(({ id }) => id),
      log: [],
    },
    atUs: cause.atUs,
  };
}

/** One culprit explains several cases; the surest account of it stays. */
function addTo(entries: Map<string, Entry>, entry: Entry): void {
  const { component, edge, code, origin } = entry.culprit;
  const key = [component, edge?.from, edge?.to, code, origin].join('\0');
  const known = entries.get(key);
  if (known === undefined) {
    entries.set(key, entry);
    return;
  }
  const best = compareSureness(known, entry) <= 0 ? known : entry;
  const cases = [...known.culprit.cases, ...entry.culprit.cases];
  entries.set(key, { ...best, culprit: { ...best.culprit, cases } });
}

function compareSureness(a: Entry, b: Entry): number {
  return rank(a.culprit.confidence) - rank(b.culprit.confidence) || a.atUs - b.atUs;
}

function rank(confidence: 'high' | 'low'): number {
  return confidence === 'high' ? 0 : 1;
}

function compareEntries(a: Entry, b: Entry): number {
  return (
    rank(a.culprit.confidence) - rank(b.culprit.confidence) ||
    b.culprit.cases.length - a.culprit.cases.length ||
    a.atUs - b.atUs ||
    compareText(a.culprit.component, b.culprit.component) ||
    compareText(a.culprit.code, b.culprit.code)
  );
}

export interface Comparison {
  originOf(caseName: string, cause: Cause, standing: Standing): Origin;
  /** Cases that fail on the baseline too, but by something else. */
  readonly differing: readonly string[];
}

/**
 * The same case failing on the baseline in the same way makes it the baseline's failure. A case that is
 * new with the branch fails there as well, but otherwise: its feature is missing. That proves nothing.
 */
export function compareWithBaseline(
  cases: readonly TestCase[],
  explanations: readonly Explanation[],
  baseline: BaselineResult | null,
): Comparison {
  const failedThere = new Map(
    (baseline?.cases ?? [])
      .filter(({ outcome }) => outcome === 'failed')
      .map((testCase) => [testCase.name, testCase]),
  );
  const causesThere = new Map(
    (baseline?.culprits ?? []).flatMap((culprit) => culprit.cases.map((name) => [name, culprit])),
  );
  const messages = new Map(cases.map(({ name, message }) => [name, message]));
  const isSame = (name: string, cause: Cause): boolean => {
    const there = failedThere.get(name);
    if (there === undefined) return false;
    const known = causesThere.get(name);
    if (known === undefined) return isOneMessage([there.message, messages.get(name)]);
    return known.component === cause.fault.component && known.code === cause.fault.code;
  };
  const differing = explanations.flatMap(({ scope, cause }) =>
    scope.cases.filter((name) => failedThere.has(name) && cause !== null && !isSame(name, cause)),
  );
  return {
    differing,
    originOf(name, cause, standing) {
      const origin = standing.originOf(cause.fault.component, cause.fault.event);
      const isOurs = origin === 'change' || origin === 'path';
      return isOurs && isSame(name, cause) ? 'baseline' : origin;
    },
  };
}

/** Numbers differ from run to run: ids, times, ports. Silence contradicts nothing. */
function isOneMessage(messages: readonly (string | null | undefined)[]): boolean {
  const said = messages
    .filter((message) => typeof message === 'string')
    .map((message) => message.replaceAll(/\d+/gu, '#'));
  return new Set(said).size <= 1;
}
