import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startReceiver,
  type Receiver,
} from '../../../src/adapters/otlp/receiver/start-receiver.ts';
import { callsOfSpans } from '../../../src/domain/calls/spans/span-calls.ts';
import type { Span } from '../../../src/domain/calls/spans/span.ts';

const components = new Set(['cart', 'gateway', 'orders-db']);
const PLACES = { isComponent: (name: string) => components.has(name), componentAt: () => null };

let receiver: Receiver;
let spans: Span[] = [];

beforeAll(async () => {
  receiver = await startReceiver({
    grpcPort: 0,
    httpPort: 0,
    take: (taken) => void spans.push(...taken),
  });
});

afterAll(async () => receiver.close());

/** What a service would do whose database refuses the connection. */
async function tell(exporter: SpanExporter): Promise<void> {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'cart', 'k8s.pod.name': 'cart-1' }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('test');
  const served = tracer.startSpan('GET /carts/:id', {
    kind: SpanKind.SERVER,
    attributes: {
      'http.request.method': 'GET',
      'http.route': '/carts/{id}',
      'url.path': '/carts/7',
      'http.response.status_code': 500,
    },
  });
  const asked = tracer.startSpan(
    'SELECT carts',
    {
      kind: SpanKind.CLIENT,
      attributes: {
        'db.system.name': 'postgresql',
        'db.query.text': "SELECT * FROM carts WHERE owner = 'anna@example.com'",
        'server.address': 'orders-db',
        'server.port': 5432,
      },
    },
    trace.setSpan(context.active(), served),
  );
  asked.recordException(new Error('connect ECONNREFUSED 10.0.0.9:5432'));
  asked.setStatus({ code: SpanStatusCode.ERROR });
  asked.end();
  served.end();
  await provider.forceFlush();
  await provider.shutdown();
}

describe('spans of the official SDK', () => {
  const exporters = {
    'HTTP with protobuf': () =>
      new ProtobufExporter({ url: `http://127.0.0.1:${receiver.httpPort}/v1/traces` }),
    'HTTP with JSON': () =>
      new JsonExporter({ url: `http://127.0.0.1:${receiver.httpPort}/v1/traces` }),
    gRPC: () => new GrpcExporter({ url: `http://127.0.0.1:${receiver.grpcPort}` }),
  };
  for (const [transport, make] of Object.entries(exporters)) {
    it(`become the same calls over ${transport}`, async () => {
      spans = [];
      await tell(make());
      const calls = callsOfSpans(spans, PLACES).toSorted((a, b) => (a.side < b.side ? -1 : 1));
      expect(
        calls.map(({ client, server, protocol, operation, outcome, errorType, reason, side }) => ({
          client,
          server,
          protocol,
          operation,
          outcome,
          errorType,
          reason,
          side,
        })),
      ).toEqual([
        {
          client: 'cart',
          server: 'orders-db',
          protocol: 'postgres',
          operation: 'SELECT carts',
          outcome: 'transport_error',
          errorType: 'tcp.refused',
          reason: 'SELECT carts of orders-db failed: Error: connect ECONNREFUSED 10.0.0.9:5432',
          side: 'client',
        },
        {
          client: 'unknown',
          server: 'cart',
          protocol: 'http',
          operation: 'GET /carts/{id}',
          outcome: 'server_error',
          errorType: '500',
          reason: '500 from cart GET /carts/{id}',
          side: 'server',
        },
      ]);
      const [client, server] = calls;
      expect(client?.correlation.parentSpanId).toBe(server?.correlation.serverSpanId);
      expect(client?.correlation.traceId).toBe(server?.correlation.traceId);
      expect(Math.abs((client?.startedAtUs ?? 0) / 1000 - Date.now())).toBeLessThan(600_000);
    });
  }
});
