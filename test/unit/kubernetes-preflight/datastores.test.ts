import { describe, expect, it } from 'vitest';
import { checkDatastores } from '../../../src/adapters/kubernetes/preflight/datastores.ts';
import type { Datastore } from '../../../src/domain/catalog/component.ts';
import { catalogOf, component } from '../../support/catalogs.ts';
import { planOf } from '../../support/plans.ts';
import { preflightStage } from './stage.ts';

/** What is said of a datastore beside an administrator's secret with this text; none when it is null. */
async function told(
  datastore: Partial<Datastore>,
  secret: string | null = null,
): Promise<readonly string[]> {
  const { expedition, put } = preflightStage();
  if (secret !== null) {
    const namespace = expedition.settings.controlNamespace;
    const data = { key: Buffer.from(secret).toString('base64') };
    put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'servers', namespace }, data });
  }
  const store = component({
    name: 'store',
    type: 'datastore',
    image: 'x:1',
    ports: [{ name: 'tcp', port: 5432, protocol: 'tcp' }],
    datastore,
  });
  const found = await checkDatastores(expedition, planOf(catalogOf([store])));
  return found.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);
}

const LOGICAL = { isolation: 'logical', admin: { name: 'servers', key: 'key' } } as const;

describe('before `up`, of datastores', () => {
  it.each<Partial<Datastore>>([
    { engine: 'postgres', migrations: { files: ['*.sql'] }, seeds: { command: ['seed'] } },
    { engine: 'mongo', migrations: { command: ['migrate'] } },
    { engine: 'kafka', topics: ['paid'] },
    { engine: 'redis', topics: ['paid'] },
    { engine: 'opensearch', indices: ['orders'] },
  ])('nothing is said of what can be done: %j', async (datastore) => {
    expect(await told(datastore)).toEqual([]);
  });

  it.each<[Partial<Datastore>, RegExp]>([
    [{ engine: 'mongo', seeds: { files: ['*.sql'] } }, /SQL files can't be applied to "store"/u],
    [{ engine: 'postgres', indices: ['orders'] }, /search indices can't be made on "store"/u],
    [{ engine: 'postgres', topics: ['paid'] }, /topics can't be made on "store"/u],
    [{ engine: 'mysql', ...LOGICAL }, /"store" can't be `isolation: logical` on a cluster/u],
  ])('what cannot be done is refused: %j', async (datastore, words) => {
    expect(await told(datastore)).toEqual([expect.stringMatching(words)]);
    expect((await told(datastore))[0]).toMatch(/^error DATASTORE_UNSUPPORTED/u);
  });

  it('a server that is a Service of the cluster is fine, and so is one by address', async () => {
    const postgres = { engine: 'postgres', ...LOGICAL };
    expect(await told(postgres, 'postgres://a:b@db.servers.svc:5432')).toEqual([]);
    expect(await told(postgres, 'postgres://a:b@10.0.0.1')).toEqual([]);
    // That it is missing is told with all other secrets.
    expect(await told(postgres)).toEqual([]);
  });

  it('a server whose address nobody can say opens the way to any', async () => {
    const found = await told({ engine: 'redis', ...LOGICAL }, 'redis://:needle@cache.example:5432');
    expect(found).toEqual([expect.stringMatching(/^warning EXTERNAL_EGRESS_OPEN/u)]);
    expect(found[0]).not.toContain('needle');
  });

  it('a secret that names no server is refused, and not shown', async () => {
    const found = await told({ engine: 'postgres', ...LOGICAL }, 'needle');
    expect(found).toEqual([expect.stringMatching(/^error LOGICAL_ADMIN_INVALID/u)]);
    expect(found[0]).not.toContain('needle');
  });
});
