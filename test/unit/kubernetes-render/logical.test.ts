import { describe, expect, it } from 'vitest';
import { serverOf } from '../../../src/adapters/kubernetes/render/logical/server-url.ts';
import { textAt, valueAt } from '../../../src/adapters/kubernetes/client/read-object.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { component, type ComponentSpec } from '../../support/catalogs.ts';
import { namesOf, objectOf, objectsOf } from './helpers.ts';

const ADMIN = 'postgres://keeper:needle-of-the-keeper@db.servers.svc:5432/keeper';
const PORT = { name: 'sql', port: 5432, protocol: 'tcp' } as const;

const LEDGER: ComponentSpec = {
  name: 'ledger',
  type: 'datastore',
  ports: [PORT],
  datastore: {
    engine: 'postgres',
    isolation: 'logical',
    admin: { name: 'servers', key: 'ledger' },
    migrations: { files: ['m/*.sql'] },
  },
};
const READER: ComponentSpec = {
  name: 'reader',
  dependencies: ['ledger'],
  environment: [
    { name: 'URL', value: { kind: 'template', template: '${dependencies.ledger.url}' } },
  ],
};

function ledger(id = 'deploy/ledger', admin = ADMIN): readonly KubeObject[] {
  return objectsOf(id, [LEDGER, READER], {
    namespace: 'pr-coupon',
    environmentUid: 'life',
    installation: 'ours',
    secrets: new Map([
      ...['.dockerconfigjson'].map((key) => [`registry/${key}`, ''] as const),
      ...['tls.crt', 'tls.key'].map((key) => [`wildcard/${key}`, ''] as const),
      ['servers/ledger', admin],
      ['ledger/password', 'secret'],
    ]),
    files: new Map([['m/1.sql', 'SELECT 1;']]),
  });
}

function dataOf(object: KubeObject, key: string): string {
  return Buffer.from(textAt(object, 'data', key) ?? '', 'base64').toString();
}

describe('a datastore that is a place on a server', () => {
  it('is a name that leads there, a way, a login and a Job beside the environment', () => {
    expect(namesOf(ledger())).toEqual([
      'Secret/ledger--login',
      'Service/ledger',
      'NetworkPolicy/ledger--egress',
      'Secret/logical--pr-coupon--ledger',
      'Job/logical--pr-coupon--ledger--make',
    ]);
    const service = objectOf(ledger(), 'Service/ledger');
    expect(service['spec']).toMatchObject({ externalName: 'db.servers.svc.cluster.local' });
    const job = objectOf(ledger(), 'Job/logical--pr-coupon--ledger--make');
    expect(job.metadata.namespace).toBe('offshoot-system');
    expect(JSON.stringify(job['spec'])).toContain(
      '"secretKeyRef":{"name":"servers","key":"ledger"}',
    );
  });

  it('shows the administrator’s login nowhere', () => {
    for (const id of ['deploy/ledger', 'migrate/ledger', 'deploy/reader']) {
      const text = JSON.stringify(ledger(id));
      expect(text).not.toContain('needle');
      expect(text).not.toContain(Buffer.from(ADMIN).toString('base64'));
    }
  });

  it('is known to its clients by names that naming made', () => {
    const variables = objectOf(ledger('deploy/reader'), 'Secret/reader--variables');
    const url = 'postgres://pr_coupon__ledger:secret@ledger:5432/pr_coupon__ledger';
    expect(dataOf(variables, 'URL')).toBe(url);
    expect(dataOf(objectOf(ledger(), 'Secret/ledger--login'), 'url')).toBe(url);
  });

  it('has no Service of its own before anybody knows where it leads', () => {
    expect(namesOf(ledger('namespace/coupon'))).not.toContain('Service/ledger');
  });

  it('is migrated in the environment, and stays done when pods go', () => {
    const job = ledger('migrate/ledger').find(({ kind }) => kind === 'Job');
    expect(job?.metadata.namespace).toBe('pr-coupon');
    expect(JSON.stringify(job?.metadata)).not.toContain('offshoot.dev/store');
  });

  it('by address gets a Service with that address, and a way to it alone', () => {
    const objects = ledger('deploy/ledger', ADMIN.replace('db.servers.svc', '10.1.2.3'));
    expect(objectOf(objects, 'EndpointSlice/ledger--address')).toMatchObject({
      endpoints: [{ addresses: ['10.1.2.3'] }],
    });
    const policy = objectOf(objects, 'NetworkPolicy/ledger--egress');
    expect(valueAt(policy, 'spec', 'egress')).toEqual([
      { to: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: [{ protocol: 'TCP', port: 5432 }] },
    ]);
  });
});

describe('the secret of the administrator', () => {
  const store = (engine: string, ports = [PORT]): ReturnType<typeof component> =>
    component({ ...LEDGER, ports, datastore: { ...LEDGER.datastore, engine } });

  it.each([
    ['postgres', 'postgres://a:b@db:5432/x', 'db'],
    ['postgres', ' postgresql://a:b@db.example \n', 'db.example'],
    ['postgres', 'postgres://a:b@[fd00::1]:5432', 'fd00::1'],
    ['redis', 'redis://:b@cache.servers.svc:5432', 'cache.servers.svc.cluster.local'],
  ])('of %s says where the server is: %s', (engine, url, host) => {
    expect(serverOf(store(engine), url, 'cluster.local')).toEqual({ host, port: 5432 });
  });

  it.each([
    ['a password alone', 'needle'],
    ['another engine', 'mysql://a:needle@db:5432'],
    ['no host', 'postgres:///needle'],
    ['another port', 'postgres://a:needle@db:5433'],
  ])('that is %s is refused without being told', (_, url) => {
    const attempt = (): unknown => serverOf(store('postgres'), url, 'cluster.local');
    expect(attempt).toThrow(expect.objectContaining({ code: 'LOGICAL_ADMIN_INVALID' }));
    expect(attempt).not.toThrow(/needle/u);
  });

  it('is of no use without a port', () => {
    expect(() => serverOf(store('postgres', []), ADMIN, 'cluster.local')).toThrow(/no port/u);
  });

  it('is of no use for engines that no place can be made on', () => {
    expect(() => serverOf(store('mysql'), ADMIN, 'cluster.local')).toThrow(
      expect.objectContaining({ code: 'DATASTORE_UNSUPPORTED' }),
    );
  });
});
