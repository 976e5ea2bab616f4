import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Component } from '../../../src/domain/catalog/component.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import { catalogOf, component } from '../../support/catalogs.ts';
import {
  driverOf,
  embeddedStage,
  HTTP,
  POSTGRES,
  script,
  service,
  type EmbeddedStage,
} from '../../support/embedded-stage.ts';
import { planOf } from '../../support/plans.ts';

let stage: EmbeddedStage;

beforeEach(async () => {
  stage = await embeddedStage();
});
afterEach(() => stage.close());

const cart = service({ name: 'cart' });

/** An environment whose `gateway` uses `names` without running them. */
function branchPlan(used: readonly Component[]): Plan {
  const gateway = service({
    name: 'gateway',
    expose: true,
    dependencies: used.map(({ name }) => name),
    environment: used.map(({ name }) => ({
      name: `${name.toUpperCase().replaceAll('-', '_')}_URL`,
      value: { kind: 'template', template: `\${dependencies.${name}.url}` },
    })),
  });
  return planOf(catalogOf([gateway, ...used]), {
    environment: 'one',
    closure: {
      isolation: 'path',
      members: [{ name: 'gateway', role: 'changed', reason: 'changed', witness: ['gateway'] }],
      boundary: used.map(({ name }) => ({ name, usedBy: ['gateway'] })),
      warnings: [],
    },
  });
}

async function variablesOfGateway(): Promise<Readonly<Record<string, string>>> {
  const [address] = await stage.engine.addresses('one');
  const answer = (await (await fetch(address?.url ?? '')).json()) as {
    env: Record<string, string>;
  };
  return answer.env;
}

async function baselineUp(components: readonly Component[]): Promise<Plan> {
  const driver = driverOf(stage.engine);
  const plan = driver.plan('baseline', components);
  await driver.drive(plan);
  return plan;
}

describe('a boundary', () => {
  it('waits until the baseline runs it, then leads there', async () => {
    const driver = driverOf(stage.engine);
    const plan = branchPlan([cart]);
    await driver.prepare(plan, 'boundary/cart');
    await driver.apply(plan, 'boundary/cart');
    await stage.engine.observe('one');
    expect(await stage.observed('boundary/cart')).toMatchObject({ state: 'Running' });
    await baselineUp([cart]);
    await driver.drive(plan);
    const env = await variablesOfGateway();
    const ports = await stage.ledger.portsOf('one');
    expect(env['CART_URL']).toBe(`http://127.0.0.1:${ports.get('relay/gateway/cart/http')}`);
    const answer = (await (await fetch(env['CART_URL'] ?? '')).json()) as {
      env: Record<string, string>;
    };
    expect(answer.env['OFFSHOOT_ENVIRONMENT']).toBe('baseline');
    const seen = stage.calls.map(({ client, server }) => `${client} → ${server}`);
    expect(seen).toContain('gateway → cart');
  });

  it('that the baseline can not run has failed', async () => {
    const driver = driverOf(stage.engine);
    const broken = service({ name: 'cart', embedded: script('process.exit(1)') });
    const plan = branchPlan([broken]);
    await driver.prepare(plan, 'boundary/cart');
    await driver.apply(plan, 'boundary/cart');
    await baselineUp([broken]);
    expect(await driver.ended(plan, 'boundary/cart')).toMatchObject({
      state: 'Failed',
      code: 'BASELINE_FAILED',
    });
    expect((await stage.observed('boundary/cart'))?.message).toContain('"cart" ended 3 times');
  });

  it('does not count on what the ledger says of processes that are dead', async () => {
    const driver = driverOf(stage.engine);
    await baselineUp([cart]);
    const plan = branchPlan([cart]);
    await driver.drive(plan);
    expect(await stage.observed('boundary/cart')).toMatchObject({ state: 'Succeeded' });
    const records = await stage.ledger.tasksOf('baseline');
    await stage.engine.remove('baseline');
    for (const record of records) await stage.ledger.writeTask('baseline', record);
    await driver.until('it is noticed', async () => {
      return (await stage.observed('boundary/cart'))?.state === 'Running';
    });
  });

  it('that is a shared datastore is there once it is filled, with its own login', async () => {
    await stage.file('m/001.sql', 'CREATE TABLE things (id int)');
    const driver = driverOf(stage.engine);
    const database = component({
      name: 'orders-db',
      type: 'datastore',
      ports: POSTGRES,
      datastore: {
        isolation: 'shared',
        database: 'orders',
        username: 'shop',
        migrations: { files: ['m/*.sql'] },
      },
    });
    const plan = branchPlan([database]);
    const base = driver.plan('baseline', [database]);
    await driver.prepare(base, 'migrate/orders-db');
    await driver.prepare(plan, 'boundary/orders-db');
    await driver.apply(plan, 'boundary/orders-db');
    for (let turn = 0; turn < 20; turn += 1) await stage.engine.observe('one');
    expect(await stage.observed('boundary/orders-db')).toMatchObject({ state: 'Running' });
    await driver.drive(base);
    await driver.drive(plan);
    const { default: pg } = await import('pg');
    const env = await variablesOfGateway();
    const client = new pg.Client({ connectionString: env['ORDERS_DB_URL'] });
    await client.connect();
    expect((await client.query('SELECT count(*)::int AS count FROM things')).rows).toEqual([
      { count: 0 },
    ]);
    await client.end();
  });

  it('that runs elsewhere is reached through a relay too', async () => {
    const elsewhere = await listeningServer();
    const external = component({
      name: 'mail',
      type: 'external',
      external: { address: 'localhost', cidrs: [] },
      ports: HTTP.map((port) => ({ ...port, port: elsewhere.port })),
    });
    await driverOf(stage.engine).drive(branchPlan([external]));
    const env = await variablesOfGateway();
    expect(await (await fetch(env['MAIL_URL'] ?? '')).text()).toBe('from elsewhere');
    expect(stage.calls.map(({ server }) => server)).toContain('mail');
    await new Promise((resolve) => elsewhere.server.close(resolve));
  });
});

function listeningServer(): Promise<{ readonly server: Server; readonly port: number }> {
  return new Promise((resolve) => {
    const server = createServer((_, response) => {
      response.setHeader('connection', 'close');
      response.end('from elsewhere');
    });
    server.listen(0, 'localhost', () => {
      const address = server.address();
      resolve({ server, port: typeof address === 'object' && address ? address.port : 0 });
    });
  });
}
