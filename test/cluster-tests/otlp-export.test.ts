import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numberAt, textAt } from '../../src/adapters/kubernetes/client/read-object.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { spansInProtobuf } from '../../src/adapters/otlp/encoding/trace-protobuf.ts';
import type { Span } from '../../src/domain/calls/spans/span.ts';
import { applyObjects } from '../cluster/kubectl.ts';
import { openCallingProject, serving, type CallingProject } from './support/calling-project.ts';

/** Captured calls of real pods, handed on to a backend of somebody's own beyond the cluster. */

const ANALYSER = 'offshoot--analyser';
const SECRET = 'telemetry';
const KEY = 'needle-of-the-backend';
const CALLS = 3;
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

/** Asks whoever is next and passes on what that says. */
function asking(url: string): string {
  return `const got = await fetch(\`${url}\`); response.writeHead(got.status).end(await got.text());`;
}

const PROGRAMS = {
  web: serving(asking('http://cart:8080/items')),
  // Asks for the address once, as many clients do.
  cart: serving(`
    globalThis.address ??= (await require('node:dns').promises.lookup('stock')).address;
    ${asking('http://${address}:8080/left')}`),
  stock: serving(`response.end('7');`),
  suite: `(async () => {
    const headers = { traceparent: '00-${TRACE}-${PARENT}-01' };
    for (let index = 0; index < ${CALLS}; index += 1) {
      const { ok } = await fetch(process.env.URL, { headers });
      if (!ok) process.exit(1);
    }
  })();`,
};

let shop: CallingProject;
let backend: string;
beforeAll(async () => {
  shop = await openCallingProject(PROGRAMS);
  backend = `backend-${shop.project.prefix}`;
  await deployBackend();
  const { image, tapImage, project } = shop;
  const endpoint = `http://collector.${backend}.svc:4318/otlp`;
  await project.settings({
    capture: { image, tapImage },
    otlp: { export: { endpoint, headers: { secretRef: { name: SECRET, key: 'headers' } } } },
  });
}, 600_000);
afterAll(async () => {
  await shop.api.delete(RESOURCE_TYPES.namespace, { name: backend });
  await shop.close();
}, 300_000);

/** Keeps what it is sent, and shows it to the API server. */
const BACKEND = `
  const seen = [];
  require('node:http').createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      if (request.url === '/seen') {
        response.setHeader('content-type', 'application/json');
        return response.end(JSON.stringify(seen));
      }
      if (request.url !== '/otlp/v1/traces') return response.writeHead(404).end();
      seen.push({ key: request.headers['api-key'], body: Buffer.concat(pieces).toString('base64') });
      response.end();
    });
  }).listen(4318);
  process.on('SIGTERM', () => process.exit(0));
`;

async function deployBackend(): Promise<void> {
  const labels = { app: 'collector' };
  const resources = { requests: { cpu: '10m', memory: '64Mi' } };
  const command = ['node', '-e', BACKEND];
  const readinessProbe = { tcpSocket: { port: 4318 }, periodSeconds: 1 };
  const containers = [{ name: 'collector', image: shop.image, command, resources, readinessProbe }];
  const ports = [{ name: 'otlp', port: 4318 }];
  await applyObjects(shop.kubectl, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: backend } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'collector', namespace: backend, labels },
      spec: { containers },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'collector', namespace: backend },
      spec: { selector: labels, ports },
    },
  ]);
  const ready = ['wait', '--for=condition=Ready', 'pod/collector', '--timeout=180s'];
  await shop.kubectl(['-n', backend, ...ready]);
}

interface Received {
  readonly key: string;
  readonly spans: readonly Span[];
}

async function received(): Promise<readonly Received[]> {
  const path = `/api/v1/namespaces/${backend}/services/collector:4318/proxy/seen`;
  const { body } = await shop.api.request({ method: 'GET', path });
  if (!Array.isArray(body)) throw new Error(`the backend says ${JSON.stringify(body)}`);
  return body.map((request: unknown) => ({
    key: textAt(request, 'key') ?? '',
    spans: spansIn(textAt(request, 'body') ?? ''),
  }));
}

function spansIn(body: string): readonly Span[] {
  return spansInProtobuf(gunzipSync(Buffer.from(body, 'base64')))?.spans ?? [];
}

async function spans(): Promise<readonly Span[]> {
  return (await received()).flatMap((request) => request.spans);
}

/** `environment: client → server operation`, each with how often it came. */
async function tallied(): Promise<Readonly<Record<string, number>>> {
  const edges = (await spans()).map(({ kind, name, resource, attributes }) => {
    const [service, peer] = [resource.get('service.name'), attributes.get('peer.service')];
    const ends = kind === 'server' ? `${peer} ⇒ ${service}` : `${service} → ${peer}`;
    return `${resource.get('deployment.environment.name')}: ${ends} ${name}`;
  });
  return Object.fromEntries(
    Object.entries(Object.groupBy(edges, (edge) => edge)).map(([edge, all]) => [
      edge,
      all?.length ?? 0,
    ]),
  );
}

