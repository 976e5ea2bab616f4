import type { Call } from '../call.ts';
import type { Explanation } from '../verdict/explain.ts';
import { codeOf, endOf } from '../outcomes.ts';
import type { RunFacts } from './report-input.ts';
import type { Scene } from '../verdict/scene.ts';
import type { Dispute } from '../spans/join-records.ts';
import { swallowedCalls } from '../verdict/verdicts.ts';

/** What a reader should know beside the verdict: what limits it, what was seen and did not matter. */

/** Lines of one sort. */
const LINES_MAX = 10;

export interface NotesInput {
  readonly run: Pick<RunFacts, 'notes' | 'droppedCalls' | 'baselineMoved'>;
  readonly explanations: readonly Explanation[];
  readonly scene: Scene;
  /** Of the environment itself. */
  readonly calls: readonly Call[];
  /** What the wire and spans say differently. */
  readonly disputes: readonly Dispute[];
  /** Cases that fail on the baseline too, but by something else. */
  readonly differing: readonly string[];
}

export function notesOf(input: NotesInput): readonly string[] {
  const { run, explanations, scene, differing } = input;
  return [
    ...run.notes,
    ...(run.droppedCalls > 0
      ? [`${run.droppedCalls} calls were lost in capture: what they hide lowers every confidence`]
      : []),
    ...(run.baselineMoved ? ['the baseline moved during the run'] : []),
    ...explanations.flatMap(withoutCause).slice(0, LINES_MAX),
    ...explanations.flatMap(withoutPlace).slice(0, LINES_MAX),
    ...differing
      .map((name) => `"${name}" fails on the baseline too, but in another way`)
      .slice(0, LINES_MAX),
    ...disputed(input.disputes).slice(0, LINES_MAX),
    ...swallowed(scene, input.calls).slice(0, LINES_MAX),
  ];
}

function withoutCause({ cause, unseen, scope }: Explanation): readonly string[] {
  if (cause !== null) return [];
  const why =
    unseen?.reason ??
    (scope.roots.length === 0
      ? 'no call of the tests was seen'
      : 'no call of the tests failed and nothing happened to a component');
  return [`no cause found for ${quoted(scope.cases)}: ${why}`];
}

function withoutPlace({ scope }: Explanation): readonly string[] {
  if (scope.confidence === 'high') return [];
  return [
    `which calls belong to ${quoted(scope.cases)} is not certain: mark them with \`baggage: offshoot-test=<case>\``,
  ];
}

function quoted(names: readonly string[]): string {
  const shown = names
    .slice(0, 3)
    .map((name) => `"${name}"`)
    .join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

/** One line for each edge and what is said of it, with how often. */
function disputed(disputes: readonly Dispute[]): readonly string[] {
  return counted(
    disputes.map(
      ({ wire, told }) =>
        `the wire and a span disagree: ${wire.client} → ${wire.server} ` +
        `${endOf(wire)} on the wire, ${told.errorType ?? told.outcome} in the span`,
    ),
  );
}

/** One line for each edge and code, with how often. */
function swallowed(scene: Scene, calls: readonly Call[]): readonly string[] {
  return counted(
    [...swallowedCalls(scene, calls)].map(
      (call) => `coped with: ${call.client} → ${call.server} ${codeOf(call)}`,
    ),
  );
}

/** Each line once, with how often. */
function counted(lines: readonly string[]): readonly string[] {
  return [...Map.groupBy(lines, (line) => line)].map(
    ([line, { length }]) => `${line}${length > 1 ? ` (${length} times)` : ''}`,
  );
}
