import type { Call } from './call.ts';
import type { Explanation } from './explain.ts';
import { codeOf } from './outcomes.ts';
import type { RunFacts } from './report-input.ts';
import type { Scene } from './scene.ts';
import { swallowedCalls } from './verdicts.ts';

/** What a reader should know beside the verdict: what limits it, what was seen and did not matter. */

/** Lines of one sort. */
const LINES_MAX = 10;

export interface NotesInput {
  readonly run: Pick<RunFacts, 'notes' | 'droppedCalls' | 'baselineMoved'>;
  readonly explanations: readonly Explanation[];
  readonly scene: Scene;
  /** Of the environment itself. */
  readonly calls: readonly Call[];
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

/** One line for each edge and code, with how often. */
function swallowed(scene: Scene, calls: readonly Call[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const call of swallowedCalls(scene, calls)) {
    const line = `${call.client} → ${call.server} ${codeOf(call)}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(
    ([line, count]) => `coped with: ${line}${count > 1 ? ` (${count} times)` : ''}`,
  );
}
