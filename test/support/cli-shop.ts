import type { Catalog } from '../../src/domain/catalog/component.ts';
import type { Branches } from './branch-table.ts';
import { catalogOf, component, type ComponentSpec } from './catalogs.ts';
import { sampleSuite } from './state-samples.ts';

/** A small catalog with a repository a component, one suite, and a branch in two of the repositories. */

export const COUPON: Branches = {
  'feat/coupon': { 'pricing.git': ['main.ts'], 'promotions.git': ['main.ts', 'README.md'] },
};

export function smallShop(): Catalog {
  return catalogOf(
    [
      service({ name: 'gateway', dependencies: ['checkout', 'accounts'], expose: true }),
      service({ name: 'checkout', dependencies: ['pricing', 'orders-db'] }),
      service({ name: 'pricing', dependencies: ['promotions'] }),
      service({ name: 'promotions' }),
      service({ name: 'accounts', sharing: 'shared' }),
      component({ name: 'orders-db', type: 'datastore' }),
    ],
    [sampleSuite('shop-e2e')],
  );
}

function service(spec: ComponentSpec): ReturnType<typeof component> {
  return component({
    source: { repository: `${spec.name}.git`, paths: ['.'] },
    embedded: { command: ['node', 'main.ts'] },
    ...spec,
  });
}
