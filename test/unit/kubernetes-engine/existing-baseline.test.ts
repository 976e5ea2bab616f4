import { describe, expect, it } from 'vitest';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { existingBaseline } from '../../../src/adapters/kubernetes/engine/existing/existing-baseline.ts';
import { component, type ComponentSpec } from '../../support/catalogs.ts';

/** Which revisions a baseline of others runs, as its workloads tell. */

const SHA = 'a'.repeat(40);
const OTHER = 'b'.repeat(40);
const SOURCE = { repository: 'shop.git', paths: ['.'] };

function workload(
  kind: string,
  name: string,
  images: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = { app: name },
): KubeObject {
  const containers = Object.entries(images).map(([container, image]) => ({
    name: container,
    image,
  }));
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: { template: { metadata: { labels }, spec: { containers } } },
  };
}

function service(name: string, app: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app } } };
}

/** Namespace → what is in it. */
async function shaOf(
  spec: Partial<ComponentSpec>,
  contents: Readonly<Record<string, readonly KubeObject[]>>,
): Promise<string | undefined> {
  const list: KubeApi['list'] = ({ kind }, query) => {
    const items = (contents[query?.namespace ?? ''] ?? []).filter((each) => each.kind === kind);
    return Promise.resolve({ items, resourceVersion: '1' });
  };
  const baseline = existingBaseline({ list }, { baselineNamespaces: ['one', 'two'] });
  const cart = component({ name: 'cart', source: SOURCE, ...spec });
  return (await baseline.revisions([cart])).get('cart')?.sha;
}

describe('the revision that a baseline runs', () => {
  it.each([
    ['its tag', { cart: `shop/cart:${SHA}` }],
    ['its tag, also before a digest', { cart: `host:5000/cart:${SHA}@sha256:12` }],
  ])('is told by %s', async (_, images) => {
    const objects = [service('cart', 'cart-app'), workload('Deployment', 'cart-app', images)];
    expect(await shaOf({}, { two: objects })).toBe(SHA);
  });

  it('is told by the label of its version, when the tag is none', async () => {
    const labels = { app: 'cart', 'app.kubernetes.io/version': SHA };
    const running = workload('StatefulSet', 'cart', { cart: 'shop/cart:latest' }, labels);
    expect(await shaOf({}, { one: [service('cart', 'cart'), running] })).toBe(SHA);
  });

  it('is that of the container with the image of the catalog, not of a sidecar', async () => {
    const images = { proxy: `mesh/proxy:${OTHER}`, app: `shop/cart:${SHA}` };
    const objects = [service('cart', 'cart'), workload('Deployment', 'cart', images)];
    expect(await shaOf({ image: 'shop/cart' }, { one: objects })).toBe(SHA);
  });

  it('is that of the workload that the component is taken from', async () => {
    const from = { kind: 'StatefulSet', namespace: 'three', name: 'cart-v2' } as const;
    const contents = {
      one: [
        service('cart', 'cart'),
        workload('Deployment', 'cart', { cart: `shop/cart:${OTHER}` }),
      ],
      three: [
        workload('Deployment', 'cart-v2', { cart: `shop/cart:${OTHER}` }),
        workload('StatefulSet', 'cart-v2', { cart: `shop/cart:${SHA}` }),
      ],
    };
    expect(await shaOf({ from }, contents)).toBe(SHA);
    expect(await shaOf({ from }, { one: contents.one })).toBeUndefined();
  });

  it('is left out when nothing says it', async () => {
    const objects = [service('cart', 'cart'), workload('Deployment', 'cart', { cart: 'cart:1' })];
    expect(await shaOf({}, { one: objects })).toBeUndefined();
    expect(await shaOf({}, {})).toBeUndefined();
  });
});
