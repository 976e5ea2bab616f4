import { describe, expect, it } from 'vitest';
import type {
  KubeObject,
  ObjectMeta,
} from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { ANNOTATIONS, LABELS } from '../../../src/adapters/kubernetes/labels.ts';
import { EnvironmentView } from '../../../src/adapters/kubernetes/watch/environment-view.ts';
import { PlatformEventLog } from '../../../src/adapters/kubernetes/watch/platform-events.ts';
import { reduceObject } from '../../../src/adapters/kubernetes/watch/reduce.ts';
import type { Seen } from '../../../src/adapters/kubernetes/watch/seen.ts';
import { Warnings } from '../../../src/adapters/kubernetes/watch/warnings.ts';
import type { PlatformEvent } from '../../../src/domain/calls/report.ts';

const STARTED = '2026-01-01T00:00:10Z';
const NOW = Date.parse('2026-01-01T00:01:00Z');
const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();

function metadata(name: string, more: Partial<ObjectMeta> = {}): ObjectMeta {
  const labels = { [LABELS.environment]: 'one', [LABELS.component]: 'cart' };
  return { name, namespace: 'pr-one', uid: name, creationTimestamp: at(0), labels, ...more };
}

interface Status {
  readonly ready?: string;
  readonly readySince?: number;
  readonly restarts?: number;
  readonly state?: object;
  readonly last?: object;
}

function pod({ ready = 'True', readySince = 11, restarts = 0, ...status }: Status): KubeObject {
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: 'cart-1',
    uid: 'rs',
    controller: true,
  };
  const { state = { running: { startedAt: STARTED } }, last = {} } = status;
  const condition = { type: 'Ready', status: ready, lastTransitionTime: at(readySince) };
  const isReady = ready === 'True';
  const container = {
    name: 'cart',
    restartCount: restarts,
    ready: isReady,
    state,
    lastState: last,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata('cart-1-x', { ownerReferences: [owner], creationTimestamp: at(5) }),
    spec: { containers: [{ name: 'cart' }] },
    status: { phase: 'Running', conditions: [condition], containerStatuses: [container] },
  };
}

const end = (exitCode: number, seconds: number, reason = 'Error'): object => ({
  terminated: { exitCode, reason, startedAt: STARTED, finishedAt: at(seconds) },
});

function seen(object: KubeObject, previous: Seen | null = null, nowMs = NOW): Seen {
  const type = object.kind === 'Pod' ? RESOURCE_TYPES.pod : RESOURCE_TYPES.deployment;
  const reduced = reduceObject(type, object, { previous, nowMs, intern: (text) => text });
  if (reduced === null) throw new Error('it is of no environment');
  return reduced;
}

/** What a pod's states, one after the other, tell. */
function told(...states: readonly Status[]): readonly Omit<PlatformEvent, 'message'>[] {
  const log = new PlatformEventLog();
  let before: Seen | null = null;
  for (const state of states) {
    const now: Seen = seen(pod(state), before);
    log.note(now, before, NOW);
    before = now;
  }
  return log
    .of('one', 0, NOW * 1_000)
    .map(({ component, code, atUs }) => ({ component, code, atUs }));
}

describe('platform events', () => {
  const us = (seconds: number, ms = 0): number => (Date.parse(at(seconds)) + ms) * 1_000;

  it('tell of each end once, and call many of them a loop', () => {
    const again = { running: { startedAt: at(20) } };
    const first = { ready: 'False', readySince: 21, restarts: 1, state: again, last: end(1, 20) };
    const third = { ready: 'False', restarts: 2, state: { waiting: {} }, last: end(1, 40) };
    expect(told({}, first, first, third, third)).toEqual([
      { component: 'cart', code: 'EXITED', atUs: us(20, 999) },
      { component: 'cart', code: 'CRASH_LOOP', atUs: us(40, 999) },
    ]);
  });

  it('tell of lack of memory, images and probes', () => {
    const killed = { ready: 'False', readySince: 9, restarts: 1, last: end(137, 20, 'OOMKilled') };
    expect(told(killed)).toEqual([{ component: 'cart', code: 'OUT_OF_MEMORY', atUs: us(20, 999) }]);
    const pulls = { ready: 'False', readySince: 9, state: { waiting: { reason: 'ErrImagePull' } } };
    expect(told(pulls, pulls)).toMatchObject([{ code: 'IMAGE_PULL_FAILED', atUs: NOW * 1_000 }]);
    expect(told({}, { ready: 'False', readySince: 30 })).toEqual([
      { component: 'cart', code: 'PROBE_FAILING', atUs: us(30) },
    ]);
    // It was never ready: that is no news.
    expect(told({ ready: 'False', readySince: 9 })).toEqual([]);
  });
});

describe('what runs now', () => {
  function deployment(fingerprint: string, generation: number, unavailable = ''): KubeObject {
    const { task, objects } = ANNOTATIONS;
    const annotations = {
      [task]: 'deploy/cart',
      [ANNOTATIONS.fingerprint]: fingerprint,
      [ANNOTATIONS.generation]: String(generation),
      [objects]: '1',
      ...(unavailable === '' ? {} : { [ANNOTATIONS.unavailable]: unavailable }),
      'deployment.kubernetes.io/revision': '1',
    };
    const counts = { replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata('cart', { annotations }),
      spec: { replicas: 1, template: { spec: { containers: [] } } },
      status: { observedGeneration: 1, ...counts },
    };
  }

  it('began when its order did, whatever the generation', () => {
    const view = new EnvironmentView(new Warnings());
    let before: Seen | null = null;
    const begun = (object: KubeObject, nowMs: number): unknown => {
      const now: Seen = seen(object, before, nowMs);
      view.put(now, before);
      before = now;
      const [task] = view.observe(nowMs);
      return [task?.startedAt, task?.generation, task?.unavailable];
    };
    expect(begun(deployment('f1', 1, 'hints'), NOW)).toEqual([at(0), 1, ['hints']]);
    expect(begun(deployment('f1', 2, 'hints'), NOW + 1_000)).toEqual([at(0), 2, ['hints']]);
    const later = new Date(NOW + 2_000).toISOString();
    expect(begun(deployment('f1', 3), NOW + 2_000)).toEqual([later, 3, undefined]);
    expect(begun(deployment('f1', 4), NOW + 3_000)).toEqual([later, 4, undefined]);
  });

  it('ends no earlier than it began', () => {
    const view = new EnvironmentView(new Warnings());
    view.put(seen(deployment('f1', 1)), null);
    const [task] = view.observe(NOW);
    expect(task).toMatchObject({ state: 'Succeeded', startedAt: at(0), finishedAt: at(0) });
  });
});
