import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { CONNECTIONS_MAX, REQUEST_TIMEOUT_MS, RETRY_AFTER_S } from '../limits.ts';
import { CODE, CONTENT_TYPES, statusBody, takenBody, type Format } from './answers.ts';
import { bodyOf, contentOf, type Refusal } from './content.ts';
import type { Gate } from './gate.ts';
import { takeContent, type TakeSpans } from './take-spans.ts';

/** OTLP over HTTP, protobuf and JSON: `POST /v1/traces` as the specification (1.x) has it. */

export interface ReceiverParts {
  readonly take: TakeSpans;
  readonly gate: Gate;
}

export function httpReceiver({ take, gate }: ReceiverParts): Server {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      answer(request, response, { take, gate }).catch(() => response.destroy());
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: ReceiverParts,
): Promise<void> {
  const format = formatOf(request);
  const refused = refusalOf(request, format);
  const { status, body, headers } =
    refused ?? (await answerTraces(request, format ?? 'json', parts));
  // What was not read of the body must not be taken for the next request.
  const isRead = request.complete;
  response.writeHead(status, {
    'content-type': CONTENT_TYPES[format ?? 'json'],
    'content-length': body.length,
    ...(isRead ? {} : { connection: 'close' }),
    ...headers,
  });
  response.end(body);
  if (!isRead) request.resume();
}

/** What is answered without a look at the body. */
function refusalOf(request: IncomingMessage, format: Format | null): Answer | null {
  const path = (request.url ?? '/').split('?', 1)[0];
  const to = format ?? 'json';
  if (path !== '/v1/traces') {
    return refusal(to, 404, CODE.unimplemented, `there is no "${path}": only traces are taken`);
  }
  if (request.method !== 'POST') {
    const refused = refusal(to, 405, CODE.unimplemented, 'expected POST');
    return { ...refused, headers: { allow: 'POST' } };
  }
  if (format === null) {
    return refusal(
      to,
      415,
      CODE.invalidArgument,
      `expected ${Object.values(CONTENT_TYPES).join(' or ')}`,
    );
  }
  if (!/^(?:gzip|identity)?$/u.test(encodingOf(request))) {
    const refused = refusal(to, 415, CODE.invalidArgument, 'expected gzip or no compression');
    return { ...refused, headers: { 'accept-encoding': 'gzip, identity' } };
  }
  return null;
}

async function answerTraces(
  request: IncomingMessage,
  format: Format,
  { take, gate }: ReceiverParts,
): Promise<Answer> {
  const leave = gate.enter();
  if (leave === null) {
    const refused = refusal(format, 503, CODE.unavailable, 'too many requests at once');
    return { ...refused, headers: { 'retry-after': String(RETRY_AFTER_S) } };
  }
  try {
    const body = await bodyOf(request);
    if (typeof body === 'string') return refusalOfContent(format, body);
    const content = await contentOf(body, encodingOf(request) === 'gzip');
    if (typeof content === 'string') return refusalOfContent(format, content);
    const sender = request.socket.remoteAddress ?? null;
    const taken = takeContent(content, format, (spans) => take(spans, sender));
    if (taken !== null) return { status: 200, body: takenBody(format, taken) };
    return refusal(format, 400, CODE.invalidArgument, `no ExportTraceServiceRequest in ${format}`);
  } finally {
    leave();
  }
}

const CONTENT_REFUSALS: Readonly<Record<Refusal, readonly [number, string]>> = {
  'too large': [413, 'the request is too large: export fewer spans at once'],
  'not gzip': [400, 'the body is not gzip'],
  cut: [400, 'the body is not complete'],
};

function refusalOfContent(format: Format, why: Refusal): Answer {
  const [status, message] = CONTENT_REFUSALS[why];
  return refusal(format, status, CODE.invalidArgument, message);
}

function refusal(format: Format, status: number, code: number, message: string): Answer {
  return { status, body: statusBody(format, code, message) };
}

function formatOf({ headers }: IncomingMessage): Format | null {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type === CONTENT_TYPES.protobuf) return 'protobuf';
  return type === CONTENT_TYPES.json ? 'json' : null;
}

function encodingOf({ headers }: IncomingMessage): string {
  return (headers['content-encoding'] ?? '').trim().toLowerCase();
}
