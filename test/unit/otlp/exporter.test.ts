import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { startExporter } from '../../../src/adapters/otlp/export/call-exporter.ts';
import {
  bytesField,
  integerField,
  messageOf,
} from '../../../src/adapters/otlp/encoding/protobuf-writer.ts';
import { startReceiver } from '../../../src/adapters/otlp/receiver/start-receiver.ts';
import { callsOfSpans } from '../../../src/domain/calls/spans/span-calls.ts';
import type { Call } from '../../../src/domain/calls/call.ts';
import type { Span } from '../../../src/domain/calls/spans/span.ts';
import { callsOf } from '../../support/call-story.ts';
import { placesOf } from '../../support/spans.ts';

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const CALLS = callsOf('test → gateway 500 GET /carts/7 [ gateway → cart 503 GET /items "full" ]');

async function takingBackend(): Promise<{ endpoint: string; spans: Span[] }> {
  const spans: Span[] = [];
  const receiver = await startReceiver({
    grpcPort: 0,
    httpPort: 0,
    take: (taken) => void spans.push(...taken),
  });
  closing.push(() => receiver.close());
  return { endpoint: `http://127.0.0.1:${receiver.httpPort}/`, spans };
}

/** Answers with these, one after another, the last one for ever. */
async function answeringBackend(
  ...answers: readonly {
    readonly status: number;
    readonly body?: Uint8Array;
    readonly headers?: object;
  }[]
): Promise<{ endpoint: string; requests: Record<string, unknown>[] }> {
  const requests: Record<string, unknown>[] = [];
  const server: Server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const answer = answers[Math.min(requests.length, answers.length - 1)];
      requests.push(request.headers);
      response.writeHead(answer?.status ?? 500, { ...answer?.headers });
      response.end(answer?.body);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { endpoint: `http://127.0.0.1:${port}`, requests };
}

function exporterTo(endpoint: string, more: object = {}): ReturnType<typeof startExporter> {
  return startExporter({ endpoint, environment: 'coupon', retryMs: 1, ...more });
}

describe('captured calls for a backend', () => {
  it('arrive as spans of the services that made them', async () => {
    const { endpoint, spans } = await takingBackend();
    const exporter = exporterTo(endpoint);
    for (const call of CALLS) exporter.record(call);
    await exporter.close();
    expect([exporter.sent, exporter.dropped]).toEqual([2, 0]);
    expect(spans.map(({ resource }) => Object.fromEntries(resource))).toEqual([
      expect.objectContaining({ 'service.name': 'test', 'deployment.environment.name': 'coupon' }),
      expect.objectContaining({ 'service.name': 'gateway' }),
    ]);
    const read = callsOfSpans(spans, placesOf('test', 'gateway', 'cart'));
    const shown = (call: Call): object => {
      const { client, server, protocol, operation, startedAtUs, endedAtUs, outcome, status } = call;
      return { client, server, protocol, operation, startedAtUs, endedAtUs, outcome, status };
    };
    expect(read.map(shown)).toEqual(CALLS.map(shown));
  });

  it('hang below the span that their headers name, else are traces of their own', async () => {
    const { endpoint, spans } = await takingBackend();
    const exporter = exporterTo(endpoint);
    const [call] = CALLS;
    const traced = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) };
    const old = { traceId: 'e'.repeat(16), spanId: 'sw8-0' };
    for (const correlation of [traced, old, {}, { traceId: '0'.repeat(32) }]) {
      if (call !== undefined) exporter.record({ ...call, correlation, side: 'server' });
    }
    await exporter.close();
    expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual([
      'd'.repeat(16),
      null,
      null,
      null,
    ]);
    expect(spans[0]?.traceId).toBe('c'.repeat(32));
    expect(spans[1]?.traceId).toBe('e'.repeat(16).padStart(32, '0'));
    expect(spans[0]?.spanId).toBe(spans[2]?.spanId);
    expect(spans.map(({ kind }) => kind)).toEqual(['server', 'server', 'server', 'server']);
  });

  it.each(['grpc', 'postgres', 'kafka', 'tls'])('of %s follow its convention', async (protocol) => {
    const { endpoint, spans } = await takingBackend();
    const exporter = exporterTo(endpoint);
    const [call] = callsOf('gateway → cart 200');
    if (call !== undefined) exporter.record({ ...call, protocol, operation: '/a.B/C', status: 0 });
    await exporter.close();
    const [read] = callsOfSpans(spans, placesOf('gateway', 'cart'));
    expect(read).toMatchObject({ protocol, server: 'cart', outcome: 'ok' });
  });

  it('are not those that spans told, nor those that are not over', async () => {
    const { endpoint, spans } = await takingBackend();
    const exporter = exporterTo(endpoint);
    for (const call of CALLS) {
      exporter.record({ ...call, source: 'spans' });
      exporter.record({ ...call, endedAtUs: null });
    }
    await exporter.close();
    expect([spans.length, exporter.dropped]).toEqual([0, 0]);
  });

  it('are sent again while the backend says so, with its headers', async () => {
    const { endpoint, requests } = await answeringBackend(
      { status: 503, headers: { 'retry-after': '0' } },
      { status: 429 },
      { status: 200 },
    );
    const exporter = exporterTo(endpoint, { headers: { 'api-key': '7' } });
    for (const call of CALLS) exporter.record(call);
    await expect.poll(() => exporter.sent, { timeout: 20_000 }).toBe(2);
    expect(requests).toHaveLength(3);
    expect(requests[0]).toMatchObject({ 'api-key': '7', 'content-encoding': 'gzip' });
    await exporter.close();
  });

  it.each([
    ['refuses them', { status: 400 }, 1],
    ['never has time', { status: 504 }, 5],
  ])('are counted when the backend %s', async (_, answer, attempts) => {
    const { endpoint, requests } = await answeringBackend(answer);
    const exporter = exporterTo(endpoint);
    for (const call of CALLS) exporter.record(call);
    await expect.poll(() => exporter.dropped, { timeout: 20_000 }).toBe(2);
    expect(requests).toHaveLength(attempts);
    await exporter.close();
  });

  it('are counted when the backend takes only some', async () => {
    const body = messageOf(bytesField(1, messageOf(integerField(1, 1))));
    const { endpoint } = await answeringBackend({ status: 200, body });
    const exporter = exporterTo(endpoint);
    for (const call of CALLS) exporter.record(call);
    await exporter.close();
    expect([exporter.sent, exporter.dropped]).toEqual([1, 1]);
  });

  it('are counted when nobody is there, or there is no room', async () => {
    const exporter = exporterTo('http://127.0.0.1:1', { queueMax: 1 });
    for (const call of CALLS) exporter.record(call);
    expect(exporter.dropped).toBe(1);
    await exporter.close();
    for (const call of CALLS) exporter.record(call);
    expect([exporter.sent, exporter.dropped]).toEqual([0, 4]);
  });
});
