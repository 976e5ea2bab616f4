import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { component } from '../../support/catalogs.ts';
import {
  driverOf,
  embeddedStage,
  POSTGRES,
  type EmbeddedStage,
} from '../../support/embedded-stage.ts';
import { RelayBench } from '../../support/relays.ts';

/** A real PostgreSQL and its usual client, with a relay between them that reads along. */

let stage: EmbeddedStage;
let bench: RelayBench;
let port: number;

beforeAll(async () => {
  stage = await embeddedStage();
  const driver = driverOf(stage.engine);
  const database = component({
    name: 'orders-db',
    type: 'datastore',
    ports: POSTGRES,
    datastore: { database: 'orders', username: 'shop' },
  });
  await driver.drive(driver.plan('one', [database]));
  port = (await stage.ledger.portsOf('one')).get('listen/orders-db/postgres') ?? 0;
});
afterAll(async () => {
  await stage.engine.remove('one');
  await stage.close();
});
beforeEach(() => {
  bench = new RelayBench();
});
afterEach(() => bench.close());

async function clientOf(login: { password?: string; database?: string } = {}): Promise<pg.Client> {
  const secret = join(stage.home, 'environments', 'one', 'secrets', 'password-of-orders-db');
  const relay = await bench.relay(port);
  const client = new pg.Client({
    host: '127.0.0.1',
    port: relay.port,
    user: 'shop',
    password: login.password ?? readFileSync(secret, 'utf8'),
    database: login.database ?? 'orders',
  });
  client.on('error', () => undefined);
  return client;
}

function told(): readonly string[] {
  return bench.calls.map((call) => `${call.operation} ${call.outcome} ${call.errorType}`);
}

describe('PostgreSQL between real peers', () => {
  it('is told statement by statement, simple, with parameters, prepared, and failing', async () => {
    const client = await clientOf();
    await client.connect();
    await client.query('CREATE TABLE items (id int PRIMARY KEY, name text)');
    await client.query('INSERT INTO items VALUES ($1, $2)', [1, 'x']);
    for (const id of [1, 2]) {
      await client.query({ name: 'one', text: 'SELECT * FROM items WHERE id = $1', values: [id] });
    }
    await expect(client.query('SELECT * FROM nowhere')).rejects.toThrow('does not exist');
    await expect(client.query('INSERT INTO items VALUES ($1, $2)', [1, 'y'])).rejects.toThrow(
      'duplicate',
    );
    await client.query("SET statement_timeout = '50ms'");
    await expect(client.query('SELECT pg_sleep(2)')).rejects.toThrow('timeout');
    await client.end();
    await bench.callsWhen(9);
    expect(told()).toEqual([
      'CONNECT orders ok null',
      'CREATE ok null',
      'INSERT items ok null',
      'SELECT items ok null',
      'SELECT items ok null',
      'SELECT nowhere client_error 42P01',
      'INSERT items client_error 23505',
      'SET ok null',
      'SELECT timeout 57014',
    ]);
    expect(bench.calls[5]?.reason).toBe(
      'Postgres 42P01: relation "nowhere" does not exist, in: SELECT * FROM nowhere',
    );
  });

  it.each([
    [{ password: 'wrong' }, 'CONNECT orders client_error 28P01'],
    [{ database: 'nowhere' }, 'CONNECT nowhere client_error 3D000'],
  ])('is told when %j cannot sign in', async (login, call) => {
    const client = await clientOf(login);
    await expect(client.connect()).rejects.toThrow(/password|database/u);
    await bench.callsWhen(1);
    expect(told()).toEqual([call]);
  });
});
