import type { Catalog } from '../../src/domain/catalog/component.ts';
import { closeOver } from '../../src/domain/closure/close.ts';
import type { Closure } from '../../src/domain/closure/closure.ts';
import { catalogGraphOf } from '../../src/domain/graph/catalog-graph.ts';
import { stronglyConnectedComponents } from '../../src/domain/graph/strongly-connected.ts';
import { distributionOf } from '../support/topology-figures.ts';
import { topologyOf } from '../support/topology.ts';

/**
 * Closure of one change, from the loaded catalog, its index included: as a command does it once.
 *
 * Changes are services inside the big call cycle, where closures are largest, and services outside.
 */
export interface ClosureBenchRow {
  readonly components: number;
  readonly dependencies: number;
  readonly changes: 'inside the cycle' | 'outside the cycle';
  readonly isolation: 'path' | 'full';
  /** Of the closures measured: components on the path, and all members. */
  readonly pathPartMedian: number;
  readonly membersMedian: number;
  readonly boundaryMedian: number;
  readonly warningsMedian: number;
  /** The first of the row: for the first row of a process, with code that is not compiled yet. */
  readonly firstMs: number;
  readonly medianMs: number;
  readonly p95Ms: number;
}

const CLOSURE_BENCH_SIZES: readonly number[] = [500, 5_000, 16_762, 18_000];
const CHANGES_PER_ROW = 40;

export function benchClosure(sizes: readonly number[] = CLOSURE_BENCH_SIZES): ClosureBenchRow[] {
  return sizes.flatMap((size) => {
    const catalog = topologyOf({ size });
    const changes = changesOf(catalog);
    return [
      measured(catalog, changes.inside, { changes: 'inside the cycle', isolation: 'path' }),
      measured(catalog, changes.outside, { changes: 'outside the cycle', isolation: 'path' }),
      measured(catalog, changes.inside, { changes: 'inside the cycle', isolation: 'full' }),
    ];
  });
}

function measured(
  catalog: Catalog,
  changes: readonly string[],
  row: Pick<ClosureBenchRow, 'changes' | 'isolation'>,
): ClosureBenchRow {
  const times: number[] = [];
  const closures: Closure[] = [];
  for (const name of changes) {
    const request = { changed: [name], entries: [], include: [], isolation: row.isolation };
    const startedAt = performance.now();
    closures.push(closeOver(catalog, request));
    times.push(performance.now() - startedAt);
  }
  const { p50, p95 } = distributionOf(times);
  const median = (count: (closure: Closure) => number): number =>
    distributionOf(closures.map(count)).p50;
  return {
    components: catalog.components.size,
    dependencies: dependencyCountOf(catalog),
    ...row,
    pathPartMedian: median(
      ({ members }) => members.filter(({ role }) => role === 'changed' || role === 'path').length,
    ),
    membersMedian: median(({ members }) => members.length),
    boundaryMedian: median(({ boundary }) => boundary.length),
    warningsMedian: median(({ warnings }) => warnings.length),
    firstMs: times[0] ?? 0,
    medianMs: p50,
    p95Ms: p95,
  };
}

/** Services that call others and are not shared, evenly picked, inside and outside the biggest cycle. */
function changesOf(catalog: Catalog): { inside: string[]; outside: string[] } {
  const graph = catalogGraphOf(catalog);
  const { componentOf, components } = stronglyConnectedComponents(graph.dependencies);
  const sizes = components.map((members) => members.length);
  const giant = sizes.indexOf(Math.max(...sizes));
  const callers = [...graph.components.entries()].filter(
    ([, { dependencies, sharing }]) => dependencies.length > 0 && sharing === 'isolated',
  );
  const [inside, outside] = [true, false].map((isInside) =>
    callers
      .filter(([number]) => (componentOf[number] === giant) === isInside)
      .map(([, { name }]) => name),
  );
  return { inside: sampled(inside ?? []), outside: sampled(outside ?? []) };
}

function sampled(names: readonly string[]): string[] {
  const step = Math.max(1, Math.floor(names.length / CHANGES_PER_ROW));
  return names.filter((_, index) => index % step === 0).slice(0, CHANGES_PER_ROW);
}

function dependencyCountOf(catalog: Catalog): number {
  return catalog.components
    .values()
    .reduce((count, component) => count + component.dependencies.length, 0);
}
