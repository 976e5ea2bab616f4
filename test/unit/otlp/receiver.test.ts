import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeSpans } from '../../../src/adapters/otlp/export/encode-spans.ts';
import {
  BODY_BYTES_MAX,
  CONTENT_BYTES_MAX,
  REQUESTS_MAX,
  SPANS_MAX,
} from '../../../src/adapters/otlp/limits.ts';
import {
  startReceiver,
  type Receiver,
} from '../../../src/adapters/otlp/receiver/start-receiver.ts';
import type { Span } from '../../../src/domain/calls/spans/span.ts';
import { span, spanIdOf } from '../../support/spans.ts';

let receiver: Receiver;
let taken: Span[];
let senders: (string | null)[];
let isBusy: boolean;

beforeEach(async () => {
  [taken, senders, isBusy] = [[], [], false];
  receiver = await startReceiver({
    grpcPort: 0,
    httpPort: 0,
    take(spans, sender) {
      taken.push(...spans);
      senders.push(sender);
    },
    isBusy: () => isBusy,
  });
});

afterEach(async () => receiver.close());

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const ONE = encodeSpans([span({})]);

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly bytes: Uint8Array;
}

async function post(
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>>,
  path = '/v1/traces',
): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${receiver.httpPort}${path}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : Buffer.from(body),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    text: Buffer.from(bytes).toString(),
  };
}

