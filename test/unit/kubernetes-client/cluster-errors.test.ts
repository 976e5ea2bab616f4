import { describe, expect, it } from 'vitest';
import {
  onCluster,
  operationErrorOf,
} from '../../../src/adapters/kubernetes/client/cluster-errors.ts';
import {
  KubeApiError,
  KubeUnreachableError,
} from '../../../src/adapters/kubernetes/client/kube-api.ts';

function answered(status: number): KubeApiError {
  return new KubeApiError({ status, reason: 'R', message: 'as the server said' });
}

describe('a failure of the cluster', () => {
  it.each([
    [answered(401), 'CLUSTER_FORBIDDEN'],
    [answered(403), 'CLUSTER_FORBIDDEN'],
    [answered(409), 'CLUSTER_CONFLICT'],
    [answered(429), 'CLUSTER_UNREACHABLE'],
    [answered(503), 'CLUSTER_UNREACHABLE'],
    [answered(422), 'INTERNAL'],
    [new KubeUnreachableError('refused'), 'CLUSTER_UNREACHABLE'],
  ])('%s is an operation error', (error, code) => {
    expect(operationErrorOf(error, 'read the environment "coupon"')).toMatchObject({
      code,
      message: `could not read the environment "coupon": ${error.message}`,
    });
  });

  it('is told by whoever works with the cluster; all else passes as it is', async () => {
    const bug = new TypeError('a bug');
    await expect(onCluster('x', () => Promise.reject(bug))).rejects.toBe(bug);
    await expect(onCluster('x', () => Promise.reject(answered(403)))).rejects.toMatchObject({
      code: 'CLUSTER_FORBIDDEN',
      details: { status: 403, reason: 'R' },
    });
  });
});
