import request from 'supertest';
import type * as z from 'zod';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { graphDocumentSchema } from '../../../../src/contract/graph-document.ts';
import { environmentDocumentSchema } from '../../../../src/contract/environment-document.ts';
import { planDocumentSchema } from '../../../../src/contract/plan-document.ts';
import { reportDocumentSchema } from '../../../../src/contract/report-document.ts';
import {
  acceptedSchema,
  callPageSchema,
  componentDocumentSchema,
  environmentPageSchema,
  explanationSchema,
} from '../../../../src/contract/rest.ts';
import type { Catalog, Component } from '../../../../src/domain/catalog/component.ts';
import { openServer, type ServerFixture } from '../../../support/server-fixture.ts';
import { sampleCall, sampleDesire, sampleReport } from '../../../support/state-samples.ts';

/** The body as the contract knows it; a field that the contract does not name is a mistake. */
function bodyBy<T>(schema: z.ZodType<T>, response: { readonly body: unknown }): T {
  const body = schema.parse(response.body);
  expect(response.body).toEqual(body);
  return body;
}

function component(name: string, dependencies: readonly string[] = []): Component {
  const location = { file: `${name}.yaml`, line: 1, column: 1 };
  return {
    name,
    type: 'service',
    owner: null,
    labels: { language: 'go' },
    source: { repository: `https://bot:s3cret@git.example/${name}.git`, paths: ['.'] },
    ports: [{ name: 'http', port: 80, protocol: 'http' }],
    environment: [{ name: 'PASSWORD', value: { kind: 'template', template: 'hunter2' } }],
    dependencies: dependencies.map((dependency) => ({
      name: dependency,
      optional: false,
      startup: 'wait',
      isStartupExplicit: false,
      publishes: [],
      consumes: [],
      location,
    })),
    readiness: { timeoutMs: 1000 },
    resources: { cpuMillis: 100, memoryBytes: 1 },
    expose: true,
    sharing: 'isolated',
    location,
  };
}

const CATALOG: Catalog = {
  components: new Map(
    [component('cart'), component('gateway', ['cart'])].map((one) => [one.name, one]),
  ),
  testSuites: new Map(),
};

