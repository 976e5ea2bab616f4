import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApi } from '../../src/adapters/kubernetes/client/kube-api.ts';
import type { Component, TestSuite } from '../../src/domain/catalog/component.ts';
import { describeEngine } from '../contract/engine.ts';
import { component, type ComponentSpec } from '../support/catalogs.ts';
import type { Actors } from '../support/engine-stage.ts';
import { openClusterEngine } from './support/cluster-engine.ts';

/** The contract of every engine, on a real cluster. */

const IMAGE = 'offshoot.test/busybox:1';
const HTTP = [{ name: 'http', port: 8080, protocol: 'http' }] as const;
/** Ends at once when it is told to: as process 1 a shell would not. */
const OBEYS = 'trap "exit 143" TERM';

function scripted(spec: ComponentSpec, script: string): Component {
  return component({
    image: IMAGE,
    security: { runAsUser: 1000 },
    container: { command: ['sh', '-c', script] },
    ...spec,
  });
}

function service(spec: ComponentSpec): Component {
  const script = `${OBEYS}; mkdir -p /tmp/www; echo ok > /tmp/www/index.html; httpd -f -p 8080 -h /tmp/www & wait`;
  return scripted({ ports: HTTP, writable: ['/tmp'], ...spec }, script);
}

const ACTORS: Actors = {
  works: service({ name: 'works', expose: true, readiness: { timeoutMs: 30_000, http: '/' } }),
  alsoWorks: service({ name: 'also-works' }),
  neverReady: scripted(
    { name: 'never-ready', ports: HTTP, readiness: { timeoutMs: 2_000 } },
    `${OBEYS}; sleep 600 & wait`,
  ),
  crashes: scripted({ name: 'crashes' }, 'echo crash words; exit 7'),
  succeeds: scripted({ name: 'succeeds', type: 'job' }, 'echo job words'),
  fails: scripted({ name: 'fails', type: 'job' }, 'echo fail words; exit 2'),
  hangs: scripted(
    { name: 'hangs', type: 'job', readiness: { timeoutMs: 600_000 } },
    `${OBEYS}; sleep 600 & wait`,
  ),
  unfit: [
    { component: component({ name: 'unfit' }), code: 'IMAGE_MISSING' },
    {
      component: component({
        name: 'unfit-store',
        type: 'datastore',
        datastore: { engine: 'oracle' },
      }),
      code: 'IMAGE_MISSING',
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

function suite(name: string, script: string): TestSuite {
  return {
    name,
    entry: 'works',
    image: IMAGE,
    command: ['sh', '-c', script],
    environment: [],
    timeoutMs: name === 'hangs' ? 1_000 : 60_000,
    safeOnBaseline: false,
    location: { file: 'suite.yaml', line: 1, column: 1 },
  };
}

/** Through the API server, which reaches every Service: `http://works.NAMESPACE.svc.cluster.local:8080`. */
async function answers(api: KubeApi, url: string): Promise<boolean> {
  if (!URL.canParse(url)) return false;
  const { hostname, port } = new URL(url);
  const [name, namespace] = hostname.split('.');
  const path = `/api/v1/namespaces/${namespace}/services/${name}:${port}/proxy/`;
  const { status } = await api.request({ method: 'GET', path }).catch(() => ({ status: 0 }));
  return status === 200;
}

describeEngine('on a cluster', async () => {
  const cluster = await openClusterEngine();
  return {
    engine: cluster.engine,
    actors: ACTORS,
    suites: {
      passes: suite('passes', 'wget -q -O /dev/null "$OFFSHOOT_ENTRY_URL"'),
      fails: suite('fails', 'exit 3'),
      hangs: suite('hangs', 'sleep 600'),
    },
    commands: [
      { command: ['sh', '-c', 'test "$PORT" = 8080'], exitCode: 0 },
      { command: ['sh', '-c', 'exit 4'], exitCode: 4 },
    ],
    // Nothing is captured here; with taps it is told by `wiring.test.ts`.
    provesWiring: false,
    nowMs: () => Date.now(),
    // A cluster tells times in whole seconds.
    passTime: () => sleep(1_050),
    answers: (url) => answers(cluster.api, url),
    close: () => cluster.close(),
  };
});
