import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { COPIED, rendered } from '../../support/kubernetes-shop.ts';
import { HTTP, namesOf, objectOf, objectsOf } from './helpers.ts';

/** A component taken from what already runs; the whole of it is in the golden file of `deploy/checkout`. */

const FROM = { kind: 'StatefulSet', namespace: 'shop', name: 'cart' } as const;

function copyOf(
  podSpec: object,
  more: {
    readonly kind?: string;
    readonly spec?: object;
    readonly others?: Parameters<typeof objectsOf>[1];
    readonly component?: object;
  } = {},
): readonly KubeObject[] {
  const workload = {
    apiVersion: 'apps/v1',
    kind: more.kind ?? 'StatefulSet',
    metadata: { name: 'cart', namespace: 'shop' },
    spec: more.spec ?? { template: { spec: podSpec } },
  };
  const cart = { name: 'cart', ports: [HTTP], from: FROM, ...more.component };
  return objectsOf('deploy/cart', [cart, ...(more.others ?? [])], {
    copied: { workload, services: [], configMaps: [], secrets: [] },
  });
}

function podOf(objects: readonly KubeObject[], name: string): unknown {
  return objectOf(objects, name)['spec'];
}

describe('a copied workload', () => {
  it('carries nothing by which its owners would know it', () => {
    const text = JSON.stringify(rendered('deploy/checkout').map(({ object }) => object));
    for (const track of [
      'Helm',
      'helm.sh',
      'argocd',
      '4711',
      'nodePort',
      '10.96.4.2',
      '"node-1"',
    ]) {
      expect(text).not.toContain(track);
    }
  });

  it('uses no volume of the baseline and runs as nobody there', () => {
    const objects = copyOf({
      serviceAccountName: 'powerful',
      hostNetwork: true,
      containers: [
        { name: 'a', image: 'b:1', volumeMounts: [{ name: 'data' }, { name: 'claimed' }] },
      ],
      volumes: [
        { name: 'data', hostPath: { path: '/' } },
        { name: 'scratch', emptyDir: { medium: 'Memory' } },
      ],
    });
    expect(podOf(objects, 'StatefulSet/cart')).toMatchObject({
      serviceName: 'cart',
      template: {
        spec: {
          serviceAccountName: 'offshoot',
          volumes: [
            { name: 'data', emptyDir: {} },
            { name: 'scratch', emptyDir: { medium: 'Memory' } },
            { name: 'claimed', emptyDir: {} },
          ],
        },
      },
    });
    expect(JSON.stringify(objects)).not.toContain('hostNetwork');
  });

  it('runs the image of this revision in the container that had it, or in the first', () => {
    const containers = [
      { name: 'proxy', image: 'proxy:1' },
      { name: 'app', image: 'shop/x:0' },
    ];
    expect(podOf(copyOf({ containers }), 'StatefulSet/cart')).toMatchObject({
      template: { spec: { containers: [{ image: 'proxy:1' }, { image: 'shop/x:1' }] } },
    });
    const others = [{ name: 'only', image: 'another:0' }];
    expect(podOf(copyOf({ containers: others }), 'StatefulSet/cart')).toMatchObject({
      template: { spec: { containers: [{ image: 'shop/x:1' }] } },
    });
  });

  it('becomes a Deployment when it was a DaemonSet', () => {
    const objects = copyOf({ containers: [{ name: 'a', image: 'b' }] }, { kind: 'DaemonSet' });
    expect(namesOf(objects)).toContain('Deployment/cart');
  });

  it.each([
    ['http://orders.shop/x', 'http://orders/x'],
    ['orders.shop.svc:80', 'orders:80'],
    ['orders.shop.svc.cluster.local.', 'orders'],
    ['orders.shop.svc.cluster.local.example', 'orders.shop.svc.cluster.local.example'],
    ['my-orders.shop', 'my-orders.shop'],
    ['orders.shopping', 'orders.shopping'],
    ['mail.shop.svc', 'mail.shop.svc'],
  ])('calls %s by %s', (value, changed) => {
    const objects = copyOf(
      { containers: [{ name: 'a', image: 'b', env: [{ name: 'URL', value }], args: [value] }] },
      { others: [{ name: 'orders', ports: [HTTP] }] },
    );
    expect(podOf(objects, 'StatefulSet/cart')).toMatchObject({
      template: {
        spec: { containers: [{ args: [changed], env: [{ name: 'URL', value: changed }, {}] }] },
      },
    });
  });

  it('that runs to completion is a Job, also when it was one of a schedule', () => {
    const template = {
      spec: { containers: [{ name: 'a', image: 'b' }], restartPolicy: 'OnFailure' },
    };
    const objects = objectsOf(
      'run/cart',
      [{ name: 'cart', type: 'job', from: { ...FROM, kind: 'CronJob' } }],
      {
        copied: {
          ...COPIED,
          workload: {
            apiVersion: 'batch/v1',
            kind: 'CronJob',
            metadata: { name: 'cart' },
            spec: { jobTemplate: { spec: { template } } },
          },
        },
      },
    );
    expect(objects.at(-1)).toMatchObject({
      kind: 'Job',
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ image: 'shop/x:1' }] } } },
    });
  });
});
