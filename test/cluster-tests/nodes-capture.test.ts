import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  listAt,
  numberAt,
  textAt,
  textsAt,
} from '../../src/adapters/kubernetes/client/read-object.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { clusterNameOf } from '../../src/domain/naming/names.ts';
import { openCallingProject, serving, type CallingProject } from './support/calling-project.ts';
import { conditionOf } from './support/lifecycle-stage.ts';
import { installNodeCapture } from './support/node-capture.ts';

/** Where taps are not let: who failed is told by what the chart's capturer saw at the node. */

const PROGRAMS = {
  web: serving(`
    const { traceparent, baggage } = request.headers;
    const got = await fetch('http://cart:8080/items', { headers: { traceparent, baggage } });
    response.writeHead(got.status).end();
  `),
  cart: serving(`
    response.writeHead(500, { 'content-type': 'text/plain' }).end('the shelf has no seventh board');
  `),
  stock: serving('response.end();'),
  suite: `
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const headers = { traceparent, baggage: 'offshoot-test=e2e' };
    fetch(process.env.URL, { headers }).then(({ ok }) => process.exit(ok ? 0 : 1));
  `,
};

let shop: CallingProject;
let toldByUp: string;
beforeAll(async () => {
  shop = await openCallingProject(PROGRAMS);
  const { api, kubectl, project, image, tapImage } = shop;
  await kubectl(['create', 'namespace', project.controlNamespace]);
  const values = { environments: true };
  const capture = { mode: 'nodes' };
  await installNodeCapture({ api, kubectl, project, image, tapImage, values, capture });
  await project.settings({ capture: { mode: 'nodes', tapImage } });
  const up = await shop.run('up', shop.branch);
  toldByUp = `${up.stdout}${up.stderr}`;
  if (up.code !== 0) throw new Error(toldByUp);
}, 600_000);
afterAll(async () => {
  const name = `${shop.project.controlNamespace}:offshoot-baseline-analyser`;
  await shop.kubectl(['delete', 'clusterrole,clusterrolebinding', name, '--ignore-not-found']);
  await shop.close();
}, 300_000);

describe('an environment that nodes capture', { timeout: 300_000 }, () => {
  it('says so, and has neither tap nor analyser, nor a namespace that admits more', async () => {
    expect(toldByUp).not.toContain('CAPTURE_UNAVAILABLE');
    const name = clusterNameOf(shop.project.prefix, shop.branch);
    const environment = await shop.api.get(RESOURCE_TYPES.environment, { name });
    expect(conditionOf(environment, 'Captured')).toMatchObject({
      status: 'True',
      reason: 'Nodes',
      message: expect.stringContaining('hidden are the first moments of each pod') as string,
    });
    const { items } = await shop.api.list(RESOURCE_TYPES.pod, { namespace: shop.namespace });
    const containers = items.flatMap((pod) => [
      ...listAt(pod, 'spec', 'initContainers'),
      ...listAt(pod, 'spec', 'containers'),
    ]);
    expect(containers.map((container) => textAt(container, 'name') ?? '').toSorted()).toEqual([
      'cart',
      'web',
    ]);
    const namespace = await shop.api.get(RESOURCE_TYPES.namespace, { name: shop.namespace });
    const enforced = textsAt(namespace, 'metadata', 'labels')['pod-security.kubernetes.io/enforce'];
    expect(enforced).toBe('baseline');
  });

  it('is fit for that, as the doctor says, who tries no tap', async () => {
    const { stdout } = await shop.run('doctor');
    expect(stdout).toContain('pass  capture: 1 node captures in place of taps: each that there is');
    expect(stdout).toContain(`pass  images: nodes can pull "${shop.tapImage}"`);
    expect(stdout).not.toContain('a sidecar of each pod');
  });

  it('names who failed, with what it answered', async () => {
    expect((await shop.run('test', shop.branch)).code).toBe(3);
    const { stdout } = await shop.run('report', shop.branch, '-o', 'json');
    const report: unknown = JSON.parse(stdout);
    expect(listAt(report, 'culprits')).toMatchObject([{ component: 'cart', code: 'http.500' }]);
    const [culprit] = listAt(report, 'culprits');
    expect(textAt(culprit, 'reason')).toContain('no seventh board');
    expect(textAt(culprit, 'confidence')).toBe('high');
    const calls = listAt(report, 'calls');
    const evidence = listAt(culprit, 'evidence').map((id) =>
      calls.find((call) => textAt(call, 'id') === id),
    );
    const ends = evidence.map((call) => textsAt({ call }, 'call'));
    expect(ends.map(({ client, server, side }) => `${client} → ${server} ${side}`)).toEqual([
      'test → web both',
      'web → cart both',
    ]);
    // One call each, though both ends and the bridge between them were seen.
    const edges = listAt(report, 'edges').map(
      (edge) => `${textAt(edge, 'from')} → ${textAt(edge, 'to')} ${numberAt(edge, 'calls')}`,
    );
    expect(edges.toSorted()).toEqual(['test → web 1', 'web → cart 1']);
  });

  it('is captured with no packet of any pod that is not of an environment', async () => {
    const service = 'services/offshoot--analyser:7481/proxy';
    const path = `/api/v1/namespaces/${shop.project.controlNamespace}/${service}/calls`;
    const { body } = await shop.api.request({ method: 'GET', path });
    const pods = listAt(body, 'pods');
    const places = new Set(pods.map((pod) => textAt(pod, 'namespace') ?? ''));
    expect([...places].toSorted()).toEqual([shop.baselineNamespace, shop.namespace].toSorted());
    const own = new Set(pods.map((pod) => textAt(pod, 'address')));
    const calls = listAt(body, 'calls');
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls) {
      const ends = [textAt(call, 'client'), textAt(call, 'server')];
      expect(ends.some((end) => own.has(end?.replace(/:\d+$/u, '') ?? null))).toBe(true);
    }
  });
});
