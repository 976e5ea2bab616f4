import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import type { TaskStatus } from '../../src/domain/plan/plan.ts';
import { kubectlOf, type Kubectl } from '../cluster/kubectl.ts';
import { waitFor } from '../cluster/waiting.ts';
import { offshoot, type Ran } from './faults/command.ts';
import { startController, type ControllerProcess } from './faults/controllers.ts';
import { BOUND_MS, openWisher, type Wisher } from './faults/installation.ts';
import { answers, testProject, type Specs, type TestProject } from './faults/project.ts';
import { clusterWithRegistry } from './support/cluster-shop.ts';
import {
  datastoreImages,
  startServers,
  type DatastoreImages,
  type Servers,
} from './support/datastore-servers.ts';
import { testKubeconfig } from './support/test-cluster.ts';

/**
 * Datastores of environments with real servers: those that are their own and lose their data with their pod,
 * and those that are places on a server kept for several environments.
 */

const LIMIT_MS = 600_000;
const SMALL = { cpu: '5m', memory: '32Mi' };
const POSTGRES = {
  type: 'datastore',
  engine: 'postgres',
  ports: { postgres: { port: 5432, protocol: 'tcp' } },
  resources: SMALL,
} as const;

let kubectl: Kubectl;
let servers: Servers;
let project: TestProject;
let wisher: Wisher;
let controller: ControllerProcess;

function components(images: DatastoreImages): Specs {
  const filled = (name: string): object => ({
    migrations: { files: [`${name}/migrations/*.sql`] },
    seeds: { files: [`${name}/seeds/*.sql`] },
  });
  const admin = (key: string): object => ({ secretRef: { name: 'servers', key } });
  return {
    orders: { ...POSTGRES, image: images.postgres, ...filled('orders') },
    kept: {
      ...POSTGRES,
      image: images.postgres,
      ...filled('kept'),
      storage: { size: '100Mi', persistent: true },
    },
    ledger: {
      ...POSTGRES,
      image: images.postgres,
      isolation: 'logical',
      admin: admin('postgres'),
      ...filled('ledger'),
    },
    cache: {
      type: 'datastore',
      engine: 'redis',
      image: images.redis,
      isolation: 'logical',
      admin: admin('redis'),
      ports: { redis: { port: 6379, protocol: 'tcp' } },
    },
    reader: {
      ...client(images.postgres),
      environment: {
        ORDERS_URL: '${dependencies.orders.url}',
        KEPT_URL: '${dependencies.kept.url}',
        LEDGER_URL: '${dependencies.ledger.url}',
      },
      dependencies: ['orders', 'kept', 'ledger'],
    },
    cacher: {
      ...client(images.redis),
      environment: {
        CACHE_URL: '${dependencies.cache.url}',
        CACHE_PREFIX: '${dependencies.cache.database}',
      },
      dependencies: ['cache'],
    },
    lone: answers('lone'),
    search: {
      type: 'datastore',
      engine: 'mysql',
      image: 'x/mysql:8',
      isolation: 'logical',
      admin: admin('postgres'),
      ports: { mysql: 3306 },
    },
    shifted: { ...POSTGRES, isolation: 'logical', admin: admin('postgres'), ports: { db: 5433 } },
    indexed: { ...POSTGRES, indices: ['orders'], topics: ['paid'] },
    hopeless: { ...answers('hopeless'), dependencies: ['search', 'shifted', 'indexed'] },
  };
}

/** Stays, so that commands can be run beside it. */
function client(image: string): Readonly<Record<string, unknown>> {
  return {
    type: 'worker',
    image,
    security: { runAsUser: 999 },
    container: { command: ['sh', '-c', 'trap "exit 143" TERM; sleep 100000 & wait'] },
    resources: SMALL,
  };
}

