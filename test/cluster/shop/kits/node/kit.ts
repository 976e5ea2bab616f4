import {
  createServer,
  request as send,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What every Node service of this shop has: JSON over HTTP, calls to others, and the faults of README.md. */

const PORT = Number(process.env['PORT'] ?? 8080);
const CALL_TIMEOUT_MS = Number(process.env['CALL_TIMEOUT_MS'] ?? 5000);
const fault = parseFault(process.env['FAULT'] ?? '');

export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The address of a dependency; empty when it is optional and not there. */
export function address(variable: string): string {
  return (process.env[variable] ?? '').replace(/\/$/u, '');
}

function log(line: string): void {
  process.stdout.write(`${line}\n`);
}

export interface Request {
  readonly params: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** Of the header `authorization`. */
  readonly token: string;
}

/** Returns what is answered as JSON. */
export type Handler = (request: Request) => unknown;

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handler: Handler;
}

/** Serves `METHOD /path/:parameter` routes. */
export function serve(name: string, routes: Readonly<Record<string, Handler>>): void {
  if (fault.mode === 'exit') {
    log(`${name}: cannot start`);
    process.exit(3);
  }
  process.on('SIGTERM', () => process.exit(0));
  if (fault.mode === 'refuse') {
    setInterval(() => log(`${name}: does not listen`), 60_000);
    return;
  }
  const table = Object.entries(routes).map(([route, handler]) => {
    const [method = '', path = ''] = route.split(' ');
    return {
      method,
      pattern: new RegExp(`^${path.replaceAll(/:(\w+)/gu, '(?<$1>[^/]+)')}$`, 'u'),
      handler,
    };
  });
  const server = createServer((message, response) => {
    respond({ name, table }, message, response).catch((error: unknown) => {
      log(`${name}: ${textOf(error)}`);
      response.destroy();
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(PORT, () => log(`${name} listens on ${PORT}`));
}

interface Service {
  readonly name: string;
  readonly table: readonly Route[];
}

async function respond(
  service: Service,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(message.url ?? '/', 'http://service').pathname;
  if (path === '/healthz') {
    answer(response, 200, JSON.stringify({ name: service.name, ok: true }));
    return;
  }
  const isFaulty = path.startsWith(fault.path);
  if (isFaulty && (await misbehave(response))) return;
  const { status, body } = await resultOf(service, message, path);
  const text = JSON.stringify(body);
  if (isFaulty && fault.mode === 'truncate') truncate(response, text);
  else if (isFaulty && fault.mode === 'slow') await dribble(response, status, text);
  else answer(response, status, text);
}

interface Result {
  readonly status: number;
  readonly body: unknown;
}

async function resultOf(service: Service, message: IncomingMessage, path: string): Promise<Result> {
  try {
    for (const { method, pattern, handler } of service.table) {
      const match = method === message.method ? pattern.exec(path) : null;
      if (match === null) continue;
      const token = (message.headers.authorization ?? '').replace(/^Bearer /u, '');
      const request = { params: match.groups ?? {}, body: await read(message), token };
      return { status: 200, body: await handler(request) };
    }
    throw new HttpError(404, `${service.name} has no ${message.method} ${path}`);
  } catch (error) {
    if (fault.mode === 'swallow' && path.startsWith(fault.path)) return { status: 200, body: {} };
    const status = error instanceof HttpError ? error.status : 500;
    log(`${message.method} ${path}: ${status} ${textOf(error)}`);
    return { status, body: { error: textOf(error) } };
  }
}

/** Calls another service: GET, or POST when there is a body. What it cannot use it throws as 502. */
export async function call<Answer = object>(
  name: string,
  url: string,
  body?: object,
): Promise<Answer> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return (await callOnce(name, url, body)) as Answer;
    } catch (error) {
      const isBadGateway = error instanceof HttpError && error.status === 502;
      if (fault.mode !== 'retry' || attempt >= fault.number || !isBadGateway) throw error;
      log(`${error.message}; once more`);
    }
  }
}

async function callOnce(name: string, url: string, body?: object): Promise<unknown> {
  const { status, text } = await exchange(url, body).catch((error: unknown) => {
    throw new HttpError(502, `${name} did not answer: ${textOf(error)}`);
  });
  if (status >= 400) {
    const own = status >= 500 ? 502 : status;
    throw new HttpError(own, `${name} answered ${status}: ${text.slice(0, 200)}`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw Object.assign(new HttpError(502, `${name} answered no JSON`), { cause: error });
  }
}

interface Exchanged {
  readonly status: number;
  readonly text: string;
}

function exchange(url: string, body?: object): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    const content = body === undefined ? '' : JSON.stringify(body);
    const length = Buffer.byteLength(content);
    const headers =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': length };
    const method = body === undefined ? 'GET' : 'POST';
    const message = send(url, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    message.setTimeout(CALL_TIMEOUT_MS, () =>
      message.destroy(new Error(`no answer in ${CALL_TIMEOUT_MS} ms`)),
    );
    message.on('error', reject);
    message.end(content);
  });
}

async function read(message: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of message) text += String(chunk);
  if (text === '') return {};
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw Object.assign(new HttpError(400, 'the body is not JSON'), { cause: error });
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  promise(response, status, text);
  response.end(text);
}

/** Writes the head of an answer of that length. */
function promise(response: ServerResponse, status: number, text: string): void {
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Fault {
  readonly mode: string;
  readonly number: number;
  readonly text: string;
  readonly path: string;
}

/** `mode[:number or status[:text]][@path]`. */
function parseFault(spec: string): Fault {
  const [what = '', path = '/'] = spec.split('@');
  const [mode = '', number = '', ...words] = what.split(':');
  return { mode, number: Number(number), text: words.join(':'), path };
}

/** What happens before the request is handled; true when it has been answered. */
async function misbehave(response: ServerResponse): Promise<boolean> {
  if (fault.mode === 'crash') {
    log('crash on request');
    process.exit(1);
  }
  if (fault.mode === 'oom') {
    const hoard: Buffer[] = [];
    for (;;) hoard.push(Buffer.alloc(8 << 20, 1));
  }
  if (fault.mode === 'hang') await sleep(fault.number || 3_600_000);
  if (fault.mode !== 'status') return false;
  answer(response, fault.number, fault.text || JSON.stringify({ error: 'told to fail' }));
  return true;
}

/** Promises all of the body, gives half of it, and hangs up. */
function truncate(response: ServerResponse, text: string): void {
  promise(response, 200, text);
  response.write(text.slice(0, text.length / 2), () => response.destroy());
}

/** The head at once, the body byte by byte over the time of the fault. */
async function dribble(response: ServerResponse, status: number, text: string): Promise<void> {
  promise(response, status, text);
  response.flushHeaders();
  for (const character of text) {
    await sleep(fault.number / text.length);
    response.write(character);
  }
  response.end();
}
