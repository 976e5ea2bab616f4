import { describe, expect, it } from 'vitest';
import type { Component } from '../../../src/domain/catalog/component.ts';
import { catalogOf, component } from '../../support/catalogs.ts';
import type { ComponentSpec } from '../../support/catalogs.ts';
import { planOf, revision } from '../../support/plans.ts';
import type { PlanSpec } from '../../support/plans.ts';

const HTTP = { name: 'http', port: 80, protocol: 'http' } as const;

const SHOP: readonly ComponentSpec[] = [
  { name: 'gateway', expose: true, ports: [HTTP], dependencies: ['cart'] },
  {
    name: 'cart',
    ports: [HTTP],
    dependencies: ['db', 'mail', 'load'],
    source: { repository: 'shop.git', paths: ['.'] },
    embedded: { command: ['node'], build: ['make'] },
  },
  { name: 'load', type: 'job', dependencies: ['db', 'mail'] },
  { name: 'mail', type: 'external' },
  {
    name: 'db',
    type: 'datastore',
    source: { repository: 'db.git', paths: ['.'] },
    datastore: {
      migrations: { files: ['m'] },
      seeds: { command: ['seed'] },
      indices: ['orders'],
      topics: ['paid'],
    },
  },
];

type Change = (spec: ComponentSpec) => ComponentSpec;

/** Ids of the Tasks whose fingerprint differs after a change of one component, or of the request. */
function restarted(change: { component?: string; how?: Change; request?: PlanSpec }): string[] {
  const base: PlanSpec = {
    picks: { cart: revision('1'), db: revision('1', 'db.git'), load: revision('1') },
  };
  const catalog = (how: Change): Map<string, Component> =>
    new Map(catalogOf(SHOP.map((spec) => component(how(spec)))).components);
  const changed = (spec: ComponentSpec): ComponentSpec =>
    spec.name === change.component ? (change.how?.(spec) ?? spec) : spec;
  const testSuites = new Map();
  const before = planOf({ components: catalog((spec) => spec), testSuites }, base);
  const after = planOf(
    { components: catalog(changed), testSuites },
    { ...base, ...change.request },
  );
  const known = new Map(before.tasks.map(({ id, fingerprint }) => [id, fingerprint]));
  return after.tasks
    .filter(({ id, fingerprint }) => known.has(id) && known.get(id) !== fingerprint)
    .map(({ id }) => id)
    .toSorted();
}

describe('the fingerprint of a task', () => {
  it('stays when nothing changes', () => {
    expect(restarted({})).toEqual([]);
  });

  it('is a SHA-256 in hexadecimal', () => {
    const [first] = planOf(catalogOf([component({ name: 'a' })])).tasks;
    expect(first?.fingerprint).toMatch(/^[0-9a-f]{64}$/u);
  });

  it('follows a new revision to the component alone, not to its callers', () => {
    const picks = { cart: revision('2'), db: revision('1', 'db.git'), load: revision('1') };
    expect(restarted({ request: { picks } })).toEqual(['build/cart', 'deploy/cart']);
  });

  it('lets a database run on when only what fills it is new', () => {
    const picks = { cart: revision('1'), db: revision('2', 'db.git'), load: revision('1') };
    expect(restarted({ request: { picks } })).toEqual(['migrate/db', 'seed/db']);
  });

  it('follows a new revision to a database that runs from it, and fills it again', () => {
    const picks = (sha: string) => ({ db: revision(sha, 'db.git') });
    const from = (spec: Partial<ComponentSpec>, sha: string) =>
      planOf(catalogOf([component({ name: 'db', type: 'datastore', ...spec })]), {
        picks: picks(sha),
      }).tasks.find(({ id }) => id === 'deploy/db')?.fingerprint;
    const byCommand = { embedded: { command: ['db'] } };
    const byImage = { image: 'db:${revision.sha}' };
    expect(from(byCommand, '1')).not.toBe(from(byCommand, '2'));
    expect(from(byImage, '1')).not.toBe(from(byImage, '2'));
    expect(from({ image: 'db:17' }, '1')).toBe(from({ image: 'db:17' }, '2'));
  });

  it('runs the job and every step again on a database that is replaced', () => {
    const how: Change = (spec) => ({ ...spec, resources: { cpuMillis: 1, memoryBytes: 1 } });
    expect(restarted({ component: 'db', how })).toEqual([
      'deploy/db',
      'index/db',
      'migrate/db',
      'run/load',
      'seed/db',
      'topic/db',
    ]);
  });

  it('creates an index again without migrating again', () => {
    const how: Change = (spec) => ({
      ...spec,
      datastore: { ...spec.datastore, indices: ['orders', 'users'] },
    });
    expect(restarted({ component: 'db', how })).toEqual(['index/db']);
  });

  it('restarts callers when a dependency moves between inside and boundary', () => {
    expect(restarted({ request: { changed: ['gateway'], isolation: 'path' } })).toContain(
      'deploy/gateway',
    );
  });

  it('restarts callers when the ports or the address of a dependency change', () => {
    const how: Change = (spec) => ({ ...spec, ports: [{ ...HTTP, port: 81 }] });
    expect(restarted({ component: 'cart', how })).toEqual([
      'deploy/cart',
      'deploy/gateway',
      'namespace/coupon',
    ]);
    const moved: Change = (spec) => ({ ...spec, external: { address: 'other', cidrs: [] } });
    expect(restarted({ component: 'mail', how: moved })).toEqual([
      'boundary/mail',
      'deploy/cart',
      'run/load',
    ]);
  });

  it('prepares a boundary again when somebody else uses it too', () => {
    const how: Change = (spec) => ({
      ...spec,
      dependencies: [...(spec.dependencies ?? []), 'mail'],
    });
    expect(restarted({ component: 'gateway', how })).toEqual([
      'boundary/mail',
      'deploy/gateway',
      'namespace/coupon',
    ]);
  });

  it('runs what depends on a new build command', () => {
    const how: Change = (spec) => ({ ...spec, embedded: { command: ['node'], build: ['ninja'] } });
    expect(restarted({ component: 'cart', how })).toEqual(['build/cart', 'deploy/cart']);
  });

  it('exposes again under another domain', () => {
    expect(restarted({ request: { domain: 'example.org' } })).toContain('expose/gateway');
  });

  const settings = { place: '', pods: '', addresses: '' };

  it('prepares the place again when its settings are new, and nothing else', () => {
    const request = { settings: { ...settings, place: 'quota' } };
    expect(restarted({ request })).toEqual(['namespace/coupon']);
  });

  it('replaces every pod that gets something else beside its component, and fills data again', () => {
    expect(restarted({ request: { settings: { ...settings, pods: 'tap' } } })).toEqual([
      'deploy/cart',
      'deploy/db',
      'deploy/gateway',
      'index/db',
      'migrate/db',
      'run/load',
      'seed/db',
      'topic/db',
    ]);
  });

  it('tells all but databases of other addresses', () => {
    expect(restarted({ request: { settings: { ...settings, addresses: 'https' } } })).toEqual([
      'boundary/mail',
      'deploy/cart',
      'deploy/gateway',
      'expose/gateway',
      'run/load',
    ]);
  });
});
