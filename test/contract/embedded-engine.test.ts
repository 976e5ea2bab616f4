import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Component, TestSuite } from '../../src/domain/catalog/component.ts';
import { component } from '../support/catalogs.ts';
import type { ComponentSpec } from '../support/catalogs.ts';
import { embeddedStage, HTTP, service } from '../support/embedded-stage.ts';
import type { Actors } from '../support/engine-stage.ts';
import { describeEngine } from './engine.ts';

function scripted(spec: ComponentSpec, text: string): Component {
  return component({ ...spec, embedded: { command: ['node', '-e', text] } });
}

const ACTORS: Actors = {
  works: service({ name: 'works', expose: true, readiness: { timeoutMs: 10_000, http: '/ready' } }),
  alsoWorks: service({ name: 'also-works' }),
  neverReady: scripted(
    { name: 'never-ready', ports: HTTP, readiness: { timeoutMs: 500 } },
    'setInterval(() => {}, 1000)',
  ),
  crashes: scripted({ name: 'crashes' }, 'console.error("crash words"); process.exit(7)'),
  succeeds: scripted({ name: 'succeeds', type: 'job' }, 'console.log("job words")'),
  fails: scripted({ name: 'fails', type: 'job' }, 'console.log("fail words"); process.exit(2)'),
  hangs: scripted(
    { name: 'hangs', type: 'job', readiness: { timeoutMs: 600_000 } },
    'setInterval(() => {}, 1000)',
  ),
  unfit: [
    { component: component({ name: 'unfit' }), code: 'NOT_EMBEDDABLE' },
    {
      component: component({
        name: 'unfit-store',
        type: 'datastore',
        datastore: { engine: 'oracle' },
      }),
      code: 'DATASTORE_UNSUPPORTED',
    },
    {
      component: service({
        name: 'unfit-secret',
        environment: [
          { name: 'KEY', value: { kind: 'secret', secretRef: { name: 'absent', key: 'key' } } },
        ],
      }),
      code: 'SECRET_MISSING',
    },
  ],
};

function suite(name: string, text: string): TestSuite {
  return {
    name,
    entry: 'works',
    command: ['node', '-e', text],
    environment: [],
    timeoutMs: name === 'hangs' ? 500 : 20_000,
    safeOnBaseline: false,
    location: { file: 'suite.yaml', line: 1, column: 1 },
  };
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (!URL.canParse(url)) return resolve(false);
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

describeEngine('embedded', async () => {
  const stage = await embeddedStage();
  return {
    engine: stage.engine,
    actors: ACTORS,
    suites: {
      passes: suite('passes', 'fetch(process.env.OFFSHOOT_ENTRY_URL).then(() => process.exit(0))'),
      fails: suite('fails', 'process.exit(3)'),
      hangs: suite('hangs', 'setInterval(() => {}, 1000)'),
    },
    commands: [
      { command: ['node', '-e', 'process.exit(process.env.PORT ? 0 : 9)'], exitCode: 0 },
      { command: ['node', '-e', 'process.exit(4)'], exitCode: 4 },
    ],
    provesWiring: true,
    nowMs: () => Date.now(),
    passTime: () => sleep(20),
    answers,
    close: () => stage.close(),
  };
});
