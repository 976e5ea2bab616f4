import type { createLogger } from '../adapters/telemetry/logger.ts';
import {
  addFinalizer,
  followEnvironments,
} from '../adapters/kubernetes/engine/follow-environments.ts';
import { sweepNamespaces } from '../adapters/kubernetes/engine/sweep-namespaces.ts';
import { sweepPlaces } from '../adapters/kubernetes/engine/logical/sweep-places.ts';
import type { HeldLease } from '../adapters/kubernetes/store/leases.ts';
import { releaseByGone } from '../application/environments/baseline.ts';
import { onePassAtATime } from '../application/environments/one-pass-at-a-time.ts';
import { codeOf } from '../application/environments/retry.ts';
import type { ProjectSettings } from '../application/project.ts';
import type { ErrorCode } from '../domain/errors.ts';
import { systemClock } from './clock.ts';
import { baselinePartsOf, loopPartsOf } from './cluster-parts.ts';
import type { Cluster } from './cluster.ts';
import { createEnvironmentLoops, type EnvironmentLoops } from './environment-loops.ts';

/** What the controller that leads does until it does not: a loop for each living environment, and order kept. */
export interface Reign {
  readonly cluster: Cluster;
  readonly settings: ProjectSettings;
  readonly log: ReturnType<typeof createLogger>;
  readonly held: HeldLease;
  /** Ends the reign. */
  readonly signal: AbortSignal;
  readonly onCount: (environments: number) => void;
  readonly onFailure: (code: ErrorCode) => void;
}

const PASSES = 32;
/** Between two looks for environments that a command held and holds no more. */
const ADOPT_EVERY_MS = 2_000;
const SWEEP_EVERY_MS = 600_000;
/** As old as that a namespace is before it can be an orphan. */
const SWEEP_GRACE_MS = 900_000;

export async function lead(reign: Reign): Promise<void> {
  const { cluster, signal, log } = reign;
  const loops = loopsOf(reign);
  const known = new Set<string>();

  const adoptions = onePassAtATime(async (environment: string): Promise<void> => {
    if (loops.has(environment) || signal.aborted) return;
    if (!(await cluster.state.holding.mayLead(environment))) return;
    if (!(await addFinalizer(cluster.api, cluster.settings.prefix, environment))) return;
    reign.held.check();
    loops.start(environment);
    reign.onCount(loops.names().length);
  });
  const adopt = (environment: string): Promise<void> =>
    loops.has(environment) ? Promise.resolve() : adoptions(environment);
  const attempt = (what: string, act: () => Promise<unknown>): Promise<void> =>
    act().then(
      () => undefined,
      (error: unknown) => {
        if (signal.aborted) return;
        reign.onFailure(codeOf(error));
        log.warn({ err: error, what }, 'tried again later');
      },
    );

  const { recent } = cluster.state;
  recent.follow();
  const following = followEnvironments(cluster.api, {
    installation: cluster.settings.controlNamespace,
    signal,
    clock: systemClock,
    onObject: (object, isThere) => (isThere ? recent.note(object) : recent.forget(object)),
    onEnvironment(environment) {
      known.add(environment);
      if (loops.has(environment)) loops.wake(environment);
      else void attempt(`adopt ${environment}`, () => adopt(environment));
    },
    onGone: (environment) => {
      known.delete(environment);
      loops.wake(environment);
    },
    onTestRequest: (environment) => loops.wake(environment),
    onTrouble: (error) => log.warn({ err: error }, 'the environments are followed anew'),
  });
  let sweptAtMs = 0;
  while (!signal.aborted) {
    for (const environment of known) {
      await attempt(`adopt ${environment}`, () => adopt(environment));
    }
    if (systemClock.nowMs() - sweptAtMs >= SWEEP_EVERY_MS) {
      sweptAtMs = systemClock.nowMs();
      await attempt('sweep', () => sweep(reign));
    }
    reign.onCount(loops.names().length);
    await systemClock.sleep(ADOPT_EVERY_MS, signal);
  }
  await loops.stopAll();
  await following;
  recent.unfollow();
}

/** What killed processes left: plans that nobody names, Leases, namespaces and places whose Environment is gone. */
async function sweep({ cluster, log }: Reign): Promise<void> {
  const kept = await cluster.state.sweep();
  const remove = (environment: string): Promise<unknown> => cluster.engine.remove(environment);
  const namespaces = await sweepNamespaces({
    api: cluster.api,
    prefix: cluster.settings.prefix,
    clock: systemClock,
    graceMs: SWEEP_GRACE_MS,
    remove,
  });
  const places = await sweepPlaces(cluster, remove);
  if (kept.length + namespaces.length + places.length > 0) {
    log.info({ kept, namespaces, places }, 'swept');
  }
}

function loopsOf({ cluster, settings, log, onFailure }: Reign): EnvironmentLoops {
  const loops: EnvironmentLoops = createEnvironmentLoops({
    ...loopPartsOf(cluster, settings),
    passes: PASSES,
    // What is well now is looked after all the same.
    onSettled: () => undefined,
    onError(environment, error) {
      onFailure(codeOf(error));
      log.error({ err: error, environment }, 'a pass ended with an error');
    },
    async onGone(environment) {
      log.info({ environment }, 'gone');
      if (cluster.existingBaseline !== null) return;
      const agents = { wake: (name: string) => Promise.resolve(loops.wake(name)) };
      await releaseByGone(baselinePartsOf(cluster, settings, agents));
    },
  });
  return loops;
}