describe('OTLP over HTTP', () => {
  it('answers what was taken with an empty message of the same kind', async () => {
    const protobuf = await post(ONE, PROTOBUF);
    expect(protobuf).toMatchObject({ status: 200, text: '' });
    expect(protobuf.headers.get('content-type')).toBe('application/x-protobuf');
    const json = await post('{"resourceSpans":[]}', JSON_TYPE);
    expect(json).toMatchObject({ status: 200, text: '{}' });
    expect(json.headers.get('content-type')).toBe('application/json');
    expect(taken).toEqual([span({})]);
    expect(senders[0]).toContain('127.0.0.1');
  });

  it('takes gzip', async () => {
    const { status } = await post(gzipSync(ONE), { ...PROTOBUF, 'content-encoding': 'gzip' });
    expect([status, taken.length]).toEqual([200, 1]);
  });

  it('says how many spans it did not take, and why', async () => {
    const bad = { ...span({}), traceId: '0'.repeat(32) };
    const { status, bytes } = await post(encodeSpans([span({}), bad]), PROTOBUF);
    expect([status, taken.length]).toEqual([200, 1]);
    // partial_success { rejected_spans: 1, error_message }
    const message = 'a span has no valid trace id';
    expect([...bytes.subarray(0, 6)]).toEqual([
      0x0a,
      message.length + 4,
      0x08,
      1,
      0x12,
      message.length,
    ]);
    expect(Buffer.from(bytes).toString()).toContain(message);
    const json = await post('{"resourceSpans":[{"scopeSpans":[{"spans":[7]}]}]}', JSON_TYPE);
    expect(JSON.parse(json.text)).toEqual({
      partialSuccess: { rejectedSpans: '1', errorMessage: 'a span is no object' },
    });
  });

  it('takes so many spans at once and no more', async () => {
    const many = Array.from({ length: SPANS_MAX + 5 }, () => span({}));
    const { bytes } = await post(encodeSpans(many), PROTOBUF);
    expect(taken).toHaveLength(SPANS_MAX);
    expect(Buffer.from(bytes).toString()).toContain(`more than ${SPANS_MAX} spans at once`);
  });

  it.each([
    ['bytes that are no message', Buffer.from('{"a":1}'), PROTOBUF],
    ['a text that is no JSON', Buffer.from('{'), JSON_TYPE],
    ['JSON of something else', Buffer.from('[]'), JSON_TYPE],
    ['what is no gzip', ONE, { ...PROTOBUF, 'content-encoding': 'gzip' }],
  ])('refuses %s with 400 and a Status', async (_, body, headers) => {
    const { status, text, headers: answered } = await post(body, headers);
    expect(status).toBe(400);
    expect(answered.get('content-type')).toBe(headers['content-type'].split(';', 1)[0]);
    const said =
      headers === JSON_TYPE
        ? '{"code":3,"message":"no ExportTraceServiceRequest in json"}'
        : '\u0008\u0003\u0012';
    expect(text.slice(0, said.length)).toBe(said);
    expect(taken).toEqual([]);
  });

  it.each([
    ['another type', '/v1/traces', { 'content-type': 'text/plain' }, 415],
    ['no type', '/v1/traces', { 'content-type': '' }, 415],
    ['another compression', '/v1/traces', { ...PROTOBUF, 'content-encoding': 'br' }, 415],
    ['another path', '/v1/metrics', PROTOBUF, 404],
  ])('refuses %s', async (_, path, headers, status) => {
    expect((await post(ONE, headers, path)).status).toBe(status);
  });

  it('refuses other methods', async () => {
    const response = await fetch(`http://127.0.0.1:${receiver.httpPort}/v1/traces?x`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('refuses what is too large, compressed or not', async () => {
    expect((await post(new Uint8Array(BODY_BYTES_MAX + 1), PROTOBUF)).status).toBe(413);
    const bomb = gzipSync(new Uint8Array(CONTENT_BYTES_MAX + 1));
    expect((await post(bomb, { ...PROTOBUF, 'content-encoding': 'gzip' })).status).toBe(413);
    expect((await post(ONE, PROTOBUF)).status).toBe(200);
  });

  it('asks to come again when there is too much to do', async () => {
    isBusy = true;
    const { status, headers } = await post(ONE, PROTOBUF);
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(receiver.refused).toBe(1);
    isBusy = false;
    expect((await post(ONE, PROTOBUF)).status).toBe(200);
  });

  it('holds so many requests at a time, and lets go of those that break off', async () => {
    const slow = Array.from({ length: REQUESTS_MAX }, () => {
      const open = request({
        port: receiver.httpPort,
        host: '127.0.0.1',
        method: 'POST',
        path: '/v1/traces',
        headers: { ...PROTOBUF, 'content-length': 100 },
      });
      open.on('error', () => undefined);
      open.write('x');
      return open;
    });
    await expect
      .poll(async () => (await post(ONE, PROTOBUF)).status, { timeout: 20_000 })
      .toBe(503);
    for (const open of slow) open.destroy();
    await expect
      .poll(async () => (await post(ONE, PROTOBUF)).status, { timeout: 20_000 })
      .toBe(200);
  });
});

const METHOD = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const GRPC = { 'content-type': 'application/grpc', te: 'trailers' };

interface GrpcAnswer {
  readonly http: unknown;
  readonly status: unknown;
  readonly message: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: Uint8Array;
}

function framed(message: Uint8Array, isCompressed = false): Buffer {
  const head = Buffer.alloc(5);
  head[0] = isCompressed ? 1 : 0;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

async function call(
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = GRPC,
  path = METHOD,
): Promise<GrpcAnswer> {
  const session = connectHttp2(`http://127.0.0.1:${receiver.grpcPort}`);
  try {
    return await exchange(session, body, { ':method': 'POST', ':path': path, ...headers });
  } finally {
    session.destroy();
  }
}

async function exchange(
  session: ClientHttp2Session,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<GrpcAnswer> {
  const stream = session.request(headers);
  const answered: Record<string, unknown> = {};
  stream.on('response', (head) => void Object.assign(answered, head));
  stream.on('trailers', (trailers: object) => void Object.assign(answered, trailers));
  // What is refused before it was read is not sent to its end.
  stream.on('error', () => undefined);
  const pieces: Uint8Array[] = [];
  stream.on('data', (piece: Uint8Array) => void pieces.push(piece));
  stream.end(body);
  await new Promise((resolve) => {
    stream.once('close', resolve);
  });
  const { 'grpc-message': message } = answered;
  return {
    http: answered[':status'],
    status: answered['grpc-status'],
    message: decodeURIComponent(typeof message === 'string' ? message : ''),
    headers: answered,
    bytes: Buffer.concat(pieces),
  };
}

describe('OTLP over gRPC', () => {
  it('answers what was taken with an empty message and status 0', async () => {
    const answer = await call(framed(ONE));
    expect(answer).toMatchObject({ http: 200, status: '0' });
    expect([...answer.bytes]).toEqual([0, 0, 0, 0, 0]);
    expect(taken.map(({ spanId }) => spanId)).toEqual([spanIdOf('01')]);
  });

  it('takes gzip, and no other compression', async () => {
    expect(
      (await call(framed(gzipSync(ONE), true), { ...GRPC, 'grpc-encoding': 'gzip' })).status,
    ).toBe('0');
    const { status, headers } = await call(framed(ONE, true), {
      ...GRPC,
      'grpc-encoding': 'snappy',
    });
    expect([status, headers['grpc-accept-encoding']]).toEqual(['12', 'identity,gzip']);
  });

  it.each([
    [
      'bytes that are no message',
      framed(Buffer.from('{"a":1}')),
      '3',
      'no ExportTraceServiceRequest',
    ],
    ['half a message', framed(ONE).subarray(0, -1), '3', 'expected one whole message'],
    ['nothing', new Uint8Array(0), '3', 'the message is not complete'],
  ])('refuses %s', async (_, body, status, message) => {
    expect(await call(body)).toMatchObject({ http: 200, status, message });
  });

  it('refuses what is not gzip, or too large', async () => {
    const gzip = { ...GRPC, 'grpc-encoding': 'gzip' };
    expect((await call(framed(ONE, true), gzip)).message).toBe('the message is not gzip');
    const bomb = gzipSync(new Uint8Array(CONTENT_BYTES_MAX + 1));
    expect((await call(framed(bomb, true), gzip)).status).toBe('8');
    expect((await call(framed(new Uint8Array(BODY_BYTES_MAX + 1)))).status).toBe('8');
    expect((await call(framed(ONE))).status).toBe('0');
  });

  it('knows no other method, and speaks nothing else', async () => {
    expect((await call(framed(ONE), GRPC, '/a.B/C')).status).toBe('12');
    expect((await call(ONE, PROTOBUF)).http).toBe(415);
  });

  it('says when to come again when there is too much to do', async () => {
    isBusy = true;
    const { status, headers } = await call(framed(ONE));
    expect(status).toBe('14');
    const details = Buffer.from(String(headers['grpc-status-details-bin']), 'base64').toString();
    expect(details).toContain('type.googleapis.com/google.rpc.RetryInfo');
  });
});

describe('a receiver', () => {
  it('listens on loopback only, unless told', async () => {
    const wide = await startReceiver({
      grpcPort: 0,
      httpPort: 0,
      host: '*',
      take: () => undefined,
    });
    expect(wide.httpPort).toBeGreaterThan(0);
    await wide.close();
    await expect(
      startReceiver({ grpcPort: receiver.grpcPort, httpPort: 0, take: () => undefined }),
    ).rejects.toThrow('EADDRINUSE');
  });
});
