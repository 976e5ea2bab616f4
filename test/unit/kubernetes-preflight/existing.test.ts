import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { checkBoundaries } from '../../../src/adapters/kubernetes/preflight/boundaries.ts';
import { checkCopies } from '../../../src/adapters/kubernetes/preflight/copies.ts';
import type { Diagnostic } from '../../../src/domain/diagnostic.ts';
import { catalogOf, component, type ComponentSpec } from '../../support/catalogs.ts';
import { planOf } from '../../support/plans.ts';
import { preflightStage } from './stage.ts';

/** What is told about a baseline of others, and about externals, before anything is created. */

const HTTP = { name: 'http', port: 8080, protocol: 'http' } as const;
const STAGE = preflightStage({ settings: { baselineNamespaces: ['one', 'two'] } });

function service(namespace: string, name: string, spec: object): void {
  STAGE.put({ apiVersion: 'v1', kind: 'Service', metadata: { namespace, name }, spec });
}
service('two', 'prices', { ports: [{ name: 'http', port: 8080 }] });
service('two', 'wide', { ports: [{ port: 80 }, { port: 81 }] });
service('one', 'elsewhere', { type: 'ExternalName', externalName: 'db.example.com' });
service('one', 'address', { type: 'ExternalName', externalName: '192.0.2.1' });
service('one', 'again', { type: 'ExternalName', externalName: 'prices.two.svc.cluster.local' });

/** `web` is changed and uses each of these. */
async function told(
  ...specs: readonly (Partial<ComponentSpec> & { readonly name: string })[]
): Promise<readonly string[]> {
  return (await diagnostics(specs)).map(({ code, severity }) => `${severity} ${code}`);
}

async function diagnostics(
  specs: readonly (Partial<ComponentSpec> & { readonly name: string })[],
): Promise<readonly Diagnostic[]> {
  const web = component({ name: 'web', dependencies: specs.map(({ name }) => name) });
  const others = specs.map((spec) => component({ ports: [HTTP], ...spec }));
  const plan = planOf(catalogOf([web, ...others]), { changed: ['web'], isolation: 'path' });
  return await checkBoundaries(STAGE.expedition, plan);
}

describe('a boundary', () => {
  it('is found in any namespace of the baseline', async () => {
    expect(await told({ name: 'prices' })).toEqual([]);
  });

  it('is missing where the baseline has no such Service, and every place is named', async () => {
    const [problem] = await diagnostics([{ name: 'nobody' }]);
    expect(problem).toMatchObject({ code: 'BOUNDARY_MISSING', severity: 'error' });
    expect(problem?.message).toContain('"one/nobody", "two/nobody"');
  });

  it.each([
    [{ name: 'wide' }],
    [{ name: 'prices', baseline: { ports: { http: 9 } } }],
    [{ name: 'elsewhere', baseline: { ports: { http: 9 } } }],
  ])('%j has no port that fits', async (spec) => {
    expect(await told(spec)).toContain('error BOUNDARY_PORT_MISSING');
  });

  it('that is another name may be reached anywhere, unless it leads to an address or back', async () => {
    expect(await told({ name: 'elsewhere' })).toEqual(['warning EXTERNAL_EGRESS_OPEN']);
    expect(await told({ name: 'address' }, { name: 'again' })).toEqual([]);
  });
});

describe('an external', () => {
  it.each([
    [{ address: 'api.example.com', cidrs: [] }, ['warning EXTERNAL_EGRESS_OPEN']],
    [{ address: 'api.example.com', cidrs: ['192.0.2.0/24'] }, []],
    [{ address: '192.0.2.1', cidrs: [] }, []],
  ])('%j', async (external, expected) => {
    expect(await told({ name: 'partner', type: 'external', external })).toEqual(expected);
  });
});

describe('what is to be copied', () => {
  const from = { kind: 'Deployment', namespace: 'one', name: 'cart-app' } as const;

  async function copies(): Promise<readonly Diagnostic[]> {
    const plan = planOf(catalogOf([component({ name: 'cart', from })]), { changed: ['cart'] });
    return await checkCopies(STAGE.expedition, plan);
  }

  it('has to be there', async () => {
    const [problem, ...others] = await copies();
    expect(problem?.code).toBe('NOT_FOUND');
    expect(problem?.message).toContain('Deployment "one/cart-app"');
    expect(others).toEqual([]);
    const metadata = { namespace: 'one', name: 'cart-app' };
    const running: KubeObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata };
    STAGE.put(running);
    expect(await copies()).toEqual([]);
  });
});
