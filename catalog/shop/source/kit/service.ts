import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

/** The little that the services of the example share: routing, errors as JSON, headers passed on. */

export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Request {
  /** Values of the `:name` parts of the route. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
}

export type Handler = (request: Request) => unknown;

/** `GET /carts/:id` → handler. What it returns is sent as JSON; what it throws becomes an error body. */
export type Routes = Readonly<Record<string, Handler>>;

/** For what hangs: a busy machine may take seconds for a first answer. */
const CALL_TIMEOUT_MS = 15_000;
const PASSED_ON = ['baggage', 'traceparent', 'tracestate', 'x-request-id'];

/** Listens on `PORT` until the process is told to end. */
export function serve(name: string, routes: Routes): void {
  const table = Object.entries(routes).map(([route, handler]) => compile(route, handler));
  const server = createServer((message, response) => {
    const url = new URL(message.url ?? '/', 'http://service');
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (url.pathname === '/healthz') {
      answer(200, { name, ok: true });
      return;
    }
    for (const { method, pattern, handler } of table) {
      const match = method === message.method ? pattern.exec(url.pathname) : null;
      if (match === null) continue;
      const params = { ...match.groups };
      readJson(message)
        .then((body) =>
          handler({ params, query: url.searchParams, body, headers: message.headers }),
        )
        .then(
          (result) => answer(200, result ?? {}),
          (error: unknown) => {
            const status = error instanceof HttpError ? error.status : 500;
            const text = error instanceof Error ? error.message : String(error);
            console.error(`${message.method} ${url.pathname}: ${status} ${text}`);
            answer(status, { error: text });
          },
        );
      return;
    }
    answer(404, { error: `${name} has no ${message.method} ${url.pathname}` });
  });
  server.listen(Number(process.env['PORT']), process.env['HOST'] ?? '127.0.0.1', () =>
    console.log(`${name} listens on ${process.env['PORT']}`),
  );
  process.on('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}

/**
 * Calls another service and passes on the headers that belong to the whole request.
 *
 * @throws {HttpError} with the other's own status when it answered 4xx, 502 when it answered 5xx or not at all.
 */
export async function call<Answer>(
  request: Request,
  name: string,
  url: string,
  body?: unknown,
): Promise<Answer> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const header of PASSED_ON) {
    const value = request.headers[header];
    if (typeof value === 'string') headers[header] = value;
  }
  let response: Response;
  try {
    response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
  } catch (error) {
    throw new HttpError(502, `${name} did not answer: ${describe(error)}`);
  }
  if (!response.ok) {
    const text = await response.text();
    const status = response.status >= 500 ? 502 : response.status;
    throw new HttpError(status, `${name} answered ${response.status}: ${text.slice(0, 200)}`);
  }
  return (await response.json()) as Answer;
}

/** The address of a dependency; empty when it is optional and not there. */
export function address(variable: string): string {
  return (process.env[variable] ?? '').replace(/\/$/u, '');
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

interface CompiledRoute {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handler: Handler;
}

function compile(route: string, handler: Handler): CompiledRoute {
  const [method = 'GET', path = '/'] = route.split(' ');
  const source = path.replaceAll(/:([a-z]+)/gu, '(?<$1>[^/]+)');
  return { method, pattern: new RegExp(`^${source}$`, 'u'), handler };
}

async function readJson(message: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of message) text += String(chunk);
  if (text === '') return {};
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw Object.assign(new HttpError(400, 'the body is not JSON'), { cause: error });
  }
}
