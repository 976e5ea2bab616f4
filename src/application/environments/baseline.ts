import type { Catalog, Component } from '../../domain/catalog/component.ts';
import { closeDownward } from '../../domain/closure/close.ts';
import type { Closure } from '../../domain/closure/closure.ts';
import { compareText } from '../../domain/diagnostic.ts';
import type { SettingsDigests } from '../../domain/plan/layout.ts';
import { planFor } from '../../domain/plan/plan-for.ts';
import { definitionOf } from '../../domain/plan/plan-lookup.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Revision } from '../../domain/revision/revision.ts';
import type { Agents } from '../ports/agents.ts';
import {
  BASELINE,
  type BaselineDemands,
  type EnvironmentRecord,
  type EnvironmentSpec,
  type EnvironmentStore,
} from '../ports/environment-store.ts';
import type { Repositories } from '../ports/repositories.ts';
import type { Turns } from '../ports/turns.ts';
import { headsOfBaseline } from './baseline-heads.ts';
import { keepPlanFiles, type FileKeeping } from './plan-files.ts';

/**
 * The baseline of an engine that runs one itself: the components that somebody demands, and all they need.
 *
 * It is an environment like any other, named `baseline`, whose plan grows and shrinks with the demands.
 * A component keeps the revision it was first started at; only `refresh` moves it to the head of its branch.
 * Many processes demand and release at once: each says what it needs, then plans for everybody when it
 * is its turn, so the last plan has what every demand asks for.
 */

export interface BaselinePorts {
  readonly store: EnvironmentStore;
  readonly demands: BaselineDemands;
  readonly agents: Agents;
  readonly turns: Turns;
  /** Null where who carries a plan out has worktrees. */
  readonly files: FileKeeping | null;
  readonly domain: string;
  readonly project: string;
  readonly buildsFromSource: boolean;
  readonly planSettings?: SettingsDigests | undefined;
}

/** Who demands when people do, by `offshoot baseline up`. */
export const PEOPLE = '*';

/** Whose turn it is decides which environments live: accepts one, or takes back the demands of those gone. */
export const ENVIRONMENTS_TURN = 'environments';

const NO_COMPONENTS: ReadonlySet<string> = new Set();
const NO_CATALOG: Catalog = { components: new Map(), testSuites: new Map() };

/** Component → revision that the baseline's present plan runs. */
export async function baselineRevisions(
  store: EnvironmentStore,
): Promise<ReadonlyMap<string, Revision>> {
  const plan = await baselinePlan(store);
  const revisions = new Map<string, Revision>();
  for (const { name, revision } of plan?.components ?? []) {
    if (revision !== null) revisions.set(name, revision);
  }
  return revisions;
}

/**
 * Records what an environment (or `*`) needs and plans the baseline to run it; `wakeBaseline` begins it.
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
  await planBaseline(ports, catalog, refresh);
}

/** Demands more, beside what is demanded already: an environment goes on until its new plan is accepted. */
export async function demandAlso(
  ports: BaselinePorts & { readonly repositories: Repositories },
  demand: { readonly by: string; readonly components: readonly string[] },
  catalog: Catalog,
): Promise<void> {
  const present = (await ports.demands.demands()).get(demand.by) ?? [];
  const components = [...new Set([...present, ...demand.components])];
  await demandBaseline(ports, { by: demand.by, components }, catalog);
}

/** Plans the baseline to run what is demanded, by whomever. */
export async function planBaseline(
  ports: BaselinePorts & { readonly repositories: Repositories },
  catalog: Catalog,
  refresh: 'none' | 'all' = 'none',
): Promise<void> {
  const known = async (): Promise<ReadonlyMap<string, Revision>> => {
    const present = [...(await baselineRevisions(ports.store))];
    // Only what is in this catalog has a branch to follow.
    return new Map(present.filter(([name]) => refresh === 'none' || !catalog.components.has(name)));
  };
  for (;;) {
    const wanted = await wantedOf(ports, catalog);
    // Asks repositories, which takes time: nobody waits for it.
    const heads = await headsOfBaseline(ports.repositories, wanted, await known());
    const isPlanned = await ports.turns.take(BASELINE, async () => {
      const latest = await wantedOf(ports, catalog);
      if (!isSame(new Set(wanted.names), new Set(latest.names))) return false;
      await desireBaseline(ports, { ...latest, revisions: withKnown(heads, await known()) });
      return true;
    });
    if (isPlanned) return;
  }
}

/** What an environment uses of the baseline. */
export function demandOf(plan: Plan): readonly string[] {
  return plan.boundary
    .map(({ name }) => name)
    .filter((name) => definitionOf(plan, name)?.type !== 'external');
}

/** Takes back what people asked for; what nobody needs any more ends. */
export async function releaseByPeople(ports: BaselinePorts): Promise<void> {
  await ports.demands.setDemand(PEOPLE, []);
  await shrinkBaseline(ports);
}

/** Takes back what environments asked for that are gone; what nobody needs any more ends. */
export async function releaseByGone(ports: BaselinePorts): Promise<void> {
  await ports.turns.take(ENVIRONMENTS_TURN, () => ports.demands.forgetGone());
  await shrinkBaseline(ports);
}

