import type { Span } from '../../domain/calls/verdict/windows.ts';
import type { TestCase } from '../../domain/calls/report.ts';
import { redact } from '../../domain/calls/redact.ts';
import type { TestSuite } from '../../domain/catalog/component.ts';
import type { SuiteResult } from '../ports/engine.ts';
import type { TestResults } from '../ports/test-results.ts';

/** The cases of one execution of a suite: what it wrote, and the suite itself where that is not all. */

const MESSAGE_BYTES_MAX = 1_024;
/** Lines of output that say why a suite failed as a whole. */
const OUTPUT_LINES = 5;

export interface SuiteCases {
  readonly cases: readonly TestCase[];
  readonly notes: readonly string[];
}

export function casesOfSuite(
  results: TestResults,
  suite: Pick<TestSuite, 'name' | 'junit' | 'timeoutMs'>,
  result: SuiteResult,
): SuiteCases {
  const run = { fromUs: result.startedAtUs, toUs: result.finishedAtUs };
  const read = readResults(results, suite, result, run);
  const cases = read.cases.map(withoutSecrets);
  const own = caseOfSuite(suite, result, cases);
  return {
    cases: own === null ? cases : [...cases, own],
    notes: read.diagnostics.map(({ message }) => message),
  };
}

function readResults(
  results: TestResults,
  suite: Pick<TestSuite, 'name' | 'junit'>,
  result: SuiteResult,
  run: Span,
): ReturnType<TestResults['read']> {
  if (result.junit !== null) return results.read(result.junit, run);
  if (suite.junit === undefined) return { cases: [], diagnostics: [] };
  const message = `suite "${suite.name}" wrote no "${suite.junit}"; its exit code decides alone`;
  return {
    cases: [],
    diagnostics: [{ code: 'TEST_REPORT_UNREADABLE', severity: 'warning', message }],
  };
}

function withoutSecrets(testCase: TestCase): TestCase {
  if (testCase.message === null) return testCase;
  return { ...testCase, message: redact(testCase.message, MESSAGE_BYTES_MAX) };
}

/** The suite as a case of its own: when it has no others, or failed in a way that none of them tells. */
function caseOfSuite(
  suite: Pick<TestSuite, 'name' | 'timeoutMs'>,
  result: SuiteResult,
  cases: readonly TestCase[],
): TestCase | null {
  const name = cases.some((testCase) => testCase.name === suite.name)
    ? `${suite.name} (the suite itself)`
    : suite.name;
  const failed = (why: string): TestCase => ({
    name,
    outcome: 'failed',
    message: redact([why, ...result.output.slice(-OUTPUT_LINES)].join('\n'), MESSAGE_BYTES_MAX),
    window: windowAfter(cases, result),
  });
  if (result.timedOut) return failed(`timed out after ${suite.timeoutMs / 1_000}s`);
  if (result.exitCode !== 0 && cases.every(({ outcome }) => outcome !== 'failed')) {
    return failed(`${howItEnded(result)}${cases.length > 0 ? ' although no case failed' : ''}`);
  }
  if (cases.length > 0) return null;
  return { name, outcome: 'passed', message: null, window: null };
}

function howItEnded({ exitCode }: SuiteResult): string {
  return exitCode === null ? 'ended by a signal' : `exit code ${exitCode}`;
}

/** What came after the last case that is known to have ended; null when none is. */
function windowAfter(cases: readonly TestCase[], result: SuiteResult): Span | null {
  const ends = cases.flatMap(({ window }) => (window === null ? [] : [window.toUs]));
  if (ends.length === 0 || ends.length < cases.length) return null;
  const fromUs = ends.reduce((a, b) => Math.max(a, b), result.startedAtUs);
  return fromUs < result.finishedAtUs ? { fromUs, toUs: result.finishedAtUs } : null;
}
