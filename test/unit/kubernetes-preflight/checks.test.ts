import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { checkClocks } from '../../../src/adapters/kubernetes/preflight/checks/clocks.ts';
import {
  checkController,
  leaderOf,
} from '../../../src/adapters/kubernetes/preflight/checks/controller.ts';
import { checkDefinitions } from '../../../src/adapters/kubernetes/preflight/checks/definitions.ts';
import { resourceDefinitions } from '../../../src/adapters/kubernetes/resources/crds.ts';
import { EPOCH_MS } from '../../support/plans.ts';
import { preflightStage, type PreflightStage } from './stage.ts';

const at = (ms: number): string => new Date(EPOCH_MS + ms).toISOString();

function lease(name: string, aheadMs: number): KubeObject {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace: 'kube-node-lease',
      managedFields: [{ manager: 'kubelet', operation: 'Update', time: at(0) } as never],
    },
    spec: { renewTime: at(aheadMs) },
  };
}

async function clocks(
  stage: PreflightStage,
  image: string | null = null,
): Promise<readonly string[]> {
  const found = await checkClocks(stage.expedition, image);
  return found.map(({ outcome, message }) => `${outcome} ${message}`);
}

describe('clocks', () => {
  it('agree to about a second, which is all that can be told', async () => {
    const stage = preflightStage({ registryMs: EPOCH_MS });
    stage.put(lease('a', 900));
    stage.put(lease('b', -700));
    expect(await clocks(stage, 'cart:1')).toEqual([
      'pass this machine agrees with the API server to about a second',
      'pass 2 nodes agree with the API server to about a second',
      'pass the registry of "cart:1" agrees with the API server to about a second',
    ]);
  });

  it('that differ are named, with how far and which way', async () => {
    const stage = preflightStage({ aheadMs: 10_000, registryMs: EPOCH_MS + 70_000 });
    stage.put(lease('a', 0));
    stage.put(lease('b', 5_000));
    stage.put(lease('c', 0));
    expect(await clocks(stage, 'cart:1')).toEqual([
      'warn this machine is 10.5 s behind the API server',
      'pass 2 nodes agree with the API server to about a second',
      'warn node "b" is 4.5 s ahead of the API server',
      'warn the registry of "cart:1" is 60.0 s ahead of the API server',
    ]);
  });

  it('that cannot be read are told', async () => {
    const stage = preflightStage();
    stage.forbid('list Lease');
    expect(await clocks(stage, 'cart:1')).toEqual([
      'pass this machine agrees with the API server to about a second',
      'warn what time each node has could not be read',
      'warn what time the registry of "cart:1" has could not be read',
    ]);
  });
});

describe('definitions', () => {
  const established = (definition: KubeObject): KubeObject => ({
    ...definition,
    status: { conditions: [{ type: 'Established', status: 'True' }] },
  });
  const [environment, report] = resourceDefinitions().map(established);
  if (environment === undefined || report === undefined) throw new Error('there are two');

  it('are missing where one is, or is not served yet', async () => {
    const { expedition, put } = preflightStage();
    put(environment);
    put({ ...report, status: {} });
    expect(await checkDefinitions(expedition)).toMatchObject({
      outcome: 'fail',
      code: 'CRD_MISSING',
      message: 'the cluster does not have reports.offshoot.dev',
    });
  });

  it('are well in any order of their keys', async () => {
    const { expedition, put } = preflightStage();
    put(environment);
    put(reversed(report) as KubeObject);
    expect(await checkDefinitions(expedition)).toMatchObject({ outcome: 'pass' });
  });

  it('of another version are told, with the command', async () => {
    const { expedition, put } = preflightStage();
    put(environment);
    put(JSON.parse(JSON.stringify(report).replace('"culprit"', '"guilty"')) as KubeObject);
    const found = await checkDefinitions(expedition);
    expect(found).toMatchObject({ outcome: 'warn' });
    expect(found.message).toBe('reports.offshoot.dev is of another version of Offshoot');
    expect(found.remedy).toContain('kubectl apply --server-side --force-conflicts');
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, part]): [string, unknown] => [
    key,
    reversed(part),
  ]);
  return Object.fromEntries(entries.toReversed());
}

describe('the controller', () => {
  const held = (holder: string, renewedMs: number): KubeObject => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'offshoot-controller', namespace: 'offshoot-system' },
    spec: { holderIdentity: holder, leaseDurationSeconds: 15, renewTime: at(renewedMs) },
  });

  it.each([
    ['without a Lease', null, null],
    ['with one that is fresh', held('controller-0', -14_000), 'controller-0'],
    ['with one that has run out', held('controller-0', -15_000), null],
    ['with one that nobody holds', held('', 0), null],
  ])('%s', async (_, object, leader) => {
    const { expedition, put } = preflightStage();
    if (object !== null) put(object);
    expect(await leaderOf(expedition)).toBe(leader);
    const { outcome } = await checkController(expedition);
    expect(outcome).toBe(leader === null ? 'warn' : 'pass');
  });
});
