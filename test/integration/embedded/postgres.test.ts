import { existsSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { processHost } from '../../../src/adapters/embedded/processes/process-host.ts';
import type { Component, Datastore } from '../../../src/domain/catalog/component.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import { component } from '../../support/catalogs.ts';
import {
  driverOf,
  embeddedStage,
  POSTGRES,
  processesOf,
  service,
  type EmbeddedStage,
} from '../../support/embedded-stage.ts';
import type { Stage } from '../../support/engine-stage.ts';

const onLinux = process.platform === 'linux';

let stage: EmbeddedStage;
let driver: Stage;

beforeAll(async () => {
  stage = await embeddedStage();
  driver = driverOf(stage.engine);
});
afterAll(() => stage.close());
afterEach(() => stage.engine.remove('one'));

function database(datastore: Partial<Datastore> = {}): Component {
  return component({
    name: 'orders-db',
    type: 'datastore',
    ports: POSTGRES,
    datastore: { database: 'orders', username: 'shop', ...datastore },
  });
}

async function up(datastore: Partial<Datastore> = {}): Promise<Plan> {
  const plan = driver.plan('one', [database(datastore)]);
  await driver.drive(plan);
  return plan;
}

function password(): string {
  return readFileSync(
    join(stage.home, 'environments', 'one', 'secrets', 'password-of-orders-db'),
    'utf8',
  );
}

async function query(
  sql: string,
  login: { user?: string; password?: string } = {},
): Promise<unknown[]> {
  const ports = await stage.ledger.portsOf('one');
  const client = new pg.Client({
    host: '127.0.0.1',
    port: ports.get('listen/orders-db/postgres') ?? 0,
    user: login.user ?? 'shop',
    password: login.password ?? password(),
    database: 'orders',
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Number of the System V segment, as the server noted it. */
function sharedSegment(): string | undefined {
  const file = join(stage.home, 'environments', 'one', 'data', 'orders-db', 'postmaster.pid');
  return readFileSync(file, 'utf8').split('\n')[6]?.trim().split(/\s+/u)[1];
}

function postmaster(): number {
  const file = join(stage.home, 'environments', 'one', 'data', 'orders-db', 'postmaster.pid');
  return Number.parseInt(readFileSync(file, 'utf8'), 10);
}

describe('a PostgreSQL of its own', () => {
  it('answers its one login on loopback, and belongs to it', async () => {
    await up();
    expect(
      await query("SELECT current_user AS name, version() LIKE 'PostgreSQL 18%' AS is_18"),
    ).toEqual([{ name: 'shop', is_18: true }]);
    await query('CREATE TABLE mine (id int)');
    await query('CREATE EXTENSION pgcrypto');
    await expect(query('SELECT 1', { password: 'wrong' })).rejects.toThrow('authentication');
    await expect(query('SELECT 1', { user: 'offshoot-superuser' })).rejects.toThrow('pg_hba');
  });

  it.runIf(onLinux)('keeps its password from arguments, ledger, log and other users', async () => {
    await up();
    const secret = password();
    expect(secret.length).toBeGreaterThanOrEqual(16);
    const kept = JSON.stringify([
      await stage.ledger.tasksOf('one'),
      await stage.ledger.processesOf('one'),
      await stage.engine.observe('one'),
      await stage.engine.logTail('one', 'orders-db', 1_000),
    ]);
    expect(kept).not.toContain(secret);
    for (const pid of processesOf(stage.home, 'one')) {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(secret);
    }
    const file = join(stage.home, 'environments', 'one', 'secrets', 'password-of-orders-db');
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('keeps its data when it is killed, and says what happened', async () => {
    await up();
    await query('CREATE TABLE kept AS SELECT 7 AS id');
    const first = postmaster();
    const before = Date.now();
    process.kill(first, 'SIGKILL');
    await driver.until('it is up again', async () => {
      const seen = await stage.observed('deploy/orders-db');
      return seen?.state === 'Succeeded' && Date.parse(seen.startedAt) >= before;
    });
    expect(postmaster()).not.toBe(first);
    expect(await query('SELECT id FROM kept')).toEqual([{ id: 7 }]);
    const events = await stage.engine.platformEvents('one', before * 1_000, Date.now() * 1_000);
    expect(events).toMatchObject([{ component: 'orders-db', code: 'EXITED' }]);
  });

  it('starts though a dead one left its note and the number now belongs to another', async () => {
    const plan = await up();
    await query('CREATE TABLE kept AS SELECT 7 AS id');
    await stage.engine.close();
    const cluster = join(stage.home, 'environments', 'one', 'data', 'orders-db');
    await writeFile(
      join(cluster, 'postmaster.pid'),
      `${process.pid}\n${cluster}\n1\n1\n\n\n 1 1\n`,
    );
    const next = stage.another();
    await next.recover('one');
    await driverOf(next).drive(plan);
    expect(await query('SELECT id FROM kept')).toEqual([{ id: 7 }]);
    await next.remove('one');
  });

  it('is made anew after a crash of the machine, and filled again', async () => {
    await stage.file('m/001.sql', 'CREATE TABLE kept (id int)');
    const plan = await up({ migrations: { files: ['m/*.sql'] } });
    await query('INSERT INTO kept VALUES (1)');
    const folder = join(stage.home, 'environments', 'one', 'data');
    const note = readFileSync(join(folder, 'orders-db', 'postmaster.pid'));
    await stage.engine.close();
    await writeFile(join(folder, 'orders-db', 'postmaster.pid'), note);
    const birth = JSON.parse(readFileSync(join(folder, 'orders-db.json'), 'utf8')) as object;
    await writeFile(join(folder, 'orders-db.json'), JSON.stringify({ ...birth, bootId: 'before' }));
    const next = stage.another();
    await next.recover('one');
    expect(await next.observe('one')).toEqual([]);
    await driverOf(next).drive(plan);
    expect(await query('SELECT count(*)::int AS count FROM kept')).toEqual([{ count: 0 }]);
    await next.remove('one');
  });

  it.runIf(onLinux)('leaves nothing when it is removed', async () => {
    const plan = await up();
    const ports = [...(await stage.ledger.portsOf('one')).values()];
    const running = processesOf(stage.home, 'one');
    expect(running.length).toBeGreaterThan(1);
    expect(await stage.engine.remove('one')).toEqual({ left: [] });
    for (const pid of running) expect(processHost().entry(pid)?.isZombie ?? true).toBe(true);
    expect(existsSync(join(stage.home, 'environments', plan.environment))).toBe(false);
    await expect(query('SELECT 1', { password: 'any' })).rejects.toThrow('ECONNREFUSED');
    expect(ports).toHaveLength(1);
    expect(await stage.ledger.tasksOf('one')).toEqual([]);
    expect(await stage.ledger.processesOf('one')).toEqual([]);
  });

  it.runIf(onLinux)(
    'leaves no shared memory even when it was killed and never started again',
    async () => {
      await up();
      await stage.engine.close();
      const next = stage.another();
      await driverOf(next).drive(driver.plan('one', [database()]), 2);
      const segment = sharedSegment();
      const exists = (): boolean =>
        readFileSync('/proc/sysvipc/shm', 'utf8')
          .split('\n')
          .some((line) => line.trim().split(/\s+/u)[1] === segment);
      expect(exists()).toBe(true);
      const pid = postmaster();
      const removal = next.remove('one');
      process.kill(pid, 'SIGKILL');
      expect(await removal).toEqual({ left: [] });
      expect(exists()).toBe(false);
    },
  );

  it('serves what depends on it through the caller’s own relay', async () => {
    const url = { kind: 'template', template: '${dependencies.orders-db.url}' } as const;
    const plan = driver.plan('one', [
      database(),
      service({
        name: 'orders',
        expose: true,
        dependencies: ['orders-db'],
        environment: [{ name: 'DATABASE_URL', value: url }],
      }),
    ]);
    await driver.drive(plan);
    const [address] = await stage.engine.addresses('one');
    const { env } = (await (await fetch(address?.url ?? '')).json()) as {
      env: Record<string, string>;
    };
    const relay = (await stage.ledger.portsOf('one')).get('relay/orders/orders-db/postgres');
    expect(env['DATABASE_URL']).toBe(`postgres://shop:${password()}@127.0.0.1:${relay}/orders`);
    const client = new pg.Client({ connectionString: env['DATABASE_URL'] });
    await client.connect();
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });
});

describe('filling a datastore', () => {
  beforeEach(async () => {
    await stage.file('steps/001-things.sql', 'CREATE TABLE things (id int PRIMARY KEY);\n');
    await stage.file('steps/002-more.sql', 'INSERT INTO things VALUES (1), (2);\n');
  });

  it('applies files in name order, each once', async () => {
    const plan = await up({ migrations: { files: ['steps/002*.sql', 'steps/*.sql'] } });
    expect(await query('SELECT id FROM things ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await query('SELECT name FROM offshoot_steps ORDER BY applied_at')).toEqual([
      { name: 'steps/001-things.sql' },
      { name: 'steps/002-more.sql' },
    ]);
    await stage.file('steps/003-last.sql', 'INSERT INTO things VALUES (3);\n');
    await stage.engine.apply(driver.order(altered(plan), 'migrate/orders-db', 2));
    const seen = await driver.ended(plan, 'migrate/orders-db');
    expect(seen).toMatchObject({ state: 'Succeeded', message: '1 of 3 files applied' });
    await stage.file('steps/003-last.sql', '');
  });

  it('names file, line and SQLSTATE of what the database refuses, and keeps nothing of that file', async () => {
    await stage.file('steps/004-bad.sql', 'INSERT INTO things VALUES (9);\n\nSELEC 1;\n');
    await up({ migrations: { files: ['steps/*.sql'] } });
    const seen = await stage.observed('migrate/orders-db');
    expect(seen).toMatchObject({ state: 'Failed', code: 'MIGRATION_FAILED' });
    expect(seen?.message).toContain('"steps/004-bad.sql" line 3: syntax error');
    expect(seen?.message).toContain('SQLSTATE 42601');
    expect(await query('SELECT id FROM things WHERE id = 9')).toEqual([]);
    await stage.file('steps/004-bad.sql', 'SELECT 1;');
  });

  it('tells a seed from a migration, and says what the database says of the data', async () => {
    await stage.file('seeds/001.sql', 'INSERT INTO things VALUES (1);');
    await up({ migrations: { files: ['steps/*.sql'] }, seeds: { files: ['seeds/*.sql'] } });
    const seen = await stage.observed('seed/orders-db');
    expect(seen).toMatchObject({ state: 'Failed', code: 'SEED_FAILED' });
    expect(seen?.message).toContain('SQLSTATE 23505');
    expect(seen?.message).toContain('already exists');
  });

  it('refuses a file that was changed after it had been applied', async () => {
    const plan = await up({ migrations: { files: ['steps/*.sql'] } });
    await stage.file('steps/002-more.sql', 'INSERT INTO things VALUES (5);\n');
    await stage.engine.apply(driver.order(altered(plan), 'migrate/orders-db', 2));
    const seen = await driver.ended(plan, 'migrate/orders-db');
    expect(seen).toMatchObject({ state: 'Failed', code: 'MIGRATION_FAILED' });
    expect(seen.message).toBe(
      '"steps/002-more.sql" was changed after it had been applied to this database',
    );
  });

  it('says when a pattern names no file', async () => {
    await up({ migrations: { files: ['nothing/*.sql'] } });
    expect((await stage.observed('migrate/orders-db'))?.message).toBe(
      'no file matches "nothing/*.sql"',
    );
  });

  it('runs a command with the login of the datastore, and shows its last words when it fails', async () => {
    const migrate = `
      const { DATABASE_URL, PGPASSWORD, DATABASE_NAME } = process.env;
      console.log(DATABASE_NAME, new URL(DATABASE_URL).password === PGPASSWORD, PGPASSWORD);
      process.exit(5);
    `;
    await up({ migrations: { command: ['node', '-e', migrate] } });
    const seen = await stage.observed('migrate/orders-db');
    expect(seen).toMatchObject({ state: 'Failed', code: 'MIGRATION_FAILED' });
    expect(seen?.message).toContain('exit code 5');
    expect(seen?.evidence).toContain('orders true ***');
  });

  it('ends at once when the environment goes', async () => {
    await stage.file('slow/001.sql', 'SELECT pg_sleep(60)');
    const plan = driver.plan('one', [database({ migrations: { files: ['slow/*.sql'] } })]);
    await driver.prepare(plan, 'migrate/orders-db');
    await driver.apply(plan, 'migrate/orders-db');
    await sleep(100);
    const begun = Date.now();
    expect(await stage.engine.remove('one')).toEqual({ left: [] });
    expect(Date.now() - begun).toBeLessThan(30_000);
  });
});

/** The same plan with another fingerprint of every task that fills a datastore. */
function altered(plan: Plan): Plan {
  return {
    ...plan,
    tasks: plan.tasks.map((task) =>
      task.kind === 'migrate' ? { ...task, fingerprint: `${task.fingerprint}-again` } : task,
    ),
  };
}