describe('the REST interface', () => {
  let fixture: ServerFixture;
  const get = (path: string): request.Test => request(fixture.url).get(path);

  beforeEach(async () => {
    fixture = await openServer({ catalog: CATALOG, settings: { version: '1.2.3' } });
  });
  afterEach(() => fixture.close());

  describe('of environments', () => {
    it('brings one up by its branch, with every default filled in', async () => {
      const response = await request(fixture.url)
        .post('/api/v1/environments')
        .send({ branch: 'feat/coupon', pins: { cart: 'v1' } });
      expect(response.status).toBe(202);
      const { environment, warnings } = bodyBy(acceptedSchema, response);
      expect(environment).toMatchObject({ branch: 'feat/coupon', generation: 1, desired: 'up' });
      expect(warnings).toMatchObject([{ code: 'DATA_SPLIT', severity: 'warning' }]);
      expect(response.headers['location']).toBe(`/api/v1/environments/${environment.name}`);
      expect(fixture.wishes).toEqual([
        {
          branch: 'feat/coupon',
          changed: [],
          isolation: 'path',
          pins: { cart: 'v1' },
          entries: [],
          include: [],
          unchanged: 'baseline',
        },
      ]);
      expect((await get(response.headers['location'] ?? '')).status).toBe(200);
    });

    it('lists them page by page, the removed ones behind when asked', async () => {
      for (const name of ['d', 'b', 'a', 'c', 'e']) {
        const { uid } = await fixture.state.store.desire(sampleDesire(name));
        if (name !== 'd' && name !== 'e') continue;
        await fixture.state.store.desireRemoval(name);
        await fixture.state.store.markRemoved(uid);
      }
      const walk = async (query: string): Promise<string[]> => {
        const names: string[] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const suffix: string = cursor === '' ? '' : `&cursor=${cursor}`;
          const response = await get(`/api/v1/environments?limit=2${query}${suffix}`);
          const page: z.infer<typeof environmentPageSchema> = bodyBy(
            environmentPageSchema,
            response,
          );
          expect(page.environments.length).toBeLessThanOrEqual(2);
          names.push(...page.environments.map((environment) => environment.name));
          cursor = page.nextCursor;
        }
        return names;
      };
      expect(await walk('')).toEqual(['a', 'b', 'c']);
      expect(await walk('&removed=true')).toEqual(['a', 'b', 'c', 'e', 'd']);
    });

    it('neither repeats nor skips when environments come and go between pages', async () => {
      for (const name of ['a', 'b', 'c', 'd']) await fixture.state.store.desire(sampleDesire(name));
      const first = bodyBy(environmentPageSchema, await get('/api/v1/environments?limit=2'));
      const record = await fixture.state.store.desireRemoval('b');
      await fixture.state.store.markRemoved(record?.uid ?? '');
      await fixture.state.store.desire(sampleDesire('aa'));
      const second = await get(`/api/v1/environments?cursor=${first.nextCursor ?? ''}`);
      const names = bodyBy(environmentPageSchema, second).environments.map(({ name }) => name);
      expect(names).toEqual(['c', 'd']);
    });

    it('shows one, and answers 304 to who has seen it', async () => {
      await fixture.state.store.desire(sampleDesire('coupon', 'feat/coupon'));
      const response = await get('/api/v1/environments/coupon');
      expect(bodyBy(environmentDocumentSchema, response).branch).toBe('feat/coupon');
      const etag = response.headers['etag'] ?? '';
      const again = await get('/api/v1/environments/coupon').set('If-None-Match', etag);
      expect(again.status).toBe(304);
      await fixture.state.store.desire(sampleDesire('coupon', 'feat/coupon'));
      const changed = await get('/api/v1/environments/coupon').set('If-None-Match', etag);
      expect(changed.status).toBe(200);
    });

    it('takes one down, and what is gone already as well', async () => {
      await fixture.state.store.desire(sampleDesire('coupon'));
      const path = '/api/v1/environments/coupon';
      const response = await request(fixture.url).delete(path);
      expect(response.status).toBe(202);
      expect(bodyBy(environmentDocumentSchema, response)).toMatchObject({ desired: 'removed' });
      const none = await request(fixture.url).delete('/api/v1/environments/nobody');
      expect([none.status, none.text]).toEqual([204, '']);
    });

    it('does not take the baseline down', async () => {
      await fixture.state.store.desire(sampleDesire('baseline'));
      const response = await request(fixture.url).delete('/api/v1/environments/baseline');
      expect(response.status).toBe(409);
      expect(await fixture.state.store.get('baseline')).toMatchObject({ desired: 'up' });
    });
  });

  describe('of one environment', () => {
    beforeEach(async () => {
      await fixture.state.store.desire(sampleDesire('coupon'));
    });

    it('shows its plan without definitions, and answers 304 by its hash', async () => {
      const response = await get('/api/v1/environments/coupon/plan');
      expect(bodyBy(planDocumentSchema, response)).toMatchObject({
        environment: 'coupon',
        components: [{ name: 'cart', role: 'changed' }],
      });
      const record = await fixture.state.store.get('coupon');
      expect(response.headers['etag']).toBe(`"${record?.planHash ?? ''}"`);
      const again = await get('/api/v1/environments/coupon/plan').set(
        'If-None-Match',
        response.headers['etag'] ?? '',
      );
      expect([again.status, again.text]).toEqual([304, '']);
    });

    it('explains every pick and finding', async () => {
      const response = await get('/api/v1/environments/coupon/explanation');
      expect(bodyBy(explanationSchema, response)).toMatchObject({
        picks: [{ component: 'cart', rule: 'same-branch' }],
        findings: [{ component: 'cart', changed: true }],
      });
    });

    it('shows the newest report, also after the removal', async () => {
      expect((await get('/api/v1/environments/coupon/report')).body).toMatchObject({
        status: 404,
        code: 'REPORT_NOT_FOUND',
      });
      const report = sampleReport('r1', 'coupon');
      const calls = [{ ...sampleCall('c1', 1_767_225_600_000_250, 1_767_225_600_001_250) }];
      await fixture.state.store.saveReport({ ...report, calls });
      const record = await fixture.state.store.desireRemoval('coupon');
      await fixture.state.store.markRemoved(record?.uid ?? '');
      const response = await get('/api/v1/environments/coupon/report');
      const body = bodyBy(reportDocumentSchema, response);
      expect(body).toMatchObject({ id: 'r1', cases: [{ name: 'pays', outcome: 'failed' }] });
      expect(body.calls[0]).toMatchObject({
        startedAt: '2026-01-01T00:00:00.000250Z',
        durationMs: 1,
      });
    });

    it('lists calls page by page, each once, however many begin in one microsecond', async () => {
      const sink = fixture.state.callSink('coupon');
      sink.record(sampleCall('long', 1, 1_000));
      for (let n = 0; n < 7; n += 1) sink.record(sampleCall(`same-${n}`, 50, 60));
      for (let n = 0; n < 6; n += 1) sink.record(sampleCall(`later-${n}`, 100 + n, 200));
      const ids: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const suffix: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const response = await get(`/api/v1/environments/coupon/calls?limit=3${suffix}`);
        const page: z.infer<typeof callPageSchema> = bodyBy(callPageSchema, response);
        ids.push(...page.calls.map((call) => call.id));
        cursor = page.nextCursor;
      }
      const numbered = (prefix: string, count: number): string[] =>
        Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
      expect(ids).toEqual(['long', ...numbered('same', 7), ...numbered('later', 6)]);
    });

    it('lists the calls of a window and says how many were lost', async () => {
      const sink = fixture.state.callSink('coupon');
      sink.record(sampleCall('before', 1, 9));
      sink.record(sampleCall('inside', 11, 12));
      sink.record(sampleCall('bad', 1.5, 12));
      sink.record(sampleCall('after', 21, 30));
      await sink.flush();
      const response = await get('/api/v1/environments/coupon/calls?fromUs=10&toUs=20');
      const page = bodyBy(callPageSchema, response);
      expect(page.calls.map((call) => call.id)).toEqual(['inside']);
      expect(page).toMatchObject({ dropped: 1, nextCursor: null });
    });

    it('gives the log of a component as text', async () => {
      const response = await get('/api/v1/environments/coupon/logs?component=cart&tail=10');
      expect(response.status).toBe(200);
      expect(response.headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(response.text).toBe('listening\na\u2028b\n');
      expect(fixture.logOptions).toMatchObject([{ tail: 10, follow: false }]);
    });

    it('gives the log as server-sent events to who accepts those', async () => {
      const response = await get('/api/v1/environments/coupon/logs?component=build/cart')
        .set('Accept', 'text/event-stream')
        .buffer(true);
      expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
      const data = response.text.split('\n\n').filter((piece) => piece.startsWith('data: '));
      expect(data.map((piece) => JSON.parse(piece.slice(6)) as unknown)).toEqual([
        { at: '2026-01-01T00:00:00.000Z', stream: 'stdout', text: 'listening' },
        { at: '2026-01-01T00:00:01.000Z', stream: 'stderr', text: 'a\u2028b' },
      ]);
    });

    it('says so when the environment does not run the component of the log', async () => {
      const response = await get('/api/v1/environments/coupon/logs?component=nobody');
      expect(response.body).toMatchObject({ status: 404, code: 'COMPONENT_NOT_IN_ENVIRONMENT' });
    });
  });

  describe('of the catalog', () => {
    it('shows the graph', async () => {
      const graph = bodyBy(graphDocumentSchema, await get('/api/v1/catalog'));
      expect(graph.components.map(({ name }) => name)).toEqual(['cart', 'gateway']);
      expect(graph.dependencies).toMatchObject([{ from: 'gateway', to: 'cart', via: 'call' }]);
    });

    it('shows one component and both its sides, without what it keeps to itself', async () => {
      const response = await get('/api/v1/catalog/cart');
      expect(bodyBy(componentDocumentSchema, response)).toMatchObject({
        name: 'cart',
        repository: 'https://git.example/cart.git',
        dependencies: [],
        dependents: ['gateway'],
      });
      expect(response.text).not.toMatch(/hunter2|s3cret/u);
    });

    it('knows what is not in it', async () => {
      expect((await get('/api/v1/catalog/nobody')).body).toMatchObject({ code: 'NOT_FOUND' });
      expect((await get('/api/v1/catalog/No_Name')).body).toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  it('reports each request once, by its route and never by its names', async () => {
    await get('/api/v1/environments/some-name');
    await get('/nothing/here');
    expect(fixture.requests).toMatchObject([
      { method: 'GET', route: '/api/v1/environments/:name', status: 404 },
      { method: 'GET', route: 'unmatched', status: 404 },
    ]);
    expect(fixture.failures).toEqual(['ENVIRONMENT_NOT_FOUND', 'NOT_FOUND']);
  });

  it('has health and metrics on a port of their own only', async () => {
    for (const [path, text] of [
      ['/healthz', 'ok\n'],
      ['/readyz', 'ok\n'],
      ['/metrics', '# metrics\n'],
    ] as const) {
      expect((await get(path)).status).toBe(404);
      const response = await request(fixture.operationsUrl).get(path);
      expect([response.status, response.text]).toEqual([200, text]);
    }
    expect((await request(fixture.operationsUrl).get('/api/v1/environments')).status).toBe(404);
  });
});
