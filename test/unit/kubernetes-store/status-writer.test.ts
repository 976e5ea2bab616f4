import { describe, expect, it } from 'vitest';
import { firstStatus } from '../../../src/application/environments/environment-status.ts';
import type { EnvironmentStatus } from '../../../src/application/ports/environment-store.ts';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { CLUSTER_STATE_LIMITS } from '../../../src/adapters/kubernetes/store/limits.ts';
import { createRecentEnvironments } from '../../../src/adapters/kubernetes/store/recent-environments.ts';
import { StatusWriter } from '../../../src/adapters/kubernetes/store/status-writer.ts';
import { waitFor } from '../../cluster/waiting.ts';

const AT = '2026-01-01T00:00:00.000Z';
const unasked = (): Promise<never> => Promise.reject(new Error('nobody asks for this here'));
const LIVING: KubeObject = {
  apiVersion: 'offshoot.dev/v1alpha1',
  kind: 'Environment',
  metadata: { name: 'coupon', uid: 'one', resourceVersion: '1' },
};

/** An API server that answers a write of a status only when it is told to. */
function slowServer(): {
  readonly api: KubeApi;
  readonly answers: (() => void)[];
  readonly written: () => number;
} {
  const answers: (() => void)[] = [];
  let writes = 0;
  const api: KubeApi = {
    get: () => Promise.resolve(LIVING),
    patch: async () => {
      writes += 1;
      await new Promise<void>((resolve) => answers.push(resolve));
      return LIVING;
    },
    list: unasked,
    create: unasked,
    apply: unasked,
    replace: unasked,
    delete: unasked,
    podLog: unasked,
    exec: unasked,
    request: unasked,
    async *watch() {},
    async *followPodLog() {},
    close: () => Promise.resolve(),
  };
  return { api, answers, written: () => writes };
}

function status(generation: number): EnvironmentStatus {
  return { ...firstStatus(AT), observedGeneration: generation };
}

describe('writing statuses', () => {
  it('has one write of a life under way, however long it takes, and the newest one last', async () => {
    const { api, answers, written } = slowServer();
    const clock = { nowMs: () => Date.now() };
    const control = {
      api,
      namespace: 'control',
      prefix: 'shop',
      clock,
      ids: { next: () => 'id' },
      limits: { ...CLUSTER_STATE_LIMITS, statusMs: 5 },
    };
    const writer = new StatusWriter(control, createRecentEnvironments(clock), () =>
      Promise.resolve(),
    );
    const current = { name: 'coupon', status: status(0) };
    for (let generation = 1; generation <= 20; generation += 1) {
      writer.accept('one', current, status(generation));
      await new Promise((resolve) => setTimeout(resolve, 6));
    }
    expect(written()).toBe(1);
    answers[0]?.();
    await waitFor('the next write', () => Promise.resolve(answers[1] ?? null));
    expect(written()).toBe(2);
    answers[1]?.();
    await writer.flush();
    expect(written()).toBe(2);
  });
});
