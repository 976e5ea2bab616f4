import type { Catalog } from '../../src/domain/catalog/component.ts';
import type { Branches } from './branch-table.ts';
import { catalogOf, component, type ComponentSpec } from './catalogs.ts';
import { sampleSuite } from './state-samples.ts';

/**
 * A catalog for tests of use cases: `gateway` calls `checkout` and the shared `accounts`; `checkout` calls
 * `pricing` and has `orders-db`; `accounts` has `accounts-db` and calls the external `ldap`.
 */

export const BRANCHES: Branches = {
  'feat/coupon': { 'pricing.git': ['main.ts'] },
  'feat/login': { 'accounts.git': ['main.ts'] },
};

export function service(spec: ComponentSpec): ReturnType<typeof component> {
  return component({ source: { repository: `${spec.name}.git`, paths: ['.'] }, ...spec });
}

export function smallCompany(...more: readonly ReturnType<typeof component>[]): Catalog {
  return catalogOf(
    [
      service({ name: 'gateway', expose: true, dependencies: ['checkout', 'accounts'] }),
      service({ name: 'checkout', dependencies: ['pricing', 'orders-db'] }),
      service({ name: 'pricing' }),
      service({ name: 'accounts', sharing: 'shared', dependencies: ['accounts-db', 'ldap'] }),
      component({ name: 'orders-db', type: 'datastore' }),
      component({ name: 'accounts-db', type: 'datastore' }),
      component({ name: 'ldap', type: 'external' }),
      ...more,
    ],
    [sampleSuite('e2e')],
  );
}