beforeAll(async () => {
  const cluster = await clusterWithRegistry();
  kubectl = kubectlOf(cluster.kubectl, testKubeconfig());
  const images = await datastoreImages();
  servers = await startServers(kubectl, images);
  project = await testProject(components(images), { baseline: { namespaces: ['default'] } });
  project.repository.commit('main', {
    ...sqlOf('orders'),
    ...sqlOf('kept'),
    ...sqlOf('ledger'),
  });
  await kubectl(['create', 'namespace', project.controlNamespace]);
  const { postgres, redis } = servers.urls;
  const literals = [`--from-literal=postgres=${postgres}`, `--from-literal=redis=${redis}`];
  const secret = ['create', 'secret', 'generic', 'servers', ...literals];
  await kubectl(['-n', project.controlNamespace, ...secret]);
  wisher = await openWisher(testKubeconfig(), project);
  controller = startController(testKubeconfig(), project);
  await controller.leads();
}, LIMIT_MS);
afterAll(async () => {
  const environments = await wisher.store.list();
  for (const { name } of environments) await wisher.down(name);
  for (const { name } of environments) await wisher.gone(name);
  await controller?.end();
  await wisher?.api.delete(RESOURCE_TYPES.namespace, { name: project.controlNamespace });
  await wisher?.close();
  await servers?.remove();
  await project?.remove();
}, LIMIT_MS);

function sqlOf(name: string): Readonly<Record<string, string>> {
  return {
    [`${name}/migrations/001.sql`]: 'CREATE TABLE item (name text)',
    [`${name}/seeds/001.sql`]: "INSERT INTO item VALUES ('seeded');",
  };
}

/** Changes both that use datastores. */
function branchOfClients(name: string): string {
  const branch = project.branch(name, 'reader');
  project.repository.commit(branch, { 'cacher/version': `${branch}\n` });
  return branch;
}

async function up(branch: string): Promise<Ran> {
  const ran = await offshoot(project, testKubeconfig(), 'up', branch, '--timeout', '5m');
  expect(ran.code, `it said ${ran.stderr}`).toBe(0);
  return ran;
}

async function inside(environment: string, component: string, script: string): Promise<string> {
  const target = ['exec', '-n', wisher.namespaceOf(environment), `deployment/${component}`, '--'];
  return (await kubectl([...target, 'sh', '-c', script])).trim();
}

function itemsIn(environment: string, variable: string): Promise<string> {
  return inside(environment, 'reader', `psql -XAt "$${variable}" -c 'SELECT name FROM item' 2>&1`);
}

async function insert(environment: string, variable: string, name: string): Promise<void> {
  await inside(
    environment,
    'reader',
    `psql -X "$${variable}" -c "INSERT INTO item VALUES ('${name}')"`,
  );
}

async function uidOf(environment: string, kind: string, name: string): Promise<string> {
  const namespace = wisher.namespaceOf(environment);
  return await kubectl(['-n', namespace, 'get', kind, name, '-o', 'jsonpath={.metadata.uid}']);
}

/** Deletes the pod of a datastore, and waits until the environment has noticed and is ready again. */
async function replacePod(environment: string, datastore: string): Promise<void> {
  const before = await uidOf(environment, 'pod', `${datastore}-0`);
  await kubectl(['-n', wisher.namespaceOf(environment), 'delete', 'pod', `${datastore}-0`]);
  await waitFor(
    'another pod',
    async () => ((await uidOf(environment, 'pod', `${datastore}-0`)) === before ? null : true),
    BOUND_MS,
  );
}

async function jobsOf(environment: string, datastore: string): Promise<string> {
  const selector = `offshoot.dev/component=${datastore}`;
  const columns = '-o=jsonpath={range .items[*]}{.metadata.name} {.metadata.uid}{"\\n"}{end}';
  return await kubectl([
    '-n',
    wisher.namespaceOf(environment),
    'get',
    'jobs',
    '-l',
    selector,
    columns,
  ]);
}

describe('a database of its own', () => {
  it(
    'whose pod is replaced is migrated and seeded again before the environment is ready',
    async () => {
      const branch = branchOfClients('again');
      await up(branch);
      expect(await itemsIn(branch, 'ORDERS_URL')).toBe('seeded');
      await insert(branch, 'ORDERS_URL', 'lost');
      await insert(branch, 'KEPT_URL', 'stays');
      const kept = await jobsOf(branch, 'kept');
      await replacePod(branch, 'orders');
      await replacePod(branch, 'kept');
      await waitFor(
        'the database is filled again',
        async () => ((await itemsIn(branch, 'ORDERS_URL')) === 'seeded' ? true : null),
        BOUND_MS,
      );
      await wisher.ready(branch);
      expect(await itemsIn(branch, 'KEPT_URL')).toBe('seeded\nstays');
      expect(await jobsOf(branch, 'kept')).toBe(kept);
    },
    LIMIT_MS,
  );
});

