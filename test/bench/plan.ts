import { closeOver } from '../../src/domain/closure/close.ts';
import { planFor } from '../../src/domain/plan/plan-for.ts';
import { catalogGraphOf } from '../../src/domain/graph/catalog-graph.ts';
import { stronglyConnectedComponents } from '../../src/domain/graph/strongly-connected.ts';
import { distributionOf } from '../support/topology-figures.ts';
import { topologyOf } from '../support/topology.ts';

/** Closure and plan of one change, from the loaded catalog: the budget of design §11 is 100 ms at 16,762. */
export interface PlanBenchRow {
  readonly components: number;
  readonly dependencies: number;
  readonly change: 'inside the cycle' | 'outside the cycle';
  readonly insideMedian: number;
  readonly tasksMedian: number;
  readonly medianMs: number;
  readonly p95Ms: number;
}

const SIZES: readonly number[] = [500, 5_000, 16_762, 18_000];
const CHANGES = 30;

export function benchPlan(sizes: readonly number[] = SIZES): PlanBenchRow[] {
  return sizes.flatMap((size) => {
    const catalog = topologyOf({ size });
    const graph = catalogGraphOf(catalog);
    const largest = stronglyConnectedComponents(graph.calls).components.reduce((a, b) =>
      b.length > a.length ? b : a,
    );
    const inCycle = new Set(largest);
    const changeable = graph.components
      .map((component, index) => ({ component, index }))
      .filter(({ component }) => component.type === 'service' && component.sharing === 'isolated');
    const choose = (isInside: boolean): string[] => {
      const names = changeable
        .filter(({ index }) => inCycle.has(index) === isInside)
        .map(({ component }) => component.name);
      const step = Math.max(1, Math.floor(names.length / CHANGES));
      return names.filter((_, index) => index % step === 0).slice(0, CHANGES);
    };
    const dependencies = graph.components.reduce((sum, { dependencies: d }) => sum + d.length, 0);
    return (['inside the cycle', 'outside the cycle'] as const).map((change) => {
      const measured = choose(change === 'inside the cycle').map((name) => measure(catalog, name));
      const { p50, p95 } = distributionOf(measured.map(({ ms }) => ms));
      return {
        components: graph.components.length,
        dependencies,
        change,
        insideMedian: distributionOf(measured.map(({ inside }) => inside)).p50,
        tasksMedian: distributionOf(measured.map(({ tasks }) => tasks)).p50,
        medianMs: p50,
        p95Ms: p95,
      };
    });
  });
}

function measure(
  catalog: ReturnType<typeof topologyOf>,
  name: string,
): { readonly ms: number; readonly inside: number; readonly tasks: number } {
  const startedAt = performance.now();
  const closure = closeOver(catalog, {
    changed: [name],
    entries: [],
    include: [],
    isolation: 'path',
  });
  const plan = planFor({
    environment: 'feat-bench-aaaaaaaa',
    branch: 'feat/bench',
    domain: 'offshoot.localhost',
    catalog,
    closure,
    picks: new Map(),
    traits: { buildsFromSource: true },
  });
  const ms = performance.now() - startedAt;
  return { ms, inside: plan.components.length, tasks: plan.tasks.length };
}
