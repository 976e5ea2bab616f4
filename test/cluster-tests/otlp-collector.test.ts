import { SpanKind } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startExporter } from '../../src/adapters/otlp/export/call-exporter.ts';
import { startReceiver, type Receiver } from '../../src/adapters/otlp/receiver/start-receiver.ts';
import { joinRecords } from '../../src/domain/calls/spans/join-records.ts';
import { callsOfSpans } from '../../src/domain/calls/spans/span-calls.ts';
import type { Span } from '../../src/domain/calls/spans/span.ts';
import { callsOf } from '../support/call-story.ts';
import { placesOf } from '../support/spans.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts';
import { startCollector, type Collector } from './support/collector.ts';

/** A real Collector between an SDK and our receiver, and between our exporter and a backend. */

let folder: TemporaryFolder;
let receiver: Receiver;
let collector: Collector;
let isBusy = false;
let spans: Span[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  receiver = await startReceiver({
    grpcPort: 0,
    httpPort: 0,
    take: (taken) => void spans.push(...taken),
    isBusy: () => isBusy,
  });
  collector = await startCollector(folder.path, receiver);
  // The first time it is built.
}, 1_800_000);

afterAll(async () => {
  await collector.stop();
  await receiver.close();
  await folder.remove();
});

beforeEach(() => {
  [spans, isBusy] = [[], false];
});

async function tell(exporter: SpanExporter): Promise<void> {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'cart' }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const span = provider.getTracer('test').startSpan('GET /items', {
    kind: SpanKind.CLIENT,
    attributes: {
      'http.request.method': 'GET',
      'url.full': 'http://items:80/items?page=2',
      'http.response.status_code': 503,
      'server.address': 'items',
    },
  });
  span.recordException(new Error('no stock'));
  span.end();
  await provider.forceFlush();
  await provider.shutdown();
}

const PLACES = placesOf('cart', 'items', 'gateway', 'test');

describe('a Collector', () => {
  it.each<[string, () => SpanExporter]>([
    ['gRPC', () => new GrpcExporter({ url: collector.grpc })],
    ['HTTP', () => new ProtobufExporter({ url: `${collector.http}/v1/traces` })],
  ])(
    'sends on what it got by %s, over all three transports, and it is one call',
    async (_, make) => {
      await tell(make());
      await expect.poll(() => spans.length, { timeout: 60_000 }).toBe(3);
      const { calls } = joinRecords(callsOfSpans(spans, PLACES));
      expect(calls).toHaveLength(1);
      expect(calls[0]).toMatchObject({
        client: 'cart',
        server: 'items',
        operation: 'GET /items',
        outcome: 'server_error',
        status: 503,
        reason: '503 from items GET /items: Error: no stock',
      });
    },
  );

  it('comes again when it was told to', async () => {
    isBusy = true;
    const before = receiver.refused;
    await tell(new GrpcExporter({ url: collector.grpc }));
    await expect
      .poll(() => receiver.refused, { timeout: 60_000 })
      .toBeGreaterThanOrEqual(before + 3);
    expect(spans).toEqual([]);
    isBusy = false;
    await expect.poll(() => spans.length, { timeout: 120_000 }).toBe(3);
  });

  it('takes captured calls, and gives back the same', async () => {
    const calls = callsOf('test → gateway 500 GET /a [ gateway → cart 503 GET /b ]');
    const exporter = startExporter({ endpoint: collector.http, environment: 'coupon' });
    for (const call of calls) exporter.record(call);
    await exporter.close();
    expect([exporter.sent, exporter.dropped]).toEqual([2, 0]);
    await expect.poll(() => spans.length, { timeout: 60_000 }).toBe(6);
    const told = joinRecords(callsOfSpans(spans, PLACES)).calls;
    expect(told.map(({ client, server, status }) => `${client} → ${server} ${status}`)).toEqual(
      calls.map(({ client, server, status }) => `${client} → ${server} ${status}`),
    );
  });
});
