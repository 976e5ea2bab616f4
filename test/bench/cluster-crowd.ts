import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../src/adapters/kubernetes/client/kube-object.ts';
import { FOLLOWED_TYPES } from '../../src/adapters/kubernetes/watch/followed-types.ts';
import { openClusterView } from '../../src/adapters/kubernetes/watch/open-cluster-view.ts';
import { firstStatus } from '../../src/application/environments/environment-status.ts';
import { createReconciler } from '../../src/application/environments/reconcile.ts';
import { runReconciler } from '../../src/application/environments/run-reconciler.ts';
import type { EnvironmentRecord } from '../../src/application/ports/environment-store.ts';
import { closeOver } from '../../src/domain/closure/close.ts';
import { planFor } from '../../src/domain/plan/plan-for.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { catalogOf } from '../../src/main/catalog.ts';
import { systemClock } from '../../src/main/clock.ts';
import { clusterSettingsOf } from '../../src/main/cluster-settings.ts';
import { settingsFor } from '../../src/main/settings.ts';
import { distributionOf } from '../support/topology-figures.ts';
import { madeUpCluster, type MadeUpCluster } from './cluster-crowd-cluster.ts';
import { runningObjects, type CrowdedEnvironment } from './cluster-crowd-objects.ts';
import { scaleProject } from './cluster-project.ts';
import type { ClusterRow } from './cluster.ts';

/**
 * What a controller holds and does with many environments at once, without a cluster: the real view and the real
 * reconcilers, in this process, over an API that is made up. So it is no measure of the client or of the network.
 * `OFFSHOOT_BENCH_ENVIRONMENTS` (50) of `OFFSHOOT_BENCH_COMPONENTS` (500).
 */

const ENVIRONMENTS = Number(process.env['OFFSHOOT_BENCH_ENVIRONMENTS'] ?? 50);
const COMPONENTS = Number(process.env['OFFSHOOT_BENCH_COMPONENTS'] ?? 500);
const LOSSES = 500;
const LOSS_EVERY_MS = 40;
const PASSES_MAX_MS = 60_000;

export async function benchCrowd(): Promise<readonly ClusterRow[]> {
  const crowd = await crowdOf(ENVIRONMENTS, COMPONENTS);
  const types = new Map(FOLLOWED_TYPES.map((type) => [type.plural, type]));
  let objectCount = 0;
  const cluster = madeUpCluster(types, function* (kind) {
    for (const environment of crowd) {
      for (const object of runningObjects(environment, kind)) {
        objectCount += 1;
        yield object;
      }
    }
  });
  const before = process.cpuUsage();
  const beganMs = performance.now();
  const view = openClusterView({ api: cluster.api, clock: systemClock, random: Math.random });
  await view.ready;
  const listedMs = performance.now() - beganMs;
  const listing = process.cpuUsage(before);
  globalThis.gc?.();
  const held = process.memoryUsage();

  const stop = new AbortController();
  const acted = new Map<string, number>();
  const ready = new Set<string>();
  const records = new Map(crowd.map(({ plan }) => [plan.environment, recordOf(plan)]));
  const plans = new Map(crowd.map(({ plan }) => [`uid-${plan.environment}`, plan]));
  const engine = {
    observe: (environment: string) => Promise.resolve(view.observe(environment)),
    onChange: (environment: string, listener: () => void) => view.onChange(environment, listener),
    apply: ({ plan, task }: { readonly plan: Plan; readonly task: { readonly id: string } }) => {
      acted.set(`${plan.environment} ${task.id}`, performance.now());
      return Promise.resolve();
    },
    prune: () => Promise.resolve(),
    remove: () => Promise.resolve({ left: [] }),
    addresses: () => Promise.resolve([]),
  };
  const reconcile = createReconciler({
    store: {
      get: (name) => Promise.resolve(records.get(name) ?? null),
      plan: (uid) => Promise.resolve(plans.get(uid) ?? null),
      writeStatus: (uid, status) => {
        const name = uid.slice('uid-'.length);
        const record = records.get(name);
        if (record !== undefined) records.set(name, { ...record, status });
        if (status.conditions[0]?.status === 'True') ready.add(name);
        return Promise.resolve(true);
      },
      markRemoved: () => Promise.resolve(),
    },
    events: { append: () => Promise.resolve() },
    engine,
    clock: systemClock,
    random: Math.random,
    limits: { concurrency: 256 },
  });
  const loops = crowd.map(({ plan }) =>
    runReconciler({
      name: plan.environment,
      reconcile,
      engine,
      clock: systemClock,
      signal: stop.signal,
      resyncMs: 30_000,
    }),
  );
  const endMs = performance.now() + PASSES_MAX_MS;
  while (ready.size < crowd.length && performance.now() < endMs) await sleep(20);
  const adopted = process.cpuUsage(before);
  globalThis.gc?.();
  const adoptedBytes = process.memoryUsage();

  const busyBefore = process.cpuUsage();
  const lossesBeganMs = performance.now();
  const delays = await lose(crowd, cluster, acted);
  const busy = process.cpuUsage(busyBefore);
  const busyMs = performance.now() - lossesBeganMs;
  stop.abort();
  await Promise.all(loops.map(({ finished }) => finished));
  await view.close();
  const { p50, p99 } = distributionOf(delays);
  return [
    { what: 'environments that are ready', value: ready.size, unit: `of ${ENVIRONMENTS}` },
    { what: 'objects in the view', value: objectCount, unit: 'objects' },
    { what: 'listing all of them', value: listedMs / 1000, unit: 's' },
    { what: 'listing, processor', value: secondsOf(listing), unit: 's' },
    { what: 'heap after the list', value: held.heapUsed / 2 ** 20, unit: 'MiB' },
    { what: 'list and first passes, processor', value: secondsOf(adopted), unit: 's' },
    { what: 'heap with plans and statuses', value: adoptedBytes.heapUsed / 2 ** 20, unit: 'MiB' },
    { what: 'resident with them', value: adoptedBytes.rss / 2 ** 20, unit: 'MiB' },
    { what: 'resident, highest', value: process.resourceUsage().maxRSS / 1024, unit: 'MiB (512)' },
    { what: 'lost object to apply, p50', value: p50, unit: 'ms' },
    { what: 'lost object to apply, p99', value: p99, unit: 'ms (1000)' },
    { what: 'losses noticed', value: delays.length, unit: `of ${LOSSES}` },
    { what: 'losses', value: (LOSSES / busyMs) * 1000, unit: 'per second' },
    { what: 'losses, processor', value: secondsOf(busy) / (busyMs / 1000), unit: 'cores (1)' },
    { what: 'load', value: loadavg()[0] ?? 0, unit: '' },
  ];
}

function secondsOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
}

/** Deployments vanish one after another, and come back as soon as they are applied. */
async function lose(
  crowd: readonly CrowdedEnvironment[],
  cluster: MadeUpCluster,
  acted: Map<string, number>,
): Promise<readonly number[]> {
  const deployments = crowd.map((environment) => lostOf(runningObjects(environment, 'Deployment')));
  let version = 2_000;
  const versioned = (object: KubeObject, more: object = {}): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String((version += 1)), ...more },
  });
  const watched: Promise<number | null>[] = [];
  for (let loss = 0; loss < LOSSES; loss += 1) {
    const place = loss % crowd.length;
    const environment = crowd[place];
    const object = deployments[place]?.[Math.floor(loss / crowd.length)];
    if (environment === undefined || object === undefined) continue;
    const key = `${environment.plan.environment} deploy/${object.metadata.name}`;
    acted.delete(key);
    const beganMs = performance.now();
    cluster.push('DELETED', versioned(object));
    watched.push(
      untilActed(acted, key).then((atMs) => {
        cluster.push('ADDED', versioned(object));
        return atMs === null ? null : atMs - beganMs;
      }),
    );
    await sleep(LOSS_EVERY_MS);
  }
  return (await Promise.all(watched)).flatMap((delay) => delay ?? []);
}

/** Some of the Deployments of an environment: all of them would be most of the memory that is measured. */
function lostOf(all: Iterable<KubeObject>): readonly KubeObject[] {
  const lost: KubeObject[] = [];
  let index = 0;
  for (const object of all) {
    if (index % 7 === 0 && lost.length * ENVIRONMENTS < LOSSES) lost.push(object);
    index += 1;
  }
  return lost;
}

async function untilActed(acted: ReadonlyMap<string, number>, key: string): Promise<number | null> {
  const endMs = performance.now() + 30_000;
  for (;;) {
    const atMs = acted.get(key);
    if (atMs !== undefined) return atMs;
    if (performance.now() >= endMs) return null;
    await sleep(5);
  }
}

function recordOf(plan: Plan): EnvironmentRecord {
  const at = new Date().toISOString();
  return {
    uid: `uid-${plan.environment}`,
    name: plan.environment,
    spec: {
      branch: plan.branch,
      isolation: 'path',
      pins: {},
      entries: [],
      include: [],
      unchanged: 'baseline',
      project: '',
    },
    desired: 'up',
    generation: 1,
    planHash: plan.environment,
    createdAt: at,
    updatedAt: at,
    removedAt: null,
    status: firstStatus(at),
  };
}

async function crowdOf(count: number, components: number): Promise<readonly CrowdedEnvironment[]> {
  const project = await scaleProject({ prefix: 'crowd', components, waits: true });
  const asked = await settingsFor({ project: project.file }, project.folder, true);
  const { catalog } = await catalogOf(asked).load();
  const closure = closeOver(catalog, {
    changed: ['base'],
    entries: [],
    include: [],
    isolation: 'path',
  });
  await project.remove();
  return Array.from({ length: count }, (_, index) => {
    const plan = planFor({
      environment: `crowd-${index}`,
      branch: `crowd-${index}`,
      domain: 'offshoot.localhost',
      catalog,
      closure,
      picks: new Map(),
      traits: { buildsFromSource: false },
    });
    return {
      // A plan of its own, as it comes from the cluster.
      plan: JSON.parse(JSON.stringify(plan)) as Plan,
      namespace: `crowd-crowd-${index}`,
      settings: clusterSettingsOf(asked),
    };
  });
}
