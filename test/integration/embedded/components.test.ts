import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentVariable } from '../../../src/domain/catalog/component.ts';
import { component } from '../../support/catalogs.ts';
import {
  driverOf,
  embeddedStage,
  HTTP,
  processesOf,
  script,
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

function variable(name: string, template: string): EnvironmentVariable {
  return { name, value: { kind: 'template', template } };
}

function secretVariable(name: string): EnvironmentVariable {
  return { name, value: { kind: 'secret', secretRef: { name: 'payments', key: 'api-key' } } };
}

interface Answer {
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

async function asked(name: string): Promise<Answer> {
  const address = (await stage.engine.addresses('one')).find((each) => each.component === name);
  return (await (await fetch(address?.url ?? '')).json()) as Answer;
}

async function eventCodes(): Promise<string[]> {
  const events = await stage.engine.platformEvents('one', 0, Date.now() * 1_000 + 1);
  return events.map(({ component: name, code }) => `${name} ${code}`);
}

describe('the variables of a component', () => {
  it('are its own and nothing of the agent but a home and a path', async () => {
    process.env['OFFSHOOT_TEST_LEAK'] = 'leaked';
    await driver.drive(driver.plan('one', [service({ name: 'gateway', expose: true })]));
    const { env } = await asked('gateway');
    const allowed = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'PORT'];
    const tags = ['OFFSHOOT_INSTALLATION', 'OFFSHOOT_ENVIRONMENT', 'OFFSHOOT_TASK'];
    expect(Object.keys(env).filter((name) => ![...allowed, ...tags].includes(name))).toEqual([]);
    expect(env['PATH']?.split(':')[0]).toBe(join(process.execPath, '..'));
    expect(env['OFFSHOOT_TASK']).toBe('deploy/gateway');
    const port = (await stage.ledger.portsOf('one')).get('listen/gateway/http');
    expect(env['PORT']).toBe(String(port));
  });

  it('lead to each dependency by a relay of the caller’s own', async () => {
    await driver.drive(
      driver.plan('one', [
        service({ name: 'cart' }),
        service({
          name: 'gateway',
          expose: true,
          dependencies: ['cart', { name: 'gone', optional: true }],
          environment: [
            variable('CART_HOST', '${dependencies.cart.host}'),
            variable('CART_PORT', '${dependencies.cart.ports.http}'),
            variable('CART_URL', '${dependencies.cart.url}'),
            variable('GONE_URL', 'before ${dependencies.gone.url} after'),
            variable('OWN', '${self.host}:${self.ports.http}'),
            variable('PUBLIC_URL', '${self.publicUrl}'),
            variable('PLACE', '${environment.name}.${environment.domain}'),
          ],
        }),
      ]),
    );
    const ports = await stage.ledger.portsOf('one');
    const { env } = await asked('gateway');
    const [address] = await stage.engine.addresses('one');
    const relay = ports.get('relay/gateway/cart/http');
    expect(env).toMatchObject({
      CART_HOST: '127.0.0.1',
      CART_PORT: String(relay),
      CART_URL: `http://127.0.0.1:${relay}`,
      GONE_URL: 'before  after',
      OWN: `127.0.0.1:${ports.get('listen/gateway/http')}`,
      PUBLIC_URL: address?.url,
      PLACE: 'one.localhost',
    });
    expect(ports.get('listen/cart/http')).not.toBe(relay);
    const answer = (await (await fetch(env['CART_URL'] ?? '')).json()) as Answer;
    expect(answer.env['OFFSHOOT_TASK']).toBe('deploy/cart');
  });

  it('render empty for an optional dependency that is not available', async () => {
    const plan = driver.plan('one', [
      service({ name: 'cart' }),
      service({
        name: 'gateway',
        expose: true,
        dependencies: [{ name: 'cart', optional: true, startup: 'independent' }],
        environment: [variable('CART_URL', '${dependencies.cart.url}')],
      }),
    ]);
    await driver.prepare(plan, 'deploy/gateway');
    await stage.engine.apply({
      ...driver.order(plan, 'deploy/gateway'),
      unavailable: ['cart'],
    });
    await driver.ended(plan, 'deploy/gateway');
    await driver.apply(plan, 'expose/gateway');
    await driver.ended(plan, 'expose/gateway');
    expect((await asked('gateway')).env['CART_URL']).toBe('');
  });

  it.runIf(onLinux)('keep secrets out of arguments, logs, ledger and status', async () => {
    const secret = 'sk-0123456789-abcdef';
    await stage.secret('payments', 'api-key', `${secret}\n`);
    const telling = `
      console.log('the key is', process.env.API_KEY);
      console.error(JSON.stringify(process.env));
      require('node:http').createServer((_, response) => response.end(JSON.stringify({ env: process.env })))
        .listen(Number(process.env.PORT), '127.0.0.1');
    `;
    const dying = 'console.log(process.env.API_KEY); process.exit(1)';
    const environment = [secretVariable('API_KEY'), variable('PLAIN', 'visible')];
    await driver.drive(
      driver.plan('one', [
        service({ name: 'payments', expose: true, environment, embedded: script(telling) }),
        component({ name: 'charge', type: 'job', environment, embedded: script(dying) }),
      ]),
    );
    expect((await asked('payments')).env['API_KEY']).toBe(secret);
    const log = await stage.engine.logTail('one', 'payments', 100);
    expect(log).toContain('the key is ***');
    expect((await stage.observed('run/charge'))?.evidence).toContain('***');
    const shown = JSON.stringify([
      log,
      await stage.engine.observe('one'),
      await stage.ledger.tasksOf('one'),
      await stage.ledger.processesOf('one'),
      await eventCodes(),
    ]);
    expect(shown).not.toContain(secret);
    for (const pid of processesOf(stage.home, 'one')) {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(secret);
    }
    const folder = join(stage.home, 'environments', 'one');
    expect(readFileSync(join(folder, 'configuration', 'payments.json'), 'utf8')).not.toContain(
      secret,
    );
    const kept = join(folder, 'secrets', 'payments.json');
    expect(readFileSync(kept, 'utf8')).toContain(secret);
    expect(readFileSync(kept, 'utf8')).not.toContain('visible');
    for (const path of [kept, join(folder, 'configuration', 'payments.json')]) {
      expect(statSync(path).mode & 0o077).toBe(0);
    }
  });
});

describe('a component that ends', () => {
  it('is started again after it was ready, and says so', async () => {
    const once = `
      const fs = require('node:fs');
      const file = '${stage.project}/first-life';
      require('node:http').createServer((_, response) => response.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');
      if (!fs.existsSync(file)) { fs.writeFileSync(file, ''); setTimeout(() => process.exit(9), 400); }
    `;
    const plan = driver.plan('one', [
      service({
        name: 'cart',
        embedded: script(once),
        readiness: { timeoutMs: 20_000, http: '/' },
      }),
    ]);
    const states: string[] = [];
    stage.engine.onChange('one', () => {
      void stage.observed('deploy/cart').then((seen) => {
        if (seen !== undefined && states.at(-1) !== seen.state) states.push(seen.state);
      });
    });
    await driver.drive(plan);
    await driver.until('it lives again', async () => {
      return states.join(' ') === 'Running Succeeded Running Succeeded';
    });
    const events = await stage.engine.platformEvents('one', 0, Date.now() * 1_000 + 1);
    expect(events).toMatchObject([
      { component: 'cart', code: 'EXITED', message: '"cart" ended with exit code 9' },
    ]);
  });

  it('again and again fails, and what it started is ended', async () => {
    const crashing = `
      require('node:child_process').spawn('sleep', ['60'], { stdio: 'ignore' });
      console.log('last words');
      setTimeout(() => process.exit(3), 30);
    `;
    await driver.drive(
      driver.plan('one', [component({ name: 'cart', embedded: script(crashing) })]),
    );
    expect(await stage.observed('deploy/cart')).toMatchObject({
      state: 'Failed',
      code: 'CRASH_LOOP',
      message: '"cart" ended 3 times within 10 s, last with exit code 3',
    });
    expect((await stage.observed('deploy/cart'))?.evidence).toContain('last words');
    expect(await eventCodes()).toEqual(['cart EXITED', 'cart EXITED', 'cart CRASH_LOOP']);
    expect(onLinux ? processesOf(stage.home, 'one') : []).toEqual([]);
  });

  it('says at once when there is no such command', async () => {
    const embedded = { command: ['no-such-command'] };
    await driver.drive(driver.plan('one', [component({ name: 'cart', embedded })]));
    expect(await stage.observed('deploy/cart')).toMatchObject({
      state: 'Failed',
      code: 'COMMAND_NOT_FOUND',
      message: '"no-such-command" could not be started: ENOENT',
    });
  });

  it('not, but never becomes ready, says what its probe was told', async () => {
    const refusing = `
      require('node:http').createServer((_, response) => { response.statusCode = 503; response.end(); })
        .listen(Number(process.env.PORT), '127.0.0.1');
    `;
    const readiness = { timeoutMs: 600, http: '/healthz' };
    await driver.drive(
      driver.plan('one', [service({ name: 'cart', embedded: script(refusing), readiness })]),
    );
    expect(await stage.observed('deploy/cart')).toMatchObject({
      state: 'Failed',
      code: 'PROBE_FAILING',
    });
    expect((await stage.observed('deploy/cart'))?.message).toContain('GET /healthz: status 503');
  });

  it('is told apart: a job that hangs runs out of its time', async () => {
    const readiness = { timeoutMs: 400 };
    const embedded = script('setInterval(() => {}, 1000)');
    const plan = driver.plan('one', [
      component({ name: 'rates', type: 'job', embedded, readiness }),
    ]);
    await driver.prepare(plan, 'run/rates');
    await driver.apply(plan, 'run/rates');
    expect(await driver.ended(plan, 'run/rates')).toMatchObject({ code: 'TASK_TIMEOUT' });
    expect(onLinux ? processesOf(stage.home, 'one') : []).toEqual([]);
  });
});

describe('changing an environment', () => {
  it('keeps a process whose fingerprint stays and replaces the other', async () => {
    const cart = service({
      name: 'cart',
      expose: true,
      environment: [variable('A', '${self.host}')],
    });
    const plan = driver.plan('one', [cart, service({ name: 'mail' })]);
    await driver.drive(plan);
    const pidOf = async (owner: string): Promise<number | undefined> =>
      (await stage.ledger.processesOf('one')).find((each) => each.owner === owner)?.pid;
    const before = { cart: await pidOf('deploy/cart'), mail: await pidOf('deploy/mail') };
    const next = driver.plan('one', [
      { ...cart, environment: [variable('A', 'changed')] },
      service({ name: 'mail' }),
    ]);
    await stage.engine.prune(next);
    await driver.drive(next, 2);
    expect((await asked('cart')).env['A']).toBe('changed');
    expect(await pidOf('deploy/mail')).toBe(before.mail);
    expect(await pidOf('deploy/cart')).not.toBe(before.cart);
  });

  it('takes away the processes, ports and files of what the plan no longer has', async () => {
    const plan = driver.plan('one', [
      service({ name: 'cart', dependencies: ['mail'], expose: true }),
      service({ name: 'mail', environment: [variable('A', 'b')] }),
    ]);
    await driver.drive(plan);
    const next = driver.plan('one', [service({ name: 'cart', expose: true })]);
    await stage.engine.prune(next);
    const keys = [...(await stage.ledger.portsOf('one')).keys()].toSorted();
    expect(keys).toEqual(['listen/cart/http', 'relay/outside/cart/http', 'relay/test/cart/http']);
    expect((await stage.ledger.processesOf('one')).map(({ owner }) => owner)).not.toContain(
      'deploy/mail',
    );
    const folder = join(stage.home, 'environments', 'one');
    for (const kept of ['configuration', 'secrets', 'logs']) {
      expect(readdirSync(join(folder, kept)).filter((name) => name.includes('mail'))).toEqual([]);
    }
  });

  it('gives a component another port of its own when somebody else has taken it', async () => {
    const plan = driver.plan('one', [service({ name: 'cart', expose: true })]);
    await driver.prepare(plan, 'deploy/cart');
    const taken = (await stage.ledger.portsOf('one')).get('listen/cart/http') ?? 0;
    const { createServer } = await import('node:net');
    const thief = createServer();
    await new Promise<void>((resolve) => thief.listen(taken, '127.0.0.1', () => resolve()));
    await driver.drive(plan);
    expect(await stage.observed('deploy/cart')).toMatchObject({ state: 'Succeeded' });
    const port = (await stage.ledger.portsOf('one')).get('listen/cart/http');
    expect(port).not.toBe(taken);
    expect((await asked('cart')).env['PORT']).toBe(String(port));
    await new Promise((resolve) => thief.close(resolve));
  });

  it.runIf(onLinux)('removes everything: processes, ports, files', async () => {
    const plan = driver.plan('one', [
      service({ name: 'cart', expose: true, dependencies: ['mail'] }),
      service({ name: 'mail' }),
      component({
        name: 'worker',
        type: 'worker',
        embedded: script(
          `require('node:child_process').spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
           setInterval(() => {}, 1000)`,
        ),
      }),
    ]);
    await driver.drive(plan);
    const ports = [...(await stage.ledger.portsOf('one')).values()];
    expect(ports).toHaveLength(5);
    expect(processesOf(stage.home, 'one')).toHaveLength(4);
    expect(await stage.engine.remove('one')).toEqual({ left: [] });
    expect(processesOf(stage.home, 'one')).toEqual([]);
    expect(listening()).not.toEqual(expect.arrayContaining(ports));
    for (const port of ports) expect(listening()).not.toContain(port);
    expect(existsSync(join(stage.home, 'environments', 'one'))).toBe(false);
    expect((await stage.ledger.portsOf('one')).size).toBe(0);
    expect(await stage.ledger.tasksOf('one')).toEqual([]);
    expect(await stage.ledger.processesOf('one')).toEqual([]);
  });
});

/** Ports that somebody listens on, as the kernel lists them. */
function listening(): readonly number[] {
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/u))
    .filter((fields) => fields[3] === '0A')
    .map((fields) => Number.parseInt(fields[1]?.split(':')[1] ?? '', 16));
}

describe('exec', () => {
  it('runs beside a component, with its folder and all its variables', async () => {
    await stage.secret('payments', 'api-key', 'sk-0123456789');
    const plan = driver.plan('one', [
      service({ name: 'cart', ports: HTTP, environment: [secretVariable('API_KEY')] }),
    ]);
    await driver.drive(plan);
    const check = `process.exit(process.cwd() === require('node:fs').realpathSync('${stage.project}') && process.env.API_KEY === 'sk-0123456789' && process.env.PORT ? 0 : 1)`;
    expect(await stage.another().exec('one', 'cart', ['node', '-e', check])).toBe(0);
    await expect(stage.engine.exec('one', 'nobody', ['true'])).rejects.toMatchObject({
      code: 'COMPONENT_NOT_IN_ENVIRONMENT',
    });
    await expect(stage.engine.exec('one', 'cart', ['no-such-command'])).rejects.toMatchObject({
      code: 'COMMAND_NOT_FOUND',
    });
  });
});