/** Whether somebody took demands back and was killed before the baseline followed. */
export async function isBaselineTooLarge(
  ports: Pick<BaselinePorts, 'store' | 'demands'>,
): Promise<boolean> {
  const record = await ports.store.get(BASELINE);
  const plan = record?.desired === 'up' ? await ports.store.plan(record.uid) : null;
  if (plan === null) return false;
  const { names } = await wantedOf(ports, NO_CATALOG);
  return names.length < plan.components.length + plan.boundary.length;
}

/** Needs no catalog: the present plan has it all. */
async function shrinkBaseline(ports: BaselinePorts): Promise<void> {
  await ports.turns.take(BASELINE, async () => {
    const plan = await baselinePlan(ports.store);
    if (plan === null) return;
    const wanted = await wantedOf(ports, NO_CATALOG);
    await desireBaseline(ports, { ...wanted, revisions: await baselineRevisions(ports.store) });
  });
  await wakeBaseline(ports);
}

interface BaselineWish extends Wanted {
  readonly revisions: ReadonlyMap<string, Revision>;
}

/** Writes only what differs from what is desired already. Whose turn it is may call this. */
async function desireBaseline(ports: BaselinePorts, wish: BaselineWish): Promise<void> {
  const record = await ports.store.get(BASELINE);
  if (wish.names.length === 0) {
    if (record?.desired === 'up') await ports.store.desireRemoval(BASELINE);
    return;
  }
  const plan = planFor({
    environment: BASELINE,
    branch: BASELINE,
    domain: ports.domain,
    settings: ports.planSettings,
    catalog: wish.catalog,
    closure: closureOfBaseline(wish.catalog, wish.names),
    picks: wish.revisions,
    traits: { buildsFromSource: ports.buildsFromSource },
  });
  const present = await baselinePlan(ports.store);
  const isPresent =
    present !== null &&
    record?.desired === 'up' &&
    // What failed is tried again for whoever asks next: its reason may be gone.
    !hasFailed(record) &&
    JSON.stringify(present.tasks) === JSON.stringify(plan.tasks);
  if (isPresent) return;
  const spec: EnvironmentSpec = {
    branch: BASELINE,
    isolation: 'full',
    pins: {},
    entries: [],
    include: [],
    unchanged: 'baseline',
    project: ports.project,
  };
  if (ports.files !== null) await keepPlanFiles(ports.files, plan, present);
  await ports.store.desire({ name: BASELINE, spec, plan, picks: [], findings: [] });
}

/** Makes sure that somebody carries out what is wished of the baseline, if there is one. */
export async function wakeBaseline({
  store,
  agents,
}: Pick<BaselinePorts, 'store' | 'agents'>): Promise<void> {
  if ((await store.get(BASELINE)) !== null) await agents.wake(BASELINE);
}

function hasFailed({ status, generation }: EnvironmentRecord): boolean {
  const statusOf = (wanted: string): string | undefined =>
    status.conditions.find(({ type }) => type === wanted)?.status;
  const isSettled = status.observedGeneration === generation;
  return isSettled && statusOf('Ready') === 'False' && statusOf('Progressing') === 'False';
}

interface Wanted {
  readonly catalog: Catalog;
  readonly names: readonly string[];
}

/**
 * What is demanded and all it needs. What this catalog does not have, but the baseline runs, stays as it
 * is: others demand it by a catalog of their own, or by one of before.
 */
async function wantedOf(
  ports: Pick<BaselinePorts, 'store' | 'demands'>,
  catalog: Catalog,
): Promise<Wanted> {
  const demanded = [...(await everythingDemanded(ports.demands))];
  if (demanded.every((name) => catalog.components.has(name))) {
    return { catalog, names: closeDownward(catalog, demanded) };
  }
  const plan = await baselinePlan(ports.store);
  const components = new Map([...Object.entries(plan?.definitions ?? {}), ...catalog.components]);
  const known = demanded.filter((name) => components.has(name));
  const whole = { ...catalog, components };
  return { catalog: whole, names: closeDownward(whole, known) };
}

/** What runs already keeps its revision, unless it has moved to another repository. */
function withKnown(
  heads: ReadonlyMap<string, Revision>,
  known: ReadonlyMap<string, Revision>,
): ReadonlyMap<string, Revision> {
  return new Map(
    [...heads].map(([name, head]) => {
      const present = known.get(name);
      return [name, present?.repository === head.repository ? present : head];
    }),
  );
}

function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && one.isSubsetOf(other);
}

/** All of `names` inside; what runs elsewhere as boundary. */
function closureOfBaseline(catalog: Catalog, names: readonly string[]): Closure {
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

/** What the baseline is to run now. */
export async function baselinePlan(store: EnvironmentStore): Promise<Plan | null> {
  const record = await store.get(BASELINE);
  return record === null ? null : await store.plan(record.uid);
}

async function everythingDemanded(ports: BaselineDemands): Promise<ReadonlySet<string>> {
  const demands = await ports.demands();
  let all: ReadonlySet<string> = NO_COMPONENTS;
  for (const components of demands.values()) all = all.union(new Set(components));
  return all;
}
