import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../src/adapters/kubernetes/engine/api-failures.ts';
import {
  KubeApiError,
  KubeUnreachableError,
} from '../../../src/adapters/kubernetes/client/kube-api.ts';
import { OperationError } from '../../../src/domain/errors.ts';

function codeOf(answer: ConstructorParameters<typeof KubeApiError>[0]): string {
  const failure = failureOf(new KubeApiError(answer), 'Deployment "cart"');
  return failure instanceof OperationError ? failure.code : 'none';
}

describe('a refusal of the API server', () => {
  it.each([
    [401, 'Unauthorized', 'Unauthorized', 'CLUSTER_FORBIDDEN'],
    [
      403,
      'Forbidden',
      'deployments.apps "cart" is forbidden: User "ci" cannot patch resource "deployments"',
      'CLUSTER_FORBIDDEN',
    ],
    [
      403,
      'Forbidden',
      'resourcequotas is forbidden: User "ci" cannot list resource "resourcequotas"',
      'CLUSTER_FORBIDDEN',
    ],
    [
      403,
      'Forbidden',
      'pods "cart" is forbidden: exceeded quota: offshoot, requested: pods=1',
      'QUOTA_EXCEEDED',
    ],
    [
      403,
      'Forbidden',
      'pods "cart" is forbidden: violates PodSecurity "baseline:latest"',
      'ADMISSION_DENIED',
    ],
    [404, 'NotFound', 'namespaces "x" not found', 'ENVIRONMENT_NOT_READY'],
    [409, 'Conflict', 'the object has been modified', 'CLUSTER_CONFLICT'],
    [422, 'Invalid', 'spec.replicas: Invalid value', 'ADMISSION_DENIED'],
    [429, 'TooManyRequests', 'later', 'CLUSTER_UNREACHABLE'],
    [503, 'ServiceUnavailable', 'down', 'CLUSTER_UNREACHABLE'],
  ])('of status %i, reason %s: "%s" is %s', (status, reason, message, code) => {
    expect(codeOf({ status, reason, message })).toBe(code);
  });

  it('in a namespace that is ending is only for now', () => {
    const details = { causes: [{ reason: 'NamespaceTerminating' }] };
    const message = 'namespace is being terminated';
    expect(codeOf({ status: 403, reason: 'Forbidden', message, details })).toBe(
      'ENVIRONMENT_NOT_READY',
    );
  });

  it('names what was tried; no answer at all is a cluster out of reach', () => {
    const failure = failureOf(new KubeUnreachableError('refused'), 'Deployment "cart"');
    expect(failure).toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: 'Deployment "cart": refused',
    });
  });

  it('leaves what is no answer as it is', () => {
    const mistake = new TypeError('ours');
    expect(failureOf(mistake, 'anything')).toBe(mistake);
  });
});
