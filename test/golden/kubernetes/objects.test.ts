import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { RenderedObject } from '../../../src/adapters/kubernetes/render/rendering.ts';
import { DEFAULT_CLUSTER_CHOICES } from '../../../src/application/project.ts';
import { BASELINE } from '../../../src/application/ports/environment-store.ts';
import { PLAN, rendered, SETTINGS } from '../../support/kubernetes-shop.ts';

/** Every rendered kind, reviewed like code. */

async function manifest(objects: readonly RenderedObject[]): Promise<string> {
  const documents = objects.map(({ object }) =>
    stringify(object, {
      aliasDuplicateObjects: false,
      version: '1.1',
      lineWidth: 0,
      blockQuote: 'literal',
    }),
  );
  return await format(documents.join('---\n'), {
    parser: 'yaml',
    printWidth: 100,
    singleQuote: true,
  });
}

describe('the objects of', () => {
  it.each(PLAN.tasks.map(({ id }) => id))('%s are as reviewed', async (id) => {
    await expect(await manifest(rendered(id))).toMatchFileSnapshot(`${id.replace('/', '-')}.yaml`);
  });

  it.each([
    ['gateway-api', { kind: 'gateway', gateway: { namespace: 'edge', name: 'public' } }],
    [
      'ingress-issuer',
      { tls: { kind: 'issuer', annotation: 'cert-manager.io/cluster-issuer', issuer: 'letters' } },
    ],
    ['none', { kind: 'none' }],
  ] as const)('an exposed component by %s are as reviewed', async (name, exposure) => {
    const settings = { ...SETTINGS, exposure: { ...SETTINGS.exposure, ...exposure } };
    const text = await manifest(rendered('expose/gateway', { settings }));
    await expect(text).toMatchFileSnapshot(`expose-gateway-by-${name}.yaml`);
  });

  it('the namespace of the baseline that Offshoot runs are as reviewed', async () => {
    const settings = { ...SETTINGS, ...DEFAULT_CLUSTER_CHOICES, baselineNamespaces: [] };
    const plan = { ...PLAN, environment: BASELINE };
    const objects = rendered(
      'namespace/coupon',
      { settings, namespace: 'offshoot-baseline' },
      { plan },
    );
    const own = objects.filter(({ type }) => type.kind !== 'Service');
    await expect(await manifest(own)).toMatchFileSnapshot('namespace-of-own-baseline.yaml');
  });

  it('the analyser that hands calls on are as reviewed', async () => {
    const settings = {
      ...SETTINGS,
      capture: { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' },
      exportsTo: {
        endpoint: 'https://collector.example:4318',
        headers: { name: 'payments', key: 'api-key' },
      },
    } as const;
    const objects = rendered('namespace/coupon', { settings });
    const own = objects.filter(({ object }) => object.metadata.name.includes('analyser'));
    expect(own).toHaveLength(5);
    await expect(await manifest(own)).toMatchFileSnapshot('namespace-handing-on.yaml');
  });

  it('a component without an optional dependency are as reviewed', async () => {
    const text = await manifest(rendered('deploy/cart', {}, { unavailable: ['ledger'] }));
    await expect(text).toMatchFileSnapshot('deploy-cart-without-ledger.yaml');
  });
});
