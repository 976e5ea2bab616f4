import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkPlan } from '../../../src/adapters/embedded/preflight.ts';
import type { Component, EnvironmentVariable } from '../../../src/domain/catalog/component.ts';
import { catalogOf, component, type ComponentSpec } from '../../support/catalogs.ts';
import { HTTP, POSTGRES } from '../../support/embedded-stage.ts';
import { planOf, type PlanSpec } from '../../support/plans.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';

let secrets: TemporaryFolder;

beforeEach(async () => {
  secrets = await temporaryFolder();
});
afterEach(() => secrets.remove());

const RUN = { command: ['node', 'main.ts'] };

function found(components: readonly Component[], spec: PlanSpec = {}): readonly string[] {
  return checkPlan(planOf(catalogOf(components), spec), secrets.path).map(
    ({ severity, code, component: name }) => `${severity} ${code} ${name ?? ''}`,
  );
}

function running(spec: ComponentSpec): Component {
  return component({ ports: HTTP, embedded: RUN, ...spec });
}

function secret(name: string, key: string): EnvironmentVariable {
  return { name: 'KEY', value: { kind: 'secret', secretRef: { name, key } } };
}

describe('preflight', () => {
  it('finds nothing in a plan that can be run', () => {
    const url = { kind: 'template', template: '${dependencies.cart.url}' } as const;
    expect(
      found([
        running({
          name: 'gateway',
          dependencies: ['cart'],
          environment: [{ name: 'CART', value: url }],
        }),
        running({ name: 'cart' }),
        component({ name: 'orders-db', type: 'datastore', ports: POSTGRES }),
      ]),
    ).toEqual([]);
  });

  it('says everything at once', () => {
    expect(
      found([
        running({ name: 'gateway', dependencies: ['cart'], environment: [secret('a', 'b')] }),
        component({ name: 'cart' }),
        component({ name: 'store', type: 'datastore', datastore: { engine: 'oracle' } }),
      ]).toSorted(),
    ).toEqual([
      'error DATASTORE_UNSUPPORTED store',
      'error EMBEDDED_HARDCODED_DEPENDENCY gateway',
      'error NOT_EMBEDDABLE cart',
      'error SECRET_MISSING gateway',
    ]);
  });

  it('accepts any engine that has a command of its own, but no SQL files for it', () => {
    const datastore = { engine: 'redis', topics: ['orders'], seeds: { files: ['*.sql'] } };
    const redis = component({ name: 'cache', type: 'datastore', ports: HTTP, datastore });
    expect(found([{ ...redis, embedded: RUN }]).toSorted()).toEqual([
      'error DATASTORE_UNSUPPORTED cache',
      'warning DATASTORE_UNSUPPORTED cache',
    ]);
    const bare = component({ ...redis, dependencies: [], datastore: { engine: 'redis' } });
    expect(found([{ ...bare, embedded: RUN }])).toEqual([]);
  });

  it('looks for secrets where the project says, and only there', async () => {
    await mkdir(join(secrets.path, 'payments'));
    await writeFile(join(secrets.path, 'payments', 'api-key'), 'x');
    const using = (name: string, key: string): readonly string[] =>
      found([running({ name: 'cart', environment: [secret(name, key)] })]);
    expect(using('payments', 'api-key')).toEqual([]);
    expect(using('payments', 'other')).toEqual(['error SECRET_MISSING cart']);
    expect(using('..', 'passwd')).toEqual(['error SECRET_MISSING cart']);
  });

  it('wants a baseline that can run what the environment uses, unless it can do without', () => {
    const closure = (optional: boolean): readonly string[] => {
      const gateway = running({ name: 'gateway', dependencies: [{ name: 'cart', optional }] });
      return found([{ ...gateway, embedded: RUN }, component({ name: 'cart', type: 'service' })], {
        closure: {
          isolation: 'path',
          members: [{ name: 'gateway', role: 'changed', reason: '', witness: [] }],
          boundary: [{ name: 'cart', usedBy: ['gateway'] }],
          warnings: [],
        },
      }).filter((each) => each.includes('BOUNDARY'));
    };
    expect(closure(false)).toEqual(['error BOUNDARY_MISSING cart']);
    expect(closure(true)).toEqual(['warning BOUNDARY_MISSING cart']);
  });
});
