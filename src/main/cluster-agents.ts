import { releaseByGone, type BaselinePorts } from '../application/environments/baseline.ts';
import type { Agents } from '../application/ports/agents.ts';
import type { ProjectSettings } from '../application/project.ts';
import { systemClock } from './clock.ts';
import type { Cluster } from './cluster.ts';
import { createEnvironmentLoops } from './environment-loops.ts';

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
  const { state, engine, existingBaseline, calls } = cluster;
  const wanted = new Set<string>();
  const releases = new Map<string, () => Promise<void>>();
  const taking = new Map<string, Promise<void>>();

  const giveBack = async (environment: string): Promise<void> => {
    const release = releases.get(environment);
    releases.delete(environment);
    await release?.();
  };

  const loops = createEnvironmentLoops({
    store: state.store,
    events: state.store,
    testRuns: state.store,
    reports: state.store,
    calls,
    engine,
    existingBaseline,
    concurrency: settings.caps.concurrency,
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

  /** What is on its way out is seen to its end: no other process may come to do it. */
  const finishRemovals = async (): Promise<void> => {
    const records = await state.store.list().catch(() => []);
    const leaving = records.filter(({ name, desired }) => desired === 'removed' && loops.has(name));
    const timeout = new AbortController();
    await Promise.race([
      Promise.all(leaving.map(({ name }) => loops.ended(name))),
      systemClock.sleep(REMOVALS_MS, timeout.signal),
    ]);
    timeout.abort();
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
      await finishRemovals();
      await loops.stopAll();
      await Promise.all([...releases.keys()].map(giveBack));
    },
  };

  const baselinePorts: BaselinePorts = {
    store: state.store,
    demands: state.store,
    agents,
    turns: state.turns,
    files: { planFiles: state.planFiles, sources: null },
    domain: settings.domain,
    project: settings.file ?? settings.folder,
    buildsFromSource: false,
  };

  const timer = setInterval(() => {
    agents.revive().catch((error: unknown) => onTrouble(textOf(error)));
  }, REVIVE_EVERY_MS);
  timer.unref();
  return agents;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