/** What so many runs of the suite leave, and nothing else. */
function ofRuns(runs: number): Readonly<Record<string, number>> {
  const edges = ['test → web GET /', 'web → cart GET /items', 'cart → stock GET /left'];
  return Object.fromEntries(edges.map((edge) => [`${shop.branch}: ${edge}`, runs * CALLS]));
}

const PATIENCE = { timeout: 180_000, interval: 1_000 };

/** What the analyser says of itself. */
async function status(): Promise<unknown> {
  const path = `/api/v1/namespaces/${shop.namespace}/services/${ANALYSER}:7481/proxy/status`;
  return (await shop.api.request({ method: 'GET', path }).catch(() => null))?.body;
}

async function tapCount(): Promise<number | null> {
  return numberAt(await status(), 'taps');
}

async function onAnalyser(script: string): Promise<string> {
  const exec = ['-n', shop.namespace, 'exec', `deployment/${ANALYSER}`, '--'];
  return await shop.kubectl([...exec, 'node', '-e', script]);
}

describe('calls for a backend of somebody', { timeout: 400_000 }, () => {
  it('need the secret that the project names', async () => {
    const up = await shop.run('up', shop.branch);
    expect(up.code).not.toBe(0);
    expect(up.stderr).toContain('`otlp.export.headers` needs secret "telemetry/headers"');
  });

  it('arrive once each, by the names of the components at both ends', async () => {
    const { controlNamespace: namespace } = shop.project;
    const data = { headers: Buffer.from(`api-key=${KEY}`).toString('base64') };
    await shop.api.apply(RESOURCE_TYPES.secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: SECRET, namespace },
      data,
    });
    const up = await shop.run('up', shop.branch);
    expect({ ...up, code: up.code }).toMatchObject({ code: 0 });
    expect(await shop.run('test', shop.branch)).toMatchObject({ code: 0 });
    await expect.poll(tallied, PATIENCE).toEqual(ofRuns(1));
    expect(await status()).toMatchObject({ handedOn: { sent: 3 * CALLS, dropped: 0 } });
  });

  it('hang below the trace that their headers name', async () => {
    const roots = (await spans()).filter(({ resource }) => resource.get('service.name') === 'test');
    expect(roots).toHaveLength(CALLS);
    expect(roots.map(({ traceId, parentSpanId }) => `${traceId} ${parentSpanId}`)).toEqual(
      roots.map(() => `${TRACE} ${PARENT}`),
    );
  });

  it('come with the headers of the secret, which nobody else sees', async () => {
    const requests = await received();
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.map(({ key }) => key)).toEqual(requests.map(() => KEY));
    const encoded = Buffer.from(KEY).toString('base64').slice(2, -4);
    const seen = JSON.stringify(await everything());
    expect(seen).toContain(ANALYSER);
    expect([seen.includes(KEY), seen.includes(encoded)]).toEqual([false, false]);
    const logs = await shop.kubectl(['-n', shop.namespace, 'logs', `deployment/${ANALYSER}`]);
    const read = `process.stdout.write(
      ['cmdline', 'environ'].map((name) => fs.readFileSync('/proc/1/' + name)).join())`;
    const self = await onAnalyser(read);
    expect(self).toContain('--export-endpoint');
    expect([logs.includes(KEY), self.includes(KEY)]).toEqual([false, false]);
  });

  it('are let out by the analyser alone', async () => {
    const tried = `fetch('http://collector.${backend}.svc:4318/', { signal: AbortSignal.timeout(5000) })
      .then(({ status }) => console.log(status), () => console.log('no way'))`;
    expect((await onAnalyser(tried)).trim()).toBe('404');
    const { stdout } = await shop.run('exec', shop.branch, 'web', '--', 'node', '-e', tried);
    expect(stdout.trim()).toBe('no way');
  });

  it('go on when the analyser was lost, and nothing came twice', async () => {
    const before = await tapCount();
    // Waits until it is gone.
    const pods = ['pod', '--selector', 'offshoot.dev/role=analyser'];
    await shop.kubectl(['-n', shop.namespace, 'delete', ...pods]);
    await expect.poll(tapCount, PATIENCE).toBe(before);
    expect(await shop.run('test', shop.branch)).toMatchObject({ code: 0 });
    await expect.poll(tallied, PATIENCE).toEqual(ofRuns(2));
  });
});

/** All that `kubectl get` shows of the environment and of where Offshoot lives, but Secrets. */
async function everything(): Promise<readonly unknown[]> {
  const types = Object.values(RESOURCE_TYPES).filter(
    ({ kind, isNamespaced }) => isNamespaced && kind !== 'Secret' && kind !== 'HTTPRoute',
  );
  const namespaces = [shop.namespace, shop.baselineNamespace, shop.project.controlNamespace];
  const lists = await Promise.all(
    namespaces.flatMap((namespace) =>
      types.map(async (type) => (await shop.api.list(type, { namespace })).items),
    ),
  );
  const environments = await shop.api.list(RESOURCE_TYPES.environment);
  return [
    ...lists.flat(),
    ...environments.items.filter((environment) =>
      textAt(environment, 'metadata', 'name')?.startsWith(shop.project.prefix),
    ),
  ];
}
