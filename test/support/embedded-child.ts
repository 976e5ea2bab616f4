import { EmbeddedEngine } from '../../src/adapters/embedded/embedded-engine.ts';
import { proveHandshake } from '../../src/adapters/tls/prove-handshake.ts';
import { openState, type State } from '../../src/adapters/sqlite/state.ts';
import { systemClock } from '../../src/main/clock.ts';
import { component } from './catalogs.ts';
import { driverOf, POSTGRES, script, service } from './embedded-stage.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';

/**
 * An agent of its own beside the test: `embedded-child.ts <home> <project> <state file>`. It brings
 * the environment `doomed` up, says so, and runs until it is killed.
 */

/** Starts a child that leaves its process group and session, as daemons do. */
const DAEMON = `
  require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    detached: true, stdio: 'ignore',
  }).unref();
`;
const SERVER = `
  require('node:http').createServer((request, response) => response.end('alive'))
    .listen(Number(process.env.PORT), '127.0.0.1');
`;

export function doomedPlan(engine: EmbeddedEngine): Plan {
  const template = (text: string): { kind: 'template'; template: string } => ({
    kind: 'template',
    template: text,
  });
  return driverOf(engine).plan('doomed', [
    component({
      name: 'orders-db',
      type: 'datastore',
      ports: POSTGRES,
      datastore: { database: 'orders', username: 'shop', migrations: { files: ['*.sql'] } },
    }),
    service({
      name: 'orders',
      expose: true,
      dependencies: ['orders-db'],
      environment: [{ name: 'DATABASE_URL', value: template('${dependencies.orders-db.url}') }],
      embedded: script(DAEMON + SERVER),
    }),
    component({ name: 'tax-rates', type: 'job', embedded: script('console.log("rates")') }),
    component({
      name: 'stubborn',
      type: 'worker',
      embedded: script('process.on("SIGHUP", () => {}); setInterval(() => {}, 1000)'),
    }),
  ]);
}

/** An engine as an agent has it, over durable state. */
export function engineOver(state: State, home: string, project: string): EmbeddedEngine {
  return new EmbeddedEngine(
    { home, project, secrets: project, inherited: process.env },
    {
      ledger: state.ledger,
      clock: systemClock,
      proveHandshake,
      workingCopies: {
        checkout: () => Promise.resolve(project),
        releaseAllBut: () => Promise.resolve([]),
      },
      sink: () => ({ record: () => undefined }),
    },
  );
}

if (import.meta.filename === process.argv[1]) {
  const [home = '', project = '', file = ''] = process.argv.slice(2);
  const state = openState(file);
  const engine = engineOver(state, home, project);
  const observed = await driverOf(engine).drive(doomedPlan(engine));
  const failed = observed.filter((each) => each.state !== 'Succeeded');
  process.stdout.write(failed.length === 0 ? 'up\n' : `failed ${JSON.stringify(failed)}\n`);
}
