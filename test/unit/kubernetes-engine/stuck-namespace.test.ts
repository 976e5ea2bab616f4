import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import { openKubeApi } from '../../../src/adapters/kubernetes/client/open-kube-api.ts';
import { stuckReasons } from '../../../src/adapters/kubernetes/engine/stuck-namespace.ts';
import { startApiServer, type ApiServer } from '../../support/api-server/api-server.ts';

let server: ApiServer;
let api: KubeApi;

beforeEach(async () => {
  server = await startApiServer();
  api = openKubeApi({ kubeconfig: server.kubeconfig });
});
afterEach(async () => {
  await api.close();
  await server.close();
});

const DISCOVERY = {
  '/apis': {
    groups: [
      { preferredVersion: { groupVersion: 'apps/v1' } },
      { preferredVersion: { groupVersion: 'metrics.example/v1' } },
    ],
  },
  '/api/v1': {
    groupVersion: 'v1',
    resources: [
      resource('pods', 'Pod'),
      resource('pods/log', 'Pod'),
      resource('configmaps', 'ConfigMap'),
      resource('events', 'Event'),
      resource('bindings', 'Binding', ['create']),
      { ...resource('nodes', 'Node'), namespaced: false },
    ],
  },
  '/apis/apps/v1': { groupVersion: 'apps/v1', resources: [resource('deployments', 'Deployment')] },
  '/apis/apiregistration.k8s.io/v1/apiservices': {
    items: [
      service('v1.apps', { group: 'apps', version: 'v1' }, 'True', 'Local'),
      service(
        'v1.metrics.example',
        { group: 'metrics.example', version: 'v1' },
        'False',
        'ServiceNotFound',
      ),
    ],
  },
};

function resource(name: string, kind: string, verbs = ['list', 'delete']): object {
  return { name, kind, verbs, namespaced: true };
}

function service(name: string, spec: object, status: string, reason: string): object {
  const conditions = [{ type: 'Available', status, reason }];
  return { metadata: { name }, spec, status: { conditions } };
}

function held(name: string, ...finalizers: readonly string[]): object {
  return { metadata: { name, namespace: 'shop-one', finalizers } };
}

/** Answers by path; what is not there may not be read. */
function serves(bodies: Readonly<Record<string, object>>): void {
  server.script((response, { path }) => {
    const body = bodies[path];
    response.writeHead(body === undefined ? 403 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? { kind: 'Status', reason: 'Forbidden', message: 'no' }));
  });
}

function list(...items: readonly object[]): object {
  return { metadata: { resourceVersion: '1' }, items };
}

function reasons(...conditions: readonly object[]): Promise<readonly string[]> {
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop-one' },
    status: { conditions },
  };
  return stuckReasons({ api }, namespace);
}

const REMAINING = {
  type: 'NamespaceFinalizersRemaining',
  status: 'True',
  reason: 'SomeFinalizersRemain',
  message: 'example.com/a in 1 resource instances',
};

describe('a namespace that does not go', () => {
  it('says which API service does not answer, and which finalizer holds which object of any kind', async () => {
    serves({
      ...DISCOVERY,
      '/api/v1/namespaces/shop-one/pods': list(held('web-1', 'example.com/a')),
      '/api/v1/namespaces/shop-one/configmaps': list(held('precious', 'a/b', 'c/d'), held('free')),
      '/apis/apps/v1/namespaces/shop-one/deployments': list(held('web', 'example.com/a')),
    });
    expect(await reasons(REMAINING)).toEqual([
      'API service "v1.metrics.example" does not answer (ServiceNotFound)',
      'Pod "web-1" is held by the finalizer "example.com/a"',
      'ConfigMap "precious" is held by the finalizer "a/b", "c/d"',
      'Deployment "web" is held by the finalizer "example.com/a"',
    ]);
    const asked = server.seen.map(({ path }) => path);
    expect(asked).not.toContain('/apis/metrics.example/v1');
    expect(asked.filter((path) => path.endsWith('/events'))).toEqual([]);
  });

  it('waits for its pods, as long as there are some, and looks at nothing else then', async () => {
    serves({
      ...DISCOVERY,
      '/api/v1/namespaces/shop-one/pods': list(held('web-1'), held('api-1', 'example.com/a')),
    });
    expect((await reasons()).slice(1)).toEqual(['Pod "web-1" has not ended yet']);
    expect(server.seen.map(({ path }) => path)).not.toContain('/apis');
  });

  it('repeats what the cluster says of it where the objects may not be listed', async () => {
    serves({});
    const failed = { ...REMAINING, type: 'NamespaceDeletionContentFailure', reason: 'Failed' };
    expect(await reasons(REMAINING, failed, { ...failed, status: 'False' })).toEqual([
      'namespace "shop-one": SomeFinalizersRemain: example.com/a in 1 resource instances',
      'namespace "shop-one": Failed: example.com/a in 1 resource instances',
    ]);
    expect(await reasons()).toEqual(['namespace "shop-one"']);
  });

  it('names twenty objects and counts the others', async () => {
    const many = Array.from({ length: 25 }, (_, index) => held(`c${index}`, 'example.com/a'));
    serves({ ...DISCOVERY, '/api/v1/namespaces/shop-one/configmaps': list(...many) });
    const told = (await reasons()).slice(1);
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toBe('5 more objects');
  });
});
