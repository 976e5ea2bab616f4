import { releaseByGone } from '../application/environments/baseline.ts';
import { isSettled } from '../application/environments/wait.ts';
import type { Agents } from '../application/ports/agents.ts';
import type { EnvironmentStore } from '../application/ports/environment-store.ts';
import type { ProjectSettings } from '../application/project.ts';
import { systemClock } from './clock.ts';
import type { Cluster } from './cluster.ts';
import { baselinePartsOf, loopPartsOf } from './cluster-parts.ts';
import { createEnvironmentLoops, type EnvironmentLoops } from './environment-loops.ts';
import { createTakenEnvironments } from './taken-environments.ts';

/**
 * Who reconciles while a command or a server runs: a controller if one lives, else this process, for the
 * environments it was asked about, each under its Lease. It holds a Lease only while there is something to
 * do, and gives all of them back when a controller comes.
 */
export interface ClusterAgents extends Agents {
  /** Takes over what somebody else has left meanwhile of what this process was asked about. */
  revive(): Promise<void>;
  /** Goes on also with what others have begun and left, unless a controller lives to do it. */
  adopt(): Promise<void>;
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
  let isClosing = false;
  const taken = createTakenEnvironments(state.holding);
  const tell = (environment: string, error: unknown): void =>
    onTrouble(`${environment}: ${textOf(error)}`);

  /** What was seen is written first: whoever comes next must not be written over. */
  const handOver = async (environment: string): Promise<void> => {
    await loops.stop(environment);
    await state.flush().catch((error: unknown) => tell(environment, error));
    await taken.giveBack(environment);
  };

  const loops = createEnvironmentLoops({
    ...loopPartsOf(cluster, settings),
    passes: PASSES,
    onError: tell,
    onSettled(environment) {
      wanted.delete(environment);
      void handOver(environment);
    },
    async onGone(environment) {
      wanted.delete(environment);
      if (existingBaseline === null) await releaseByGone(baselinePorts);
      await taken.giveBack(environment);
    },
  });

  const agents: ClusterAgents = {
    async wake(environment) {
      if (isClosing) return;
      wanted.add(environment);
      const isBusy =
        loops.has(environment) ||
        !(await taken.take(environment, () => void loops.stop(environment)));
      if (isBusy) loops.wake(environment);
      else loops.start(environment);
    },
    async revive() {
      const busy = loops.names();
      if (busy.length > 0 && (await state.holding.isLed())) await Promise.all(busy.map(handOver));
      const idle = [...wanted].filter((environment) => !loops.has(environment));
      for (const environment of idle) await agents.wake(environment);
    },
    async adopt() {
      if (await state.holding.isLed()) return;
      const records = await state.store.list();
      for (const record of records) if (!isSettled(record)) await agents.wake(record.name);
    },
    async close() {
      isClosing = true;
      clearInterval(timer);
      await taken.settled();
      const left = await finishRemovals(state.store, loops);
      await loops.stopAll();
      await state.flush();
      await taken.giveBackAll();
      for (const name of left) onTrouble(unfinished(name));
    },
  };

  const baselinePorts = baselinePartsOf(cluster, settings, agents);
  const timer = setInterval(() => {
    agents.revive().catch((error: unknown) => onTrouble(textOf(error)));
  }, REVIVE_EVERY_MS);
  timer.unref();
  return agents;
}

/**
 * What is on its way out is seen to its end: no other process may come to do it.
 *
 * @returns Names of those that take too long.
 */
async function finishRemovals(
  store: Pick<EnvironmentStore, 'list'>,
  loops: EnvironmentLoops,
): Promise<readonly string[]> {
  const records = await store.list().catch(() => []);
  const leaving = records.flatMap(({ name, desired }) =>
    desired === 'removed' && loops.has(name) ? [name] : [],
  );
  const timeout = new AbortController();
  await Promise.race([
    Promise.all(leaving.map((name) => loops.ended(name))),
    systemClock.sleep(REMOVALS_MS, timeout.signal),
  ]);
  timeout.abort();
  return leaving.filter((name) => loops.has(name));
}

function unfinished(environment: string): string {
  return `"${environment}" is not gone yet, and no controller runs that would go on: \`offshoot down ${environment}\` does`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
