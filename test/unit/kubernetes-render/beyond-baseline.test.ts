import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import type { BaselineService } from '../../../src/adapters/kubernetes/render/rendering.ts';
import type { ComponentSpec } from '../../support/catalogs.ts';
import { SETTINGS } from '../../support/kubernetes-shop.ts';
import { HTTP, namesOf, objectOf, objectsOf } from './helpers.ts';

/** What an environment may reach of a baseline of others, whose Services are not always before pods. */

const SPECS: readonly ComponentSpec[] = [
  { name: 'web', dependencies: ['cart'] },
  { name: 'cart', ports: [HTTP] },
];
const REQUEST = { changed: ['web'], isolation: 'path' } as const;
const CART: BaselineService = {
  namespace: 'shop',
  name: 'cart',
  ports: { http: 8080 },
  endpointSlices: [],
};

function boundary(baseline: BaselineService): readonly KubeObject[] {
  return objectsOf('boundary/cart', SPECS, { settings: SETTINGS, baseline }, REQUEST);
}

function slice(...endpoints: readonly object[]): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'cart-1' },
    ports: [{ name: 'http', port: 5432 }],
    endpoints,
  };
}

describe('a boundary to a Service that has no pods behind it', () => {
  it.each([
    ['db.example.com', ['0.0.0.0/0', '::/0']],
    ['192.0.2.1', ['192.0.2.1/32']],
    ['db.other.svc.cluster.local', ['0.0.0.0/0', '::/0']],
  ])('lets through to %s', (externalName, cidrs) => {
    const objects = boundary({ ...CART, externalName });
    expect(objectOf(objects, 'NetworkPolicy/cart--egress')['spec']).toMatchObject({
      egress: [
        {
          to: cidrs.map((cidr) => ({ ipBlock: { cidr } })),
          ports: [{ protocol: 'TCP', port: 8080 }],
        },
      ],
    });
  });

  it('needs nothing more where the other name leads into the baseline again', () => {
    const objects = boundary({ ...CART, externalName: 'cart-2.payments.svc.cluster.local' });
    expect(namesOf(objects)).toEqual(['Service/cart']);
  });

  it('lets through to the addresses that somebody wrote down, on their own ports', () => {
    const objects = boundary({
      ...CART,
      endpointSlices: [
        slice({ addresses: ['192.0.2.7'] }, { addresses: ['192.0.2.3'] }),
        slice({ addresses: ['10.0.0.1'], targetRef: { kind: 'Pod', name: 'cart-x' } }),
      ],
    });
    expect(objectOf(objects, 'NetworkPolicy/cart--egress')['spec']).toMatchObject({
      egress: [
        {
          to: [{ ipBlock: { cidr: '192.0.2.3/32' } }, { ipBlock: { cidr: '192.0.2.7/32' } }],
          ports: [{ protocol: 'TCP', port: 5432 }],
        },
      ],
    });
    const { annotations = {} } = objectOf(objects, 'Service/cart').metadata;
    expect(annotations['offshoot.dev/baseline-digest']).toMatch(/^endpoints-/u);
  });

  it('needs nothing more where pods are behind it', () => {
    const pod = { addresses: ['10.0.0.1'], targetRef: { kind: 'Pod', name: 'cart-x' } };
    const objects = boundary({ ...CART, endpointSlices: [slice(pod)] });
    expect(namesOf(objects)).toEqual(['Service/cart']);
    const { annotations = {} } = objectOf(objects, 'Service/cart').metadata;
    expect(annotations['offshoot.dev/baseline-digest']).toMatch(/^names-/u);
  });
});

describe('the policy of an environment', () => {
  function reached(cart: Partial<ComponentSpec>): readonly string[] {
    const specs: readonly ComponentSpec[] = [
      { name: 'web', dependencies: ['cart'] },
      { name: 'cart', ports: [HTTP], ...cart },
    ];
    const objects = objectsOf('namespace/coupon', specs, { settings: SETTINGS }, REQUEST);
    const text = JSON.stringify(objectOf(objects, 'NetworkPolicy/offshoot')['spec']);
    return ['payments', 'shop', 'team-cart', 'elsewhere'].filter((name) =>
      text.includes(`"${name}"`),
    );
  }

  it('lets through to the namespaces of the baseline', () => {
    expect(reached({})).toEqual(['payments', 'shop']);
  });

  it('lets through to those that the catalog names for what is used', () => {
    expect(reached({ baseline: { namespace: 'team-cart', ports: {} } })).toEqual([
      'payments',
      'shop',
      'team-cart',
    ]);
    const from = { kind: 'Deployment', namespace: 'elsewhere', name: 'cart' } as const;
    expect(reached({ from })).toEqual(['payments', 'shop', 'elsewhere']);
  });
});
