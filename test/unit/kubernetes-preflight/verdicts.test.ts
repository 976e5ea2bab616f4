import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import {
  policyFinding,
  type PolicyTrial,
} from '../../../src/adapters/kubernetes/preflight/probe/network-policy.ts';
import { stateOfContainer } from '../../../src/adapters/kubernetes/preflight/probe/pods.ts';

const ENFORCED: PolicyTrial = { before: 'yes', free: 'yes', guarded: 'no', shut: 'no' };

describe('a trial of network policies', () => {
  it.each<[string, Partial<PolicyTrial>, string]>([
    ['everything goes as it should', {}, 'pass'],
    ['who may call nobody calls', { shut: 'yes' }, 'fail'],
    ['who may not be called is called', { guarded: 'yes' }, 'fail'],
    ['one side is open and the other not known', { guarded: 'yes', shut: 'unknown' }, 'fail'],
    ['pods do not reach each other at all', { before: 'no' }, 'warn'],
    ['a policy hits pods that it is not about', { free: 'no' }, 'warn'],
    ['a pod does not end', { shut: 'unknown' }, 'warn'],
    ['the free one does not end', { free: 'unknown' }, 'warn'],
  ])('in which %s', (_, trial, outcome) => {
    expect(policyFinding({ ...ENFORCED, ...trial }).outcome).toBe(outcome);
  });

  it('says which side is open', () => {
    const { message, code } = policyFinding({ ...ENFORCED, guarded: 'yes' });
    expect(message).toBe('a pod that nobody may call was reached');
    expect(code).toBe('NETWORK_POLICY_NOT_ENFORCED');
  });
});

describe('a container that is tried out', () => {
  const podIn = (state: object): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pull' },
    status: {
      containerStatuses: [
        { name: 'other', state: {} },
        { name: 'one', state },
      ],
    },
  });

  it.each<[string, object, object | null]>([
    ['has ended', { terminated: { exitCode: 7 } }, { kind: 'ended', exitCode: 7 }],
    ['runs', { running: { startedAt: '2026-01-01T00:00:00Z' } }, { kind: 'runs' }],
    [
      'cannot be pulled',
      { waiting: { reason: 'ErrImagePull', message: 'not found' } },
      { kind: 'unpulled', reason: 'ErrImagePull', message: 'not found' },
    ],
    [
      'cannot run it',
      { waiting: { reason: 'RunContainerError' } },
      { kind: 'refused', reason: 'RunContainerError' },
    ],
    ['is being made', { waiting: { reason: 'ContainerCreating' } }, null],
    ['is not known yet', {}, null],
  ])('%s', (_, state, expected) => {
    expect(stateOfContainer(podIn(state), 'one')).toEqual(expected);
  });
});
