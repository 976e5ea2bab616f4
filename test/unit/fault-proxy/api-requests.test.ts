import { expect, it } from 'vitest';
import { apiRequestOf } from '../../support/fault-proxy/api-requests.ts';

it.each([
  ['GET', '/api/v1/pods?limit=500', 'list pods'],
  ['GET', '/api/v1/pods?watch=true', 'watch pods'],
  ['GET', '/api/v1/namespaces/n/pods/p', 'get pods'],
  ['GET', '/api/v1/namespaces/n/pods/p/log', 'get pods/log'],
  ['GET', '/api/v1/namespaces', 'list namespaces'],
  ['GET', '/api/v1/namespaces/n', 'get namespaces'],
  ['PUT', '/api/v1/namespaces/n/finalize', 'update namespaces/finalize'],
  ['POST', '/apis/apps/v1/namespaces/n/deployments', 'create deployments.apps'],
  [
    'PATCH',
    '/apis/offshoot.dev/v1/environments/e/status',
    'patch environments.offshoot.dev/status',
  ],
  ['DELETE', '/api/v1/namespaces/n', 'delete namespaces'],
  ['DELETE', '/api/v1/namespaces/n/pods', 'deletecollection pods'],
  ['GET', '/version', 'get /version'],
  ['GET', '/apis/apps/v1', 'get /apis/apps/v1'],
])('%s %s is %s', (method, path, words) => {
  const { verb, resource } = apiRequestOf(method, path);
  expect(`${verb} ${resource}`).toBe(words);
});

it('tells server-side apply from other patches', () => {
  const { verb } = apiRequestOf('PATCH', '/api/v1/nodes/n', 'application/apply-patch+yaml');
  expect(verb).toBe('apply');
});
