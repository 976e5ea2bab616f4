import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { baselineServiceOf } from '../../../src/adapters/kubernetes/engine/existing/baseline-services.ts';
import { component } from '../../support/catalogs.ts';

function service(
  ...ports: readonly { readonly name?: string; readonly port: number }[]
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'cart', namespace: 'shop' },
    spec: { ports },
  };
}

const CART = component({ name: 'cart', ports: [{ name: 'http', port: 8080, protocol: 'http' }] });

describe('ports of a Service of the baseline', () => {
  it.each([
    ['of the same name', CART, service({ name: 'http', port: 80 }, { port: 8080 }), 80],
    ['of the same number', CART, service({ name: 'web', port: 8080 }, { port: 81 }), 8080],
    ['that is the only one', CART, service({ name: 'web', port: 80 }), 80],
    [
      'that the catalog says',
      { ...CART, baseline: { ports: { http: 81 } } },
      service({ name: 'http', port: 80 }, { port: 81 }),
      81,
    ],
  ])('the one %s is used', (_, of, found, port) => {
    expect(baselineServiceOf(of, found, []).ports).toEqual({ http: port });
  });

  it('none is guessed among several, nor made up', () => {
    expect(baselineServiceOf(CART, service({ port: 80 }, { port: 81 }), []).ports).toEqual({});
    const said = { ...CART, baseline: { ports: { http: 9 } } };
    expect(baselineServiceOf(said, service({ port: 80 }), []).ports).toEqual({});
  });

  it('of another name are those that it is called by, whatever it lists', () => {
    const other = (...ports: readonly { readonly port: number }[]): KubeObject => {
      const found = service(...ports);
      return { ...found, spec: { ports, type: 'ExternalName', externalName: 'db.example.com' } };
    };
    for (const found of [other(), other({ port: 80 })]) {
      const baseline = baselineServiceOf(CART, found, []);
      expect(baseline).toMatchObject({ ports: { http: 8080 }, externalName: 'db.example.com' });
    }
    const said = { ...CART, baseline: { ports: { http: 81 } } };
    expect(baselineServiceOf(said, other(), []).ports).toEqual({});
  });
});
