import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { BODY_BYTES_MAX, REQUEST_TIMEOUT_MS, REQUESTS_MAX, RETRY_AFTER_S } from '../limits.ts';
import { CODE, retryStatus, takenBody } from './answers.ts';
import { bodyOf, contentOf } from './content.ts';
import type { ReceiverParts } from './http-receiver.ts';
import { takeContent } from './take-spans.ts';

/** OTLP over gRPC: the one unary method `TraceService/Export`, without TLS. */

const METHOD = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const FRAME_HEAD_BYTES = 5;

export function grpcReceiver(parts: ReceiverParts): Http2Server {
  const server = createServer({ settings: { maxConcurrentStreams: REQUESTS_MAX } });
  server.on('stream', (stream, headers) => {
    // A sender that goes away needs no answer.
    stream.on('error', () => undefined);
    stream.setTimeout(REQUEST_TIMEOUT_MS, () => stream.close());
    answer(stream, headers, parts).catch(() => stream.destroy());
  });
  server.on('sessionError', () => undefined);
  return server;
}

async function answer(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  parts: ReceiverParts,
): Promise<void> {
  if (!/^application\/grpc(?:\+proto)?(?:;|$)/u.test(headers['content-type'] ?? '')) {
    respond(stream, { ':status': 415 });
    return;
  }
  const result =
    headers[':method'] === 'POST' && headers[':path'] === METHOD
      ? await answerExport(stream, headers, parts)
      : failed(
          CODE.unimplemented,
          `there is no "${headers[':path'] ?? ''}": only traces are taken`,
        );
  if (stream.destroyed) return;
  if (result instanceof Uint8Array) succeed(stream, result);
  else respond(stream, { ':status': 200, 'content-type': 'application/grpc', ...result });
}

type Trailers = Readonly<Record<string, string>>;

/** The answer's message, or how it failed. */
async function answerExport(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { take, gate }: ReceiverParts,
): Promise<Uint8Array | Trailers> {
  const leave = gate.enter();
  if (leave === null) return comeAgain('too many requests at once');
  try {
    const message = await messageOf(stream, headers);
    if (!(message instanceof Uint8Array)) return message;
    const sender = stream.session?.socket.remoteAddress ?? null;
    const taken = takeContent(message, 'protobuf', (spans) => take(spans, sender));
    if (taken !== null) return takenBody('protobuf', taken);
    return failed(CODE.invalidArgument, 'no ExportTraceServiceRequest');
  } finally {
    leave();
  }
}

/** The one message of the request, without its frame and compression. */
async function messageOf(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): Promise<Uint8Array | Trailers> {
  const body = await bodyOf(stream, BODY_BYTES_MAX + FRAME_HEAD_BYTES);
  if (body === 'too large') return tooLarge();
  if (typeof body === 'string' || body.length < FRAME_HEAD_BYTES) {
    return failed(CODE.invalidArgument, 'the message is not complete');
  }
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const isCompressed = view.getUint8(0) === 1;
  if (view.getUint32(1) !== body.length - FRAME_HEAD_BYTES) {
    return failed(CODE.invalidArgument, 'expected one whole message');
  }
  if (isCompressed && headers['grpc-encoding'] !== 'gzip') {
    const refused = failed(CODE.unimplemented, 'expected gzip or no compression');
    return { ...refused, 'grpc-accept-encoding': 'identity,gzip' };
  }
  const content = await contentOf(body.subarray(FRAME_HEAD_BYTES), isCompressed);
  if (content === 'too large') return tooLarge();
  return typeof content === 'string'
    ? failed(CODE.invalidArgument, 'the message is not gzip')
    : content;
}

function tooLarge(): Trailers {
  return failed(CODE.resourceExhausted, 'the request is too large: export fewer spans at once');
}

function comeAgain(message: string): Trailers {
  const details = Buffer.from(retryStatus(message, RETRY_AFTER_S)).toString('base64');
  return { ...failed(CODE.unavailable, message), 'grpc-status-details-bin': details };
}

function failed(code: number, message: string): Trailers {
  return {
    'grpc-status': String(code),
    'grpc-message': encodeURIComponent(message.toWellFormed()),
  };
}

function succeed(stream: ServerHttp2Stream, message: Uint8Array): void {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt32BE(message.length, 1);
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.concat([head, message]));
}

/** Without a message: the headers are all there is. */
function respond(
  stream: ServerHttp2Stream,
  headers: Readonly<Record<string, string | number>>,
): void {
  stream.respond(headers, { endStream: true });
  // What is still being sent is not wanted any more.
  stream.resume();
}
