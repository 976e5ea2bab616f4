import type { Call } from '../../domain/calls/call.ts';
import type { BaselineResult } from '../../domain/calls/verdict/culprits.ts';
import { TEST_CALLER, type TestSuite } from '../../domain/catalog/component.ts';
import { canonicalJson } from '../../domain/plan/canonical-json.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { shasOf, type Revision } from '../../domain/revision/revision.ts';
import { baselinePlan } from '../environments/baseline.ts';
import type { SuiteRunner } from '../ports/engine.ts';
import { BASELINE, type EnvironmentStore, type ReportStore } from '../ports/environment-store.ts';
import type { ExistingBaseline } from '../ports/existing-baseline.ts';
import { gather, judge, type JudgePorts, type Sighting } from './judge.ts';
import { definitionOf } from '../../domain/plan/plan-lookup.ts';

/**
 * A failed suite once more, against the baseline, to tell the baseline's failures from the branch's.
 *
 * Cached as a report of the baseline: the same tests against the same revisions give the same answer.
 */

export interface ComparisonPorts extends JudgePorts {
  readonly engine: JudgePorts['engine'] & SuiteRunner;
  readonly environments: EnvironmentStore;
  readonly reports: ReportStore;
  /** Null where Offshoot runs the baseline itself. */
  readonly existingBaseline: ExistingBaseline | null;
}

export interface ComparisonRequest {
  readonly plan: Plan;
  readonly suite: TestSuite;
  readonly revision: Revision | null;
  readonly runId: string;
  readonly signal?: AbortSignal;
}

export type Comparison =
  | { readonly kind: 'compared'; readonly result: BaselineResult }
  | { readonly kind: 'impossible'; readonly why: string };

export async function compareOnBaseline(
  ports: ComparisonPorts,
  request: ComparisonRequest,
): Promise<Comparison> {
  const { suite, revision, runId, signal } = request;
  const baseline = await presentBaseline(ports, request.plan);
  if (baseline === null || definitionOf(baseline, suite.entry) === undefined) {
    return { kind: 'impossible', why: `the baseline does not run "${suite.entry}"` };
  }
  const id = `${BASELINE}-${suite.name}-${revision?.sha ?? 'as-is'}`;
  const revisions = shasOf(baseline.components);
  const known = await ports.reports.report(id);
  if (known !== null && isSame(known.baselineRevisions, revisions)) {
    return { kind: 'compared', result: known };
  }
  const droppedBefore = await ports.calls.droppedCalls(BASELINE);
  const result = await ports.engine.runSuite({
    plan: request.plan,
    suite,
    revision,
    runId: `${runId}-baseline`,
    target: 'baseline',
    ...(signal === undefined ? {} : { signal }),
  });
  if (signal?.aborted === true) return { kind: 'impossible', why: 'it was cancelled' };
  const sighting = await gather(ports, {
    id,
    plan: baseline,
    suite,
    result,
    baselineRevisions: revisions,
    baselineMoved: false,
    droppedBefore,
    wiring: [],
    notes: [],
  });
  // The caller stands in the environment even when it calls the baseline.
  const window = { fromUs: result.startedAtUs, toUs: result.finishedAtUs };
  const asked = await ports.calls.calls(request.plan.environment, window);
  const report = await judge(ports, withCaller(sighting, asked), null);
  await ports.reports.saveReport(report);
  return { kind: 'compared', result: report };
}

/** Test calls of other runs against the baseline are not this one's. */
function withCaller(sighting: Sighting, asked: Sighting['calls']): Sighting {
  const own = asked.filter(({ client }) => client === TEST_CALLER).map(withIdOfItsOwn);
  if (own.length === 0) return sighting;
  const others = sighting.calls.filter(({ client }) => client !== TEST_CALLER);
  return { ...sighting, calls: [...own, ...others] };
}

/** Two recordings may use one id each. */
function withIdOfItsOwn(call: Call): Call {
  return { ...call, id: `${TEST_CALLER}/${call.id}` };
}

/** Component → commit of what the baseline runs. */
export async function baselineShas(
  ports: Pick<ComparisonPorts, 'environments' | 'existingBaseline'>,
  plan: Plan,
): Promise<Readonly<Record<string, string>>> {
  return shasOf((await presentBaseline(ports, plan))?.components ?? []);
}

/** What the baseline runs as far as this plan knows of it; null when it runs nothing. */
async function presentBaseline(
  ports: Pick<ComparisonPorts, 'environments' | 'existingBaseline'>,
  plan: Plan,
): Promise<Plan | null> {
  if (ports.existingBaseline === null) return await baselinePlan(ports.environments);
  const components = Object.values(plan.definitions).filter(({ type }) => type !== 'external');
  const revisions = await ports.existingBaseline.revisions(components);
  return {
    ...plan,
    environment: BASELINE,
    branch: BASELINE,
    components: components.map(({ name }) => ({
      name,
      role: 'dependency',
      reason: 'the baseline runs it',
      witness: [name],
      revision: revisions.get(name) ?? null,
    })),
    boundary: plan.boundary.filter(({ name }) => definitionOf(plan, name)?.type === 'external'),
    tasks: [],
  };
}

export function isSame(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
