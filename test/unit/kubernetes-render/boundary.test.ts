import { describe, expect, it } from 'vitest';
import type { ComponentSpec } from '../../support/catalogs.ts';
import { SETTINGS } from '../../support/kubernetes-shop.ts';
import { HTTP, namesOf, objectOf, objectsOf } from './helpers.ts';

const CALLER: ComponentSpec = { name: 'web', dependencies: ['cart'] };
const CHANGED = { changed: ['web'], isolation: 'path' } as const;

function boundary(
  spec: Partial<ComponentSpec> = {},
  more: Parameters<typeof objectsOf>[2] = {},
): ReturnType<typeof objectsOf> {
  const cart: ComponentSpec = { name: 'cart', ports: [HTTP], ...spec };
  return objectsOf('boundary/cart', [CALLER, cart], more, CHANGED);
}

function leadsTo(objects: ReturnType<typeof objectsOf>): unknown {
  return objectOf(objects, 'Service/cart')['spec'];
}

describe('a boundary', () => {
  it.each([
    [{}, 'cart.shop.svc.cluster.local'],
    [{ baseline: { namespace: 'web', ports: {} } }, 'cart.web.svc.cluster.local'],
    [{ baseline: { service: 'api', ports: {} } }, 'api.shop.svc.cluster.local'],
  ])('of a component with %j leads to %s', (spec, externalName) => {
    expect(leadsTo(boundary(spec))).toMatchObject({ type: 'ExternalName', externalName });
  });

  it("leads to Offshoot's own baseline where it runs one", () => {
    const settings = { ...SETTINGS, baselineNamespaces: [] };
    const spec = { baseline: { namespace: 'other', ports: {} } };
    expect(leadsTo(boundary(spec, { settings }))).toMatchObject({
      externalName: 'cart.offshoot-baseline.svc.cluster.local',
    });
  });

  it('leads to what was found there, before what the catalog says', () => {
    const baseline = {
      namespace: 'found',
      name: 'there',
      ports: { http: 8080 },
      endpointSlices: [],
    };
    const objects = boundary({}, { baseline });
    expect(leadsTo(objects)).toMatchObject({ externalName: 'there.found.svc.cluster.local' });
    expect(namesOf(objects)).toEqual(['Service/cart', 'Service/there']);
  });

  it('mirrors no endpoints where there are none', () => {
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'cart-1' },
      ports: [{ port: 80 }],
      endpoints: [],
    };
    const baseline = {
      namespace: 'shop',
      name: 'cart',
      ports: { http: 80 },
      endpointSlices: [slice],
    };
    expect(namesOf(boundary({}, { baseline }))).toEqual(['Service/cart']);
  });

  it('finds the port of an endpoint by its name in the baseline, by its own, or as the only one', () => {
    const mirrored = (ports: readonly object[], portNames?: Record<number, string>): unknown => {
      const slice = {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'cart-1' },
        ports,
        endpoints: [{ addresses: ['10.0.0.1'] }],
      };
      const baseline = {
        namespace: 'shop',
        name: 'cart',
        ports: { http: 80 },
        endpointSlices: [slice],
        ...(portNames === undefined ? {} : { portNames }),
      };
      const found = boundary({}, { baseline }).find(({ kind }) => kind === 'EndpointSlice');
      return found?.['ports'];
    };
    const as = (port: number): readonly object[] => [{ name: 'http', protocol: 'TCP', port }];
    const two = [
      { name: 'web', port: 3000 },
      { name: 'http', port: 4000 },
    ];
    expect(mirrored(two, { 80: 'web' })).toEqual(as(3000));
    expect(mirrored(two)).toEqual(as(4000));
    expect(mirrored([{ port: 5000 }])).toEqual(as(5000));
    expect(
      mirrored([
        { name: 'a', port: 1 },
        { name: 'b', port: 2 },
      ]),
    ).toBeUndefined();
  });
});

describe('an external', () => {
  const external = (address: string, cidrs: readonly string[] = []): Partial<ComponentSpec> => ({
    type: 'external',
    external: { address, cidrs },
  });

  function reachable(spec: Partial<ComponentSpec>): unknown {
    return objectOf(boundary(spec), 'NetworkPolicy/cart--egress')['spec'];
  }

  it.each([
    [external('10.0.0.1'), ['10.0.0.1/32']],
    [external('2001:db8::1'), ['2001:db8::1/128']],
    [external('a.example', ['10.0.0.0/8']), ['10.0.0.0/8']],
    [external('a.example'), ['0.0.0.0/0', '::/0']],
    [external('bank.svc.example'), ['0.0.0.0/0', '::/0']],
    [external('bank.partners.svc', ['10.0.0.0/8']), ['10.0.0.0/8']],
  ])('%j may be reached at %j, on its ports', (spec, cidrs) => {
    expect(reachable(spec)).toMatchObject({
      egress: [
        {
          to: cidrs.map((cidr) => ({ ipBlock: { cidr } })),
          ports: [{ protocol: 'TCP', port: 8080 }],
        },
      ],
    });
  });

  it.each(['bank.partners.svc', 'bank.partners.svc.cluster.local'])(
    'that is the Service %s of the cluster is also reached at its pods, whatever their port',
    (address) => {
      const namespaces = {
        matchExpressions: [
          { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['partners'] },
        ],
      };
      expect(reachable(external(address))).toMatchObject({
        egress: [expect.anything(), { to: [{ namespaceSelector: namespaces }] }],
      });
    },
  );

  it('by address has endpoints, by name it has another name', () => {
    expect(namesOf(boundary(external('2001:db8::1')))).toEqual([
      'Service/cart',
      'EndpointSlice/cart--address',
      'NetworkPolicy/cart--egress',
    ]);
    expect(leadsTo(boundary(external('a.example')))).toMatchObject({ externalName: 'a.example' });
  });
});
