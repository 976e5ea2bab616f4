import { describe, expect, it } from 'vitest';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import { templateTypesOf } from '../../../src/adapters/kubernetes/engine/template-types.ts';

/** Which kinds a cluster serves, as its discovery tells. */

const asked: string[] = [];

function cluster(
  answers: Readonly<Record<string, unknown>>,
): Parameters<typeof templateTypesOf>[0] {
  asked.length = 0;
  return {
    request: ({ path }) => {
      asked.push(path);
      const body = answers[path];
      return Promise.resolve({ status: body === undefined ? 404 : 200, headers: {}, body });
    },
  };
}

const GATEWAYS = {
  resources: [
    { name: 'gateways', kind: 'Gateway', namespaced: true },
    { name: 'gateways/status', kind: 'Gateway', namespaced: true },
    { name: 'gatewayclasses', kind: 'GatewayClass', namespaced: false },
  ],
};

describe('kinds of the objects of a template', () => {
  it('are those that the cluster serves, each version asked for once', async () => {
    const apiVersion = 'gateway.networking.k8s.io/v1';
    const api = cluster({ [`/apis/${apiVersion}`]: GATEWAYS });
    const kinds = ['Gateway', 'GatewayClass', 'Nothing'].map((kind) => ({ apiVersion, kind }));
    expect(await templateTypesOf(api, kinds)).toEqual([
      { apiVersion, kind: 'Gateway', plural: 'gateways', isNamespaced: true },
      { apiVersion, kind: 'GatewayClass', plural: 'gatewayclasses', isNamespaced: false },
    ]);
    expect(asked).toEqual([`/apis/${apiVersion}`]);
  });

  it('need no question when Offshoot uses them itself', async () => {
    const found = await templateTypesOf(cluster({}), [{ apiVersion: 'v1', kind: 'ConfigMap' }]);
    expect(found).toMatchObject([{ plural: 'configmaps' }]);
    expect(asked).toEqual([]);
  });

  it('of the oldest API have a path of their own, and what is not served is left out', async () => {
    expect(await templateTypesOf(cluster({}), [{ apiVersion: 'v1', kind: 'Binding' }])).toEqual([]);
    expect(asked).toEqual(['/api/v1']);
  });

  it('cannot be told while the cluster refuses to say', async () => {
    const body = { reason: 'Forbidden', message: 'no' };
    const request = (): ReturnType<KubeApi['request']> =>
      Promise.resolve({ status: 403, headers: {}, body });
    await expect(
      templateTypesOf({ request }, [{ apiVersion: 'a/v1', kind: 'B' }]),
    ).rejects.toMatchObject({ code: 'ADMISSION_DENIED' });
  });
});