const databases = "SELECT datname FROM pg_database WHERE datname LIKE '%\\_\\_ledger' ORDER BY 1";
const roles = "SELECT rolname FROM pg_roles WHERE rolname LIKE '%\\_\\_ledger' ORDER BY 1";

describe('a place on a server that is kept for several environments', () => {
  it(
    'is of one environment alone, and goes with it',
    async () => {
      const [one, two] = [branchOfClients('one'), branchOfClients('two')];
      await servers.sql('CREATE TABLE precious (name text)');
      await servers.redis('SET', 'precious', 'kept');
      await Promise.all([up(one), up(two)]);
      const named = (branch: string): string =>
        `${wisher.namespaceOf(branch)}--ledger`.replaceAll('-', '_');
      expect(await servers.sql(databases)).toContain(`${named(one)}\n${named(two)}`);

      await insert(one, 'LEDGER_URL', 'of one');
      expect(await itemsIn(one, 'LEDGER_URL')).toBe('seeded\nof one');
      expect(await itemsIn(two, 'LEDGER_URL')).toBe('seeded');
      const foreign = `psql -X "\${LEDGER_URL%/*}/${named(two)}" -c 'SELECT 1' 2>&1 || true`;
      expect(await inside(one, 'reader', foreign)).toMatch(/permission denied for database/u);

      const write = 'redis-cli -u "$CACHE_URL" SET "${CACHE_PREFIX}greeting" "$HOSTNAME"';
      expect(await inside(one, 'cacher', write)).toContain('OK');
      expect(await inside(two, 'cacher', write)).toContain('OK');
      const greeting = (branch: string): string => `${wisher.namespaceOf(branch)}--cache--greeting`;
      const steal = `redis-cli -u "$CACHE_URL" GET ${greeting(two)} 2>&1; redis-cli -u "$CACHE_URL" FLUSHALL 2>&1`;
      expect(await inside(one, 'cacher', steal)).toMatch(/NOPERM[^]*NOPERM/u);
      const secrets = ['-n', wisher.namespaceOf(one), 'get', 'secrets', '-o', 'json'];
      expect(await kubectl(secrets)).not.toContain(
        Buffer.from(servers.urls.postgres).toString('base64'),
      );

      expect((await offshoot(project, testKubeconfig(), 'down', one)).code).toBe(0);
      await wisher.gone(one);
      expect(await servers.sql(databases)).not.toContain(named(one));
      expect(await servers.sql(roles)).not.toContain(named(one));
      expect(await servers.redis('KEYS', `${wisher.namespaceOf(one)}*`)).toBe('');
      expect(await servers.redis('ACL', 'USERS')).not.toContain(
        named(one).replace('ledger', 'cache'),
      );
      expect(await itemsIn(two, 'LEDGER_URL')).toBe('seeded');
      expect(await servers.redis('EXISTS', greeting(two))).toBe('1');
      expect(await servers.sql('SELECT count(*) FROM precious')).toBe('0');
      expect(await servers.redis('GET', 'precious')).toBe('kept');
      const left = ['-n', project.controlNamespace, 'get', 'jobs,secrets,configmaps', '-o', 'name'];
      expect(
        await kubectl([...left, '-l', `offshoot.dev/environment=${one},offshoot.dev/role=server`]),
      ).toBe('');
    },
    LIMIT_MS,
  );

  it(
    'is never taken from somebody else who has that name',
    async () => {
      const branch = branchOfClients('taken');
      const name = `${wisher.namespaceOf(branch)}--ledger`.replaceAll('-', '_');
      await servers.sql(`CREATE DATABASE ${name}`);
      const ran = await offshoot(project, testKubeconfig(), 'up', branch, '--timeout', '5m');
      expect(ran.code, `it said ${ran.stderr}`).toBe(5);
      const task = await taskOf(branch, 'deploy/ledger');
      expect(task).toMatchObject({ state: 'Failed', code: 'DATASTORE_FAILED' });
      expect(task?.evidence).toContain('was not made by this installation of Offshoot');
      await offshoot(project, testKubeconfig(), 'down', branch);
      await wisher.gone(branch);
      expect(await servers.sql(databases)).toContain(name);
      await servers.sql(`DROP DATABASE ${name}`);
    },
    LIMIT_MS,
  );

  it(
    'goes with its datastore when the environment does without it',
    async () => {
      const branch = branchOfClients('leaves');
      await up(branch);
      const name = `${wisher.namespaceOf(branch)}--ledger`.replaceAll('-', '_');
      expect(await servers.sql(databases)).toContain(name);
      const reader = {
        ...client((await datastoreImages()).postgres),
        dependencies: ['orders', 'kept'],
      };
      await project.put('reader', reader);
      await up(branch);
      await waitFor(
        'the database is gone',
        async () => ((await servers.sql(databases)).includes(name) ? null : true),
        BOUND_MS,
      );
    },
    LIMIT_MS,
  );
});

