import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import type { RenderedObject } from '../../src/adapters/kubernetes/render/rendering.ts';
import { countedByKind, endOfAudit, requestsOf } from './cluster-audit.ts';
import { kubectlApply, postAll } from './cluster-contenders.ts';
import { objectsOfPlan } from './cluster-objects.ts';
import { controlPlaneSeconds, useOf } from './cluster-process.ts';
import { openScaleStage, type ScaleStage } from './cluster-stage.ts';
import {
  untilAvailable,
  untilEnvironmentGone,
  untilNamespaceGone,
  untilReady,
} from './cluster-watching.ts';

/**
 * One environment of many components on simulated nodes, by Offshoot's controller, by `kubectl apply
 * --server-side` and by a bare loop over 32 connections: the same objects, in turns on the same cluster; and its
 * removal against deleting the namespace. Wants `OFFSHOOT_BENCH_COMPONENTS` (500), `OFFSHOOT_BENCH_ROUNDS` (3).
 */

export interface ClusterRow {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

/** What one contender did in one round. Times in seconds. */
interface Run {
  readonly who: Contender;
  readonly up: number;
  readonly down: number;
  readonly requests: number;
  /** Of the control plane's processor, until all was available. */
  readonly work: number;
  readonly load: number;
}

type Contender = 'offshoot' | 'kubectl' | 'loop';

const COMPONENTS = Number(process.env['OFFSHOOT_BENCH_COMPONENTS'] ?? 500);
const ROUNDS = Number(process.env['OFFSHOOT_BENCH_ROUNDS'] ?? 3);
/** For what the last one left to settle. Unit: milliseconds. */
const PAUSE_MS = 3_000;

export async function benchCluster(): Promise<readonly ClusterRow[]> {
  const rows: ClusterRow[] = [];
  for (const waits of [false, true]) rows.push(...(await benchOne(waits)));
  return rows;
}

async function benchOne(waits: boolean): Promise<readonly ClusterRow[]> {
  const prefix = waits ? 'ordered' : 'free';
  const stage = await openScaleStage({ prefix, components: COMPONENTS, waits });
  try {
    const runs: Run[] = [];
    const figures: ClusterRow[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const own = await runOffshoot(stage, `round-${round}`);
      runs.push(own.run);
      if (round === 0) figures.push(...own.figures);
      const others: readonly Contender[] =
        round % 2 === 0 ? ['loop', 'kubectl'] : ['kubectl', 'loop'];
      for (const who of others) runs.push(await runOther(stage, who, round, own.objects));
    }
    return [...summaryOf(runs), ...figures].map((row) => ({
      ...row,
      what: `${waits ? 'in order' : 'no order'}: ${row.what}`,
    }));
  } finally {
    await stage.close();
  }
}

interface OwnRun {
  readonly run: Run;
  readonly figures: readonly ClusterRow[];
  readonly objects: (namespace: string) => readonly RenderedObject[];
}

async function runOffshoot(stage: ScaleStage, name: string): Promise<OwnRun> {
  const { api, wisher, project, controller } = stage;
  const { auditLog } = stage.plane;
  const branch = project.branch(name);
  const namespace = wisher.namespaceOf(branch);
  const load = loadavg()[0] ?? 0;
  const before = await useOf(controller.pid);
  const auditFrom = await endOfAudit(auditLog);
  const workBefore = await controlPlaneSeconds();
  const beganMs = performance.now();
  const available = untilAvailable(api, namespace, COMPONENTS);
  await wisher.up(branch);
  const acceptedMs = performance.now();
  const [availableMs, readyMs] = await Promise.all([available, untilReady(api, branch)]);
  const work = (await controlPlaneSeconds()) - workBefore;
  await sleep(PAUSE_MS);
  const after = await useOf(controller.pid);
  const requests = (await requestsOf(auditLog, auditFrom, 'offshoot')).filter(
    ({ verb }) => verb !== 'watch',
  );
  const record = await wisher.store.get(branch);
  const plan = record === null ? null : await wisher.store.plan(record.uid);
  if (plan === null) throw new Error('the plan is gone');
  const gone = Promise.all([untilEnvironmentGone(api, branch), untilNamespaceGone(api, namespace)]);
  await sleep(200);
  const removeMs = performance.now();
  await wisher.down(branch);
  const [environmentGoneMs] = await gone;
  await sleep(PAUSE_MS);
  const seconds = (availableMs - beganMs) / 1000;
  const run: Run = {
    who: 'offshoot',
    up: seconds,
    down: (environmentGoneMs - removeMs) / 1000,
    requests: requests.length,
    work,
    load,
  };
  console.error(JSON.stringify(run), `accepted after ${Math.round(acceptedMs - beganMs)} ms`);
  console.error(countedByKind(requests).slice(0, 12).join('; '));
  const elapsed = (performance.now() - beganMs) / 1000;
  return {
    run,
    objects: (other) => objectsOfPlan(plan, stage.settings, other),
    figures: [
      { what: 'offshoot, wish accepted after', value: (acceptedMs - beganMs) / 1000, unit: 's' },
      { what: 'offshoot, Ready after', value: (readyMs - beganMs) / 1000, unit: 's' },
      ...countedByKind(requests)
        .slice(0, 12)
        .map(([kind, count]) => ({ what: `offshoot, ${kind}`, value: count, unit: 'requests' })),
      {
        what: 'controller, processor',
        value: after.cpuSeconds - before.cpuSeconds,
        unit: `s of ${Math.round(elapsed)} s`,
      },
      { what: 'controller, resident', value: after.residentBytesMax / 2 ** 20, unit: 'MiB' },
      perComponent('controller, received', after.readBytes - before.readBytes),
      perComponent('controller, sent', after.writtenBytes - before.writtenBytes),
    ],
  };
}

function perComponent(what: string, bytes: number): ClusterRow {
  return { what, value: bytes / 1024 / COMPONENTS, unit: 'KiB per component' };
}

async function runOther(
  { api, plane, project }: ScaleStage,
  who: Contender,
  round: number,
  objectsIn: OwnRun['objects'],
): Promise<Run> {
  const namespace = `${project.prefix}-${who}-${round}`;
  const objects = objectsIn(namespace);
  const load = loadavg()[0] ?? 0;
  const auditFrom = await endOfAudit(plane.auditLog);
  const workBefore = await controlPlaneSeconds();
  const beganMs = performance.now();
  const available = untilAvailable(api, namespace, COMPONENTS);
  if (who === 'loop') await postAll(plane.kubeconfig, objects);
  else await kubectlApply(plane.kubectl, plane.kubeconfig, objects);
  const postedMs = performance.now();
  const availableMs = await available;
  const work = (await controlPlaneSeconds()) - workBefore;
  await sleep(PAUSE_MS);
  const agent = who === 'loop' ? 'bare-loop' : 'kubectl';
  const { length: requests } = await requestsOf(plane.auditLog, auditFrom, agent);
  const gone = untilNamespaceGone(api, namespace);
  await sleep(200);
  const removeMs = performance.now();
  await api.delete(RESOURCE_TYPES.namespace, { name: namespace });
  const goneMs = await gone;
  await sleep(PAUSE_MS);
  const run: Run = {
    who,
    up: (availableMs - beganMs) / 1000,
    down: (goneMs - removeMs) / 1000,
    requests,
    work,
    load,
  };
  console.error(JSON.stringify(run), `posted after ${Math.round(postedMs - beganMs)} ms`);
  return run;
}

function summaryOf(runs: readonly Run[]): readonly ClusterRow[] {
  const of = (who: Contender, read: (run: Run) => number): number =>
    median(runs.filter((run) => run.who === who).map(read));
  const up = ({ up: value }: Run): number => value;
  const down = ({ down: value }: Run): number => value;
  const requests = ({ requests: value }: Run): number => value / COMPONENTS;
  const byHand = median(runs.filter(({ who }) => who !== 'offshoot').map(down));
  const who: readonly Contender[] = ['offshoot', 'kubectl', 'loop'];
  return [
    ...who.map((each) => ({ what: `${each}, all available`, value: of(each, up), unit: 's' })),
    { what: 'offshoot / loop', value: of('offshoot', up) / of('loop', up), unit: '(1.15)' },
    { what: 'offshoot / kubectl', value: of('offshoot', up) / of('kubectl', up), unit: '(1)' },
    ...who.map((each) => ({
      what: `${each}, requests`,
      value: of(each, requests),
      unit: 'per component',
    })),
    ...who.map((each) => ({
      what: `${each}, control plane`,
      value: of(each, ({ work }) => work),
      unit: 's of processor',
    })),
    { what: 'offshoot, removed', value: of('offshoot', down), unit: 's' },
    { what: 'namespace deleted by hand', value: byHand, unit: 's' },
    { what: 'removed / by hand', value: of('offshoot', down) / byHand, unit: '(1.1)' },
    { what: 'load before, median', value: median(runs.map(({ load }) => load)), unit: '' },
  ];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [
    sorted[sorted.length - 1 - middle],
    sorted[middle],
  ];
  return (low + high) / 2;
}
