import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAt, textAt, textsAt } from '../../src/adapters/kubernetes/client/read-object.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { clusterNameOf } from '../../src/domain/naming/names.ts';
import { openCallingProject, serving, type CallingProject } from './support/calling-project.ts';
import { conditionOf } from './support/lifecycle-stage.ts';

/** Where taps are not let: who failed is told by the spans of the components alone. */

/**
 * As little of an SDK as tells a span to where the variables of OpenTelemetry say: `tell(span)`, with
 * `traceparent` in and out.
 */
const TELLING = `
  const { randomBytes } = require('node:crypto');
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: service } = process.env;
  const attribute = (key, value) =>
    ({ key, value: typeof value === 'number' ? { intValue: value } : { stringValue: value } });
  const attributesOf = (values) => Object.entries(values).map(([key, value]) => attribute(key, value));
  const tell = async ({ traceId, spanId, parentSpanId, kind, name, fromMs, values, thrown }) => {
    const times = { startTimeUnixNano: fromMs + '000000', endTimeUnixNano: Date.now() + '000000' };
    const events = thrown === undefined ? [] : [{
      name: 'exception',
      timeUnixNano: times.endTimeUnixNano,
      attributes: attributesOf({ 'exception.type': 'Error', 'exception.message': thrown }),
    }];
    const attributes = attributesOf(values);
    const span = { traceId, spanId, parentSpanId, kind, name, ...times, attributes, events };
    const resource = { attributes: [attribute('service.name', service)] };
    const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
    const headers = { 'content-type': 'application/json' };
    await fetch(endpoint + '/v1/traces', { method: 'POST', headers, body });
  };
  const called = async (url, traceId, parentSpanId) => {
    const [spanId, fromMs, { hostname, port, pathname }] =
      [randomBytes(8).toString('hex'), Date.now(), new URL(url)];
    const got = await fetch(url, { headers: { traceparent: '00-' + traceId + '-' + spanId + '-01' } });
    await tell({ traceId, spanId, parentSpanId, kind: 3, name: 'GET', fromMs, values: {
      'http.request.method': 'GET',
      'url.path': pathname,
      'server.address': hostname,
      'server.port': Number(port),
      'http.response.status_code': got.status,
    } });
    return got.status;
  };
`;

/** Answers, and tells that it did. */
function telling(name: string, answer: string): string {
  return `${TELLING} ${serving(`
    const [, traceId, parentSpanId] = request.headers.traceparent.split('-');
    const [spanId, fromMs] = [randomBytes(8).toString('hex'), Date.now()];
    const { status, thrown } = await (async () => { ${answer} })();
    await tell({ traceId, spanId, parentSpanId, kind: 2, name: 'GET /${name}', fromMs, thrown, values: {
      'http.request.method': 'GET',
      'http.route': '/${name}',
      'http.response.status_code': status,
    } });
    response.writeHead(status).end();
  `)}`;
}

const PROGRAMS = {
  web: telling('', `return { status: await called('http://cart:8080/items', traceId, spanId) };`),
  cart: telling('items', `return { status: 500, thrown: 'the shelf has no seventh board' };`),
  stock: serving('response.end();'),
  suite: `${TELLING} called(process.env.URL, randomBytes(16).toString('hex'), '')
    .then((status) => process.exit(status === 200 ? 0 : 1));`,
};

let shop: CallingProject;
beforeAll(async () => {
  shop = await openCallingProject(PROGRAMS);
  await shop.project.settings({ capture: { mode: 'otlp', image: shop.image } });
  const up = await shop.run('up', shop.branch);
  if (up.code !== 0) throw new Error(`${up.stdout}${up.stderr}`);
}, 600_000);
afterAll(async () => {
  await shop.close();
}, 300_000);

describe('an environment without taps', { timeout: 300_000 }, () => {
  it('says that spans are all there is, and has no tap', async () => {
    const name = clusterNameOf(shop.project.prefix, shop.branch);
    const environment = await shop.api.get(RESOURCE_TYPES.environment, { name });
    expect(conditionOf(environment, 'Captured')).toMatchObject({
      status: 'True',
      reason: 'SpansOnly',
    });
    const { items } = await shop.api.list(RESOURCE_TYPES.pod, { namespace: shop.namespace });
    const containers = items.flatMap((pod) => [
      ...listAt(pod, 'spec', 'initContainers'),
      ...listAt(pod, 'spec', 'containers'),
    ]);
    expect(containers.map((container) => textAt(container, 'name') ?? '').toSorted()).toEqual([
      'analyser',
      'cart',
      'web',
    ]);
  });

  it('names who failed, by what the components told, and is not certain', async () => {
    expect((await shop.run('test', shop.branch)).code).toBe(3);
    const { stdout } = await shop.run('report', shop.branch, '-o', 'json');
    const report: unknown = JSON.parse(stdout);
    expect(listAt(report, 'culprits')).toMatchObject([
      { component: 'cart', code: 'http.500', confidence: 'low' },
    ]);
    expect(textAt(listAt(report, 'culprits')[0], 'reason')).toContain('no seventh board');
    const verdicts = Object.fromEntries(
      listAt(report, 'verdicts').map((verdict) => {
        const { component = '', verdict: word = '' } = textsAt({ verdict }, 'verdict');
        return [component, word];
      }),
    );
    expect(verdicts).toMatchObject({ cart: 'Failing', web: 'Impaired' });
    const edges = listAt(report, 'edges').map(
      (edge) => `${textAt(edge, 'from')} → ${textAt(edge, 'to')}`,
    );
    expect(edges.toSorted()).toEqual(['test → web', 'web → cart']);
  });
});
