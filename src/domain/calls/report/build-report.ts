import { shasOf } from '../../revision/revision.ts';
import { OUTSIDE_CALLER, TEST_CALLER } from '../../catalog/component.ts';
import { breachesOf, withPlainBoundary } from './breaches.ts';
import { compareWithBaseline, culpritsOf } from '../verdict/culprits.ts';
import { undeclaredOf, unseenOf } from './drift.ts';
import { edgesOf } from './edges.ts';
import { explainCase, type Explanation } from '../verdict/explain.ts';
import { linkCalls } from '../linking/linking.ts';
import { notesOf } from './notes.ts';
import { indexHidden } from '../linking/hidden.ts';
import { isFailed } from '../outcomes.ts';
import { standingOf, type Standing } from '../verdict/origin.ts';
import { indexPlatformEvents } from '../verdict/platform.ts';
import type { Call } from '../call.ts';
import type { ReportInput } from './report-input.ts';
import type { Culprit, Report } from '../report.ts';
import { gatherWitnesses, usualCalls, type Scene } from '../verdict/scene.ts';
import { joinRecords, type Dispute } from '../spans/join-records.ts';
import { verdictsOf } from '../verdict/verdicts.ts';
import { assignCases } from '../verdict/windows.ts';

/**
 * The report of one test run: which component failed each failed case, why, and whose doing it is.
 *
 * Deterministic and indifferent to the order of its input. A passed case never makes anything `Failing`,
 * a failed case makes at most one component so. What is not here: decoding, and where calls come from.
 * Cost: O(calls log calls).
 */

/** Bulk calls belong to a store, not to a report. */
const CALLS_MAX = 200;

export function buildReport(input: ReportInput): Report {
  const { plan, run } = input;
  const beyond = namesIn(input.baselineCalls ?? []);
  const standing = standingOf(plan, input.isBaseline === true, beyond);
  const calls = input.calls.map((call) => withPlainBoundary(call, standing));
  const { scene, disputes } = sceneOf(input, calls, standing);
  const own = new Set(calls.map(({ id }) => id));
  const seen = scene.forest.calls.filter(({ id }) => own.has(id));
  const roots = seen.filter(({ client }) => client === TEST_CALLER);
  const { cases, failed } = assignCases(input.cases, roots, run.window);
  const explanations = failed.map((scope) =>
    withDoubt(explainCase(scene, scope, input.history ?? []), run.droppedCalls),
  );
  const comparison = compareWithBaseline(cases, explanations, input.baselineResult ?? null);
  const culprits = culpritsOf(explanations, standing, comparison);
  const components = [...plan.components, ...plan.boundary].map(({ name }) => name);
  const edges = edgesOf(seen);
  return {
    id: run.id,
    environment: plan.environment,
    branch: plan.branch,
    suite: run.suite,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    outcome: cases.some(({ outcome }) => outcome === 'failed') ? 'failed' : 'passed',
    cases,
    verdicts: verdictsOf({ scene, components, calls: seen, explanations, culprits }),
    edges,
    culprits,
    breaches: breachesOf(seen),
    calls: evidenceFirst({ all: scene.forest.calls, own: seen }, culprits, explanations),
    undeclared: undeclaredOf(plan, standing, edges),
    unseen: unseenOf(plan, standing, edges),
    revisions: shasOf(plan.components),
    baselineRevisions: run.baselineRevisions,
    baselineMoved: run.baselineMoved,
    wiring: run.wiring,
    notes: notesOf({
      run,
      explanations,
      scene,
      calls: seen,
      disputes,
      differing: comparison.differing,
    }),
  };
}

function sceneOf(
  input: ReportInput,
  calls: readonly Call[],
  standing: Standing,
): { readonly scene: Scene; readonly disputes: readonly Dispute[] } {
  // A name may run twice, here and in the baseline; what the baseline does with its copy is not ours.
  const beyond = (input.baselineCalls ?? [])
    .filter(({ client, server }) => !standing.isInside(client) && !standing.isInside(server))
    .map(withIdOfItsOwn);
  const recorded = new Set(beyond.map(({ client }) => client));
  const joined = joinRecords([...calls, ...beyond]);
  const forest = linkCalls(joined.calls);
  const isComponent = (name: string): boolean => standing.isComponent(name);
  const scene: Scene = {
    forest,
    events: indexPlatformEvents(input.platformEvents, joined.calls),
    serverRecords: joined.serverRecords,
    witnesses: gatherWitnesses(joined.calls, calls),
    hidden: indexHidden(forest, isComponent),
    isOpaqueComponent: (name) => !standing.isInside(name) && !recorded.has(name),
    isComponent,
    isChanged: (component) => standing.originOf(component, null) === 'change',
    isUsual: usualCalls(input.history ?? []),
  };
  return { scene, disputes: joined.disputes };
}

/** Who calls there is there, and so is who was seen to be called; an address outside is neither. */
function namesIn(calls: readonly Call[]): ReadonlySet<string> {
  const names = calls.flatMap(({ client, server, side }) =>
    side === 'client' && !COMPONENT.test(server) ? [client] : [client, server],
  );
  return new Set(names.filter((name) => name !== OUTSIDE_CALLER));
}

/** A name without a place, a domain or a port. */
const COMPONENT = /^[a-z0-9-]+$/u;

/** Two recordings may use one id each. */
function withIdOfItsOwn(call: Call): Call {
  return { ...call, id: `baseline/${call.id}` };
}

/** Where calls were lost, any of them might have been the one that decided. */
function withDoubt(explanation: Explanation, droppedCalls: number): Explanation {
  if (droppedCalls === 0 || explanation.cause === null) return explanation;
  return { ...explanation, cause: { ...explanation.cause, confidence: 'low' } };
}

/** Evidence of the culprits, then of what stayed unknown, then the other failed calls by start. */
function evidenceFirst(
  calls: { readonly all: readonly Call[]; readonly own: readonly Call[] },
  culprits: readonly Culprit[],
  explanations: readonly Explanation[],
): readonly Call[] {
  const wanted = new Set(culprits.flatMap(({ evidence }) => evidence));
  const byId = new Map(calls.all.filter(({ id }) => wanted.has(id)).map((call) => [call.id, call]));
  const evidence = [
    ...culprits.flatMap((culprit) => culprit.evidence.map((id) => byId.get(id))),
    ...explanations.flatMap(({ unseen }) => unseen?.chain ?? []),
  ].filter((call) => call !== undefined);
  return [...new Set([...evidence, ...calls.own.filter(isFailed)])].slice(0, CALLS_MAX);
}
