import type { TaskOrder } from '../../src/application/ports/engine.ts';
import type { TestSuite } from '../../src/domain/catalog/component.ts';
import { component } from '../support/catalogs.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import type { TaskScript } from '../support/fake-engine.ts';
import type { Actors } from '../support/engine-stage.ts';
import { describeEngine } from './engine.ts';

const http = [{ name: 'http', port: 8080, protocol: 'http' }] as const;

const ACTORS: Actors = {
  works: component({ name: 'works', ports: http, expose: true }),
  alsoWorks: component({ name: 'also-works', ports: http }),
  neverReady: component({ name: 'never-ready', ports: http, readiness: { timeoutMs: 1_000 } }),
  crashes: component({ name: 'crashes' }),
  succeeds: component({ name: 'succeeds', type: 'job' }),
  fails: component({ name: 'fails', type: 'job' }),
  hangs: component({ name: 'hangs', type: 'job', readiness: { timeoutMs: 600_000 } }),
  unfit: [
    { component: component({ name: 'unfit' }), code: 'NOT_EMBEDDABLE' },
    { component: component({ name: 'unfit-too' }), code: 'SECRET_MISSING' },
  ],
};

const SCRIPTS: Readonly<Record<string, TaskScript>> = {
  'deploy/never-ready': {
    durationMs: 1_000,
    failure: { code: 'PROBE_FAILING', message: 'nothing listens' },
  },
  'deploy/crashes': {
    failure: { code: 'CRASH_LOOP', message: 'it ended 3 times', evidence: 'crash words' },
  },
  'run/succeeds': { log: ['job words'] },
  'run/fails': {
    failure: { code: 'JOB_FAILED', message: 'exit code 1', evidence: 'fail words' },
  },
  'run/hangs': { durationMs: Infinity },
};

function suite(name: string): TestSuite {
  return {
    name,
    entry: 'works',
    environment: [],
    timeoutMs: 1_000,
    safeOnBaseline: false,
    location: { file: 'suite.yaml', line: 1, column: 1 },
  };
}

describeEngine('in memory', () => {
  const clock = new FakeClock();
  const engine = new FakeEngine({
    clock,
    script: ({ task }: TaskOrder) => SCRIPTS[task.id] ?? {},
    problems: (plan) =>
      ACTORS.unfit
        .filter((each) => plan.components.some(({ name }) => name === each.component.name))
        .map((each) => ({
          code: each.code,
          severity: 'error' as const,
          message: 'it cannot be run',
          component: each.component.name,
        })),
    wiring: ({ to }) => (to === ACTORS.neverReady.name ? 'nothing-listens' : 'ok'),
    suite: (order) =>
      ({
        passes: { exitCode: 0 },
        fails: { exitCode: 3 },
        hangs: { exitCode: null, timedOut: true },
      })[order.suite.name] ?? {},
    exec: (_component, command) => (command[0] === 'false' ? 1 : 0),
  });
  const environments = ['one', 'two'];
  return Promise.resolve({
    engine,
    actors: ACTORS,
    suites: { passes: suite('passes'), fails: suite('fails'), hangs: suite('hangs') },
    commands: [
      { command: ['true'], exitCode: 0 },
      { command: ['false'], exitCode: 1 },
    ],
    provesWiring: true,
    nowMs: () => clock.nowMs(),
    passTime: () => clock.advance(50),
    answers: async (url) => {
      const all = await Promise.all(environments.map((name) => engine.addresses(name)));
      return all.flat().some((address) => address.url === url);
    },
    close: () => Promise.resolve(),
  });
});
