import { releaseByGone } from '../application/environments/baseline.ts';
import type { Agents } from '../application/ports/agents.ts';
import type { EnvironmentStore } from '../application/ports/environment-store.ts';
import type { ProjectSettings } from '../application/project.ts';
import { systemClock } from './clock.ts';
import type { Cluster } from './cluster.ts';
import { baselinePartsOf, loopPartsOf } from './cluster-parts.ts';
import { createEnvironmentLoops, type EnvironmentLoops } from './environment-loops.ts';

/**
 * Who reconciles while a command runs: a controller if one lives, else this process, for the environments
 * it was asked about, each under its Lease.
 */
export interface ClusterAgents extends Agents {
  /** Takes over what somebody else has left meanwhile. */
  revive(): Promise<void>;
  close(): Promise<void>;
}

const REVIVE_EVERY_MS = 2_000;
const PASSES = 16;
/** Longest that a command is held up by removals that are under way. */
const REMOVALS_MS = 60_000;

/** @param onTrouble - Told of what keeps an environment from being reconciled; it is tried again. */
export function createClusterAgents(
  cluster: Cluster,
  settings: ProjectSettings,
  onTrouble: (line: string) => void,
): ClusterAgents {
  const { state, existingBaseline } = cluster;
  const wanted = new Set<string>();
  const releases = new Map<string, () => Promise<void>>();
  const taking = new Map<string, Promise<void>>();

  const giveBack = async (environment: string): Promise<void> => {
    const release = releases.get(environment);
    releases.delete(environment);
    await release?.();
  };

  const loops = createEnvironmentLoops({
    ...loopPartsOf(cluster, settings),
    passes: PASSES,
    onError: (environment, error) => onTrouble(`${environment}: ${textOf(error)}`),
    async onGone(environment) {
      wanted.delete(environment);
      if (existingBaseline === null) await releaseByGone(baselinePorts);
      await giveBack(environment);
    },
  });

  const take = async (environment: string): Promise<void> => {
    const held = await state.holding.takeEnvironment(environment);
    if (held === null) return;
    releases.set(environment, () => held.release());
    held.signal.addEventListener('abort', () => void loops.stop(environment), { once: true });
    loops.start(environment);
  };

  const wake = async (environment: string): Promise<void> => {
    wanted.add(environment);
    if (loops.has(environment)) {
      loops.wake(environment);
      return;
    }
    const present = taking.get(environment);
    const taken = present ?? take(environment).finally(() => taking.delete(environment));
    if (present === undefined) taking.set(environment, taken);
    await taken;
  };

  const agents: ClusterAgents = {
    wake,
    async revive() {
      const idle = [...wanted].filter((environment) => !loops.has(environment));
      for (const environment of idle) await wake(environment);
    },
    async close() {
      clearInterval(timer);
      await Promise.allSettled(taking.values());
      await finishRemovals(state.store, loops);
      await loops.stopAll();
      await Promise.all([...releases.keys()].map(giveBack));
    },
  };

  const baselinePorts = baselinePartsOf(cluster, settings, agents);
  const timer = setInterval(() => {
    agents.revive().catch((error: unknown) => onTrouble(textOf(error)));
  }, REVIVE_EVERY_MS);
  timer.unref();
  return agents;
}

/** What is on its way out is seen to its end: no other process may come to do it. */
async function finishRemovals(
  store: Pick<EnvironmentStore, 'list'>,
  loops: EnvironmentLoops,
): Promise<void> {
  const records = await store.list().catch(() => []);
  const leaving = records.filter(({ name, desired }) => desired === 'removed' && loops.has(name));
  const timeout = new AbortController();
  await Promise.race([
    Promise.all(leaving.map(({ name }) => loops.ended(name))),
    systemClock.sleep(REMOVALS_MS, timeout.signal),
  ]);
  timeout.abort();
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