describe('what no cluster can do', () => {
  it('is refused before anything is written', async () => {
    const branch = project.branch('hopeless', 'hopeless');
    const ran = await offshoot(project, testKubeconfig(), 'up', branch);
    expect(ran.code, `it said ${ran.stderr}`).toBe(4);
    for (const words of [
      /"search" can't be `isolation: logical`.*"mysql"/u,
      /the server of "shifted" listens on 5432, and "shifted" declares 5433/u,
      /search indices can't be made on "indexed"/u,
      /topics can't be made on "indexed"/u,
    ]) {
      expect(ran.stderr).toMatch(words);
    }
    expect(await wisher.store.get(branch)).toBeNull();
  });
});

async function taskOf(branch: string, id: string): Promise<TaskStatus | undefined> {
  const record = await wisher.store.get(branch);
  return record?.status.tasks.find((task) => task.id === id);
}

describe('what somebody asks for', () => {
  it(
    'of the namespace reaches an environment that runs at its next up',
    async () => {
      const branch = project.branch('quota', 'lone');
      await up(branch);
      const namespace = wisher.namespaceOf(branch);
      const pods = await uidOf(branch, 'deployment', 'lone');
      const labels = { team: 'datastores' };
      await project.settings({ environments: { template: { quota: { pods: '7' }, labels } } });
      // Who carries a plan out has settings of its own: those it was started with.
      await controller.end();
      controller = startController(testKubeconfig(), project);
      await controller.leads();
      await up(branch);
      const quota = [
        '-n',
        namespace,
        'get',
        'resourcequota',
        'offshoot',
        '-o',
        'jsonpath={.spec.hard.pods}',
      ];
      expect(await kubectl(quota)).toBe('7');
      const label = ['get', 'namespace', namespace, '-o', 'jsonpath={.metadata.labels.team}'];
      expect(await kubectl(label)).toBe('datastores');
      expect(await uidOf(branch, 'deployment', 'lone')).toBe(pods);
      await project.settings({ environments: {} });
    },
    LIMIT_MS,
  );

  it.each([
    ['memory', { memory: '24Mi' }, /a memory limit of 24 MiB instead of 256 MiB/u],
    ['a processor', { cpu: '50m' }, /a processor limit of 50m instead of 200m/u],
  ])(
    'of %s and did not get is said',
    async (what, limits, words) => {
      const branch = project.branch(`limit-${what.slice(-3)}`, 'lone');
      await project.put('lone', {
        ...answers('lone'),
        resources: { cpu: '5m', memory: '16Mi', limits: { cpu: '200m', memory: '256Mi' } },
      });
      await up(branch);
      const namespace = wisher.namespaceOf(branch);
      const [pod = ''] = (
        await kubectl([
          '-n',
          namespace,
          'get',
          'pods',
          '-l',
          'offshoot.dev/component=lone',
          '-o',
          'name',
        ])
      ).split('\n');
      const resources = { limits, requests: { cpu: '5m', memory: '16Mi' } };
      const patch = { spec: { containers: [{ name: 'lone', resources }] } };
      await kubectl([
        '-n',
        namespace,
        'patch',
        pod,
        '--subresource',
        'resize',
        '-p',
        JSON.stringify(patch),
      ]);
      const task = await waitFor(
        'it is said',
        async () => {
          const found = await taskOf(branch, 'deploy/lone');
          return found?.state === 'Failed' ? found : null;
        },
        BOUND_MS,
      );
      expect(task).toMatchObject({ code: 'SETTING_IGNORED' });
      expect(task.message).toMatch(words);
    },
    LIMIT_MS,
  );
});
