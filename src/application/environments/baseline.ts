import type { Catalog, Component } from '../../domain/catalog/component.ts';
import { closeDownward } from '../../domain/closure/close.ts';
import type { Closure } from '../../domain/closure/closure.ts';
import { compareText } from '../../domain/diagnostic.ts';
import { planFor } from '../../domain/plan/plan-for.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Revision } from '../../domain/revision/revision.ts';
import type { Agents } from '../ports/agents.ts';
import {
  BASELINE,
  type BaselineDemands,
  type EnvironmentSpec,
  type EnvironmentStore,
} from '../ports/environment-store.ts';
import type { Repositories } from '../ports/repositories.ts';
import { headsOfBaseline } from './baseline-heads.ts';

/**
 * The baseline of an engine that runs one itself: the components that somebody demands, and all they need.
 *
 * It is an environment like any other, named `baseline`, whose plan grows and shrinks with the demands.
 * A component keeps the revision it was first started at; only `refresh` moves it to the head of its branch.
 */

export interface BaselinePorts {
  readonly store: EnvironmentStore;
  readonly demands: BaselineDemands;
  readonly agents: Agents;
  readonly domain: string;
  readonly project: string;
  readonly buildsFromSource: boolean;
}

/** Who demands when people do, by `offshoot baseline up`. */
export const PEOPLE = '*';

const NO_COMPONENTS: ReadonlySet<string> = new Set();

/** Component → revision that the baseline's present plan runs. */
export async function baselineRevisions(
  store: EnvironmentStore,
): Promise<ReadonlyMap<string, Revision>> {
  const plan = await presentPlan(store);
  const revisions = new Map<string, Revision>();
  for (const { name, revision } of plan?.components ?? []) {
    if (revision !== null) revisions.set(name, revision);
  }
  return revisions;
}

/**
 * Records what an environment (or `*`) needs and makes the baseline run it.
 *
 * @param refresh - Components that move to the head of their branch; `all` of them for `baseline up --refresh`.
 */
export async function demandBaseline(
  ports: BaselinePorts & { readonly repositories: Repositories },
  demand: { readonly by: string; readonly components: readonly string[] },
  catalog: Catalog,
  refresh: 'none' | 'all' = 'none',
): Promise<void> {
  await ports.demands.setDemand(demand.by, demand.components);
  let demanded = await everythingDemanded(ports.demands);
  for (;;) {
    const names = closeDownward(
      catalog,
      [...demanded].filter((name) => catalog.components.has(name)),
    );
    const known = refresh === 'all' ? new Map() : await baselineRevisions(ports.store);
    const revisions = await headsOfBaseline(ports.repositories, catalog, names, known);
    await desireBaseline(ports, catalog, names, revisions);
    // Somebody else may have demanded meanwhile, and planned without us.
    const now = await everythingDemanded(ports.demands);
    if (now.isSubsetOf(demanded) && demanded.isSubsetOf(now)) return;
    demanded = now;
  }
}

/** Takes one demand back; what nobody needs any more ends. Needs no catalog: the present plan has it all. */
export async function releaseBaseline(ports: BaselinePorts, by: string): Promise<void> {
  await ports.demands.setDemand(by, []);
  const plan = await presentPlan(ports.store);
  if (plan === null) return;
  const demanded = await everythingDemanded(ports.demands);
  if (demanded.size === 0) {
    await ports.store.desireRemoval(BASELINE);
    await ports.agents.wake(BASELINE);
    return;
  }
  const catalog: Catalog = {
    components: new Map(Object.entries(plan.definitions)),
    testSuites: new Map(),
  };
  const names = closeDownward(
    catalog,
    [...demanded].filter((name) => catalog.components.has(name)),
  );
  await desireBaseline(ports, catalog, names, await baselineRevisions(ports.store));
}

async function desireBaseline(
  ports: BaselinePorts,
  catalog: Catalog,
  names: readonly string[],
  revisions: ReadonlyMap<string, Revision>,
): Promise<void> {
  const plan = planFor({
    environment: BASELINE,
    branch: BASELINE,
    domain: ports.domain,
    catalog,
    closure: closureOfBaseline(catalog, names),
    picks: revisions,
    traits: { buildsFromSource: ports.buildsFromSource },
  });
  const present = await presentPlan(ports.store);
  const record = await ports.store.get(BASELINE);
  const isSame =
    present !== null &&
    record?.desired === 'up' &&
    JSON.stringify(present.tasks) === JSON.stringify(plan.tasks);
  if (!isSame) {
    const spec: EnvironmentSpec = {
      branch: BASELINE,
      isolation: 'full',
      pins: {},
      entries: [],
      include: [],
      unchanged: 'baseline',
      project: ports.project,
    };
    await ports.store.desire({ name: BASELINE, spec, plan, picks: [], findings: [] });
  }
  await ports.agents.wake(BASELINE);
}

/** All of `names` inside; what runs elsewhere as boundary. */
export function closureOfBaseline(catalog: Catalog, names: readonly string[]): Closure {
  const inside: Component[] = [];
  const usedBy = new Map<string, string[]>();
  for (const name of names.toSorted(compareText)) {
    const component = catalog.components.get(name);
    if (component === undefined) continue;
    if (component.type === 'external') usedBy.set(name, []);
    else inside.push(component);
  }
  for (const component of inside) {
    for (const dependency of component.dependencies) {
      usedBy.get(dependency.name)?.push(component.name);
    }
  }
  return {
    isolation: 'full',
    members: inside.map(({ name }) => ({
      name,
      role: 'dependency',
      reason: 'the baseline runs it',
      witness: [name],
    })),
    boundary: [...usedBy].map(([name, users]) => ({ name, usedBy: users })),
    warnings: [],
  };
}

async function presentPlan(store: EnvironmentStore): Promise<Plan | null> {
  const record = await store.get(BASELINE);
  return record === null ? null : await store.plan(record.uid);
}

async function everythingDemanded(ports: BaselineDemands): Promise<ReadonlySet<string>> {
  const demands = await ports.demands();
  let all: ReadonlySet<string> = NO_COMPONENTS;
  for (const components of demands.values()) all = all.union(new Set(components));
  return all;
}
