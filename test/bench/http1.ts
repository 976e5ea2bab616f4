import { decoderFor } from '../../src/domain/calls/protocols/detect.ts';
import type { ConnectionContext } from '../../src/domain/calls/protocols/decoder.ts';

/** How many calls a second one core decodes from bytes that are in memory already. */

export interface Http1BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: 'calls/s' | 'MB/s';
}

interface Exchange {
  readonly request: Uint8Array;
  readonly response: Uint8Array;
}

const CALLS = 200_000;
const CALLS_PER_CONNECTION = 1_000;
const ROUNDS = 5;

const HEADERS =
  'Host: cart.shop.svc.cluster.local:8080\r\nUser-Agent: node\r\nAccept: application/json\r\n' +
  'Accept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n' +
  'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nX-Request-Id: 7f9c1b2a-1\r\n';

function exchangeOf(path: string, answer: string): Exchange {
  const text = new TextEncoder();
  return {
    request: text.encode(`GET ${path} HTTP/1.1\r\n${HEADERS}\r\n`),
    response: text.encode(answer),
  };
}

const BODY =
  '{"items":[{"sku":"a-1","count":2},{"sku":"b-2","count":1}],"total":1290,"currency":"EUR"}';
const ANSWER_HEADERS =
  'Content-Type: application/json; charset=utf-8\r\nDate: Sat, 03 Oct 2026 10:11:12 GMT\r\n' +
  'Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n';

const OK = exchangeOf(
  '/carts/42/items?page=2',
  `HTTP/1.1 200 OK\r\n${ANSWER_HEADERS}Content-Length: ${BODY.length}\r\n\r\n${BODY}`,
);
const CHUNKED = exchangeOf(
  '/carts/42',
  `HTTP/1.1 200 OK\r\n${ANSWER_HEADERS}Transfer-Encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`,
);
const FAILED = exchangeOf(
  '/carts/42',
  `HTTP/1.1 500 Internal Server Error\r\n${ANSWER_HEADERS}Content-Length: 41\r\n\r\n{"message":"relation carts is not there"}`,
);
export const LARGE = exchangeOf(
  '/export',
  `HTTP/1.1 200 OK\r\n${ANSWER_HEADERS}Content-Length: 65000\r\n\r\n${'x'.repeat(65_000)}`,
);

/** Same 5 % of failures as the capture that the design's figures come from. */
export const MIXED = Array.from({ length: 20 }, (_, place) => {
  if (place === 7) return FAILED;
  return place % 4 === 3 ? CHUNKED : OK;
});

export function benchHttp1(): readonly Http1BenchRow[] {
  const mixed = bestOf(MIXED, CALLS);
  const failed = bestOf([FAILED], CALLS);
  const large = bestOf([LARGE], CALLS);
  return [
    { name: 'HTTP/1, 5 % failing, a quarter chunked', value: mixed, unit: 'calls/s' },
    { name: 'HTTP/1, every call failing', value: failed, unit: 'calls/s' },
    {
      name: 'HTTP/1, answers of 65 kB',
      value: Math.round((large * (LARGE.request.length + LARGE.response.length)) / 1e6),
      unit: 'MB/s',
    },
  ];
}

function bestOf(exchanges: readonly Exchange[], calls: number): number {
  let best = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAt = process.cpuUsage();
    const told = decodeAll(exchanges, calls);
    const used = process.cpuUsage(startedAt);
    if (told !== calls) throw new Error(`decoded ${told} of ${calls} calls`);
    best = Math.max(best, (calls / (used.user + used.system)) * 1e6);
  }
  return Math.round(best);
}

function decodeAll(exchanges: readonly Exchange[], calls: number): number {
  let told = 0;
  let at = 1_700_000_000_000_000;
  for (let connection = 0; connection < calls / CALLS_PER_CONNECTION; connection += 1) {
    const decoder = decoderFor(contextOf(() => (told += 1), at));
    for (let turn = 0; turn < CALLS_PER_CONNECTION; turn += 1) {
      const exchange = exchanges[turn % exchanges.length] ?? OK;
      decoder.onClientBytes(exchange.request, (at += 7));
      decoder.onServerBytes(exchange.response, (at += 350));
    }
    decoder.onCaptureEnd(at);
  }
  return told;
}

function contextOf(onCall: () => void, startedAtUs: number): ConnectionContext {
  let index = 0;
  return {
    client: 'checkout',
    server: 'cart',
    startedAtUs,
    nextIndex: () => (index += 1),
    emit: onCall,
  };
}
