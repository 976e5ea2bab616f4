import { describe, expect, it } from 'vitest';
import { checkQuota } from '../../../src/adapters/kubernetes/preflight/quota.ts';
import type { Component } from '../../../src/domain/catalog/component.ts';
import { catalogOf, component } from '../../support/catalogs.ts';
import { planOf } from '../../support/plans.ts';
import { preflightStage, type StageSpec } from './stage.ts';

const MEBIBYTE = 1024 * 1024;
const CAPTURE = { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' } as const;

const SHOP: readonly Component[] = [
  component({
    name: 'web',
    replicas: 2,
    resources: { cpuMillis: 250, memoryBytes: 64 * MEBIBYTE },
  }),
  component({
    name: 'store',
    type: 'datastore',
    resources: { cpuMillis: 500, memoryBytes: 128 * MEBIBYTE },
    storage: { sizeBytes: 1024 * MEBIBYTE, isPersistent: true },
  }),
  component({
    name: 'schema',
    type: 'job',
    resources: { cpuMillis: 9_000, memoryBytes: 9_000 * MEBIBYTE },
  }),
  component({ name: 'shared', type: 'datastore', datastore: { isolation: 'logical' } }),
];

async function complaints(
  quota: Readonly<Record<string, string>>,
  settings: StageSpec['settings'] = {},
): Promise<readonly string[]> {
  const template = { labels: {}, annotations: {}, objects: [], quota };
  const { expedition } = preflightStage({ settings: { template, ...settings } });
  const found = await checkQuota(expedition, planOf(catalogOf(SHOP)));
  return found.map(({ code, severity, message }) => `${severity} ${code}: ${message}`);
}

describe('the quota of an environment', () => {
  it.each([
    [{}],
    [{ pods: '3', 'requests.cpu': '1', 'requests.memory': '256Mi' }],
    [{ persistentvolumeclaims: '1', 'requests.storage': '1Gi' }],
    [{ 'count/pods': '1', 'limits.cpu': '1m', pods: 'many' }],
  ])('%j is enough, or nothing that is known of', async (quota) => {
    expect(await complaints(quota)).toEqual([]);
  });

  it.each([
    [{ pods: '2' }, '3 pods', '2'],
    [{ 'requests.cpu': '999m' }, '1000 millicores', '999m'],
    [{ cpu: '0.5' }, '1000 millicores', '0.5'],
    [{ 'requests.memory': '255Mi' }, '256 MiB of memory', '255Mi'],
    [{ persistentvolumeclaims: '0' }, '1 persistent volume claims', '0'],
    [{ 'requests.storage': '1023Mi' }, '1024 MiB of storage', '1023Mi'],
  ])('%j is too little', async (quota, needs, limit) => {
    expect(await complaints(quota)).toEqual([
      `error QUOTA_EXCEEDED: the environment needs at least ${needs} and the quota of its namespace is ${limit}`,
    ]);
  });

  it('is also for what captures calls', async () => {
    const quota = { pods: '3', cpu: '1', memory: '256Mi' };
    expect(await complaints(quota, { capture: CAPTURE })).toHaveLength(3);
    const more = { pods: '4', cpu: '1080m', memory: '400Mi' };
    expect(await complaints(more, { capture: CAPTURE })).toEqual([]);
    const spansOnly = { mode: 'otlp', image: 'offshoot:1' } as const;
    const less = { pods: '4', cpu: '1050m', memory: '352Mi' };
    expect(await complaints(less, { capture: spansOnly })).toEqual([]);
    expect(await complaints(quota, { capture: spansOnly })).toHaveLength(3);
    const atNodes = { mode: 'nodes', tapImage: 'tap:1' } as const;
    expect(await complaints(quota, { capture: atNodes })).toEqual([]);
  });

  it('may also be one that somebody else has put into its namespace', async () => {
    const stage = preflightStage();
    const quota = (name: string, pods: string): void =>
      stage.put({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name, namespace: 'offshoot-coupon' },
        spec: { hard: { pods } },
      });
    // What Offshoot itself put there before is replaced.
    quota('offshoot', '1');
    expect(await checkQuota(stage.expedition, planOf(catalogOf(SHOP)))).toEqual([]);
    quota('of-the-team', '2');
    expect(await checkQuota(stage.expedition, planOf(catalogOf(SHOP)))).toHaveLength(1);
  });
});
