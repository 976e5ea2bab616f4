import { once } from 'node:events';
import { Agent, createServer, request, type RequestOptions, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../../src/domain/calls/call.ts';
import { recordingProxy, type RecordingProxy } from '../../support/recording-proxy.ts';
import { decodeFile } from '../../support/tcp-wire.ts';

/** Real HTTP between Node's client and server: what is read out of the bytes is what the client saw. */

const LARGE = 'y'.repeat(300_000);

let server: Server;
let opened: number;
let proxy: RecordingProxy;
let agent: Agent;

beforeEach(async () => {
  server = createServer((asked, answer) => {
    const { pathname } = new URL(asked.url ?? '/', 'http://server');
    if (pathname === '/reset') asked.socket.resetAndDestroy();
    else if (pathname === '/closed') asked.socket.end();
    else if (pathname === '/cut') {
      answer.writeHead(200, { 'content-length': 1_000 }).write('x'.repeat(120), () => {
        asked.socket.end();
      });
    } else if (pathname === '/large') answer.end(LARGE);
    else {
      asked.resume().on('end', () => {
        answer.writeHead(Number(pathname.slice(1)), { 'content-type': 'application/json' });
        answer.end(asked.method === 'HEAD' ? undefined : '{"message":"as asked"}');
      });
    }
  });
  opened = 0;
  server.on('connection', () => (opened += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  proxy = await recordingProxy(typeof address === 'object' && address !== null ? address.port : 0);
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
});

afterEach(async () => {
  agent.destroy();
  await proxy.close();
  server.closeAllConnections();
  server.close();
});

/** The status, or the code of the error, as the client sees it. */
async function ask(path: string, options: RequestOptions = {}, body = ''): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const call = request({ host: '127.0.0.1', port: proxy.port, path, agent, ...options });
  call.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  call.on('response', (answer) => {
    answer.on('error', () => resolve('cut'));
    answer.on('end', () => resolve(String(answer.statusCode)));
    answer.resume();
  });
  call.end(body);
  return await promise;
}

function recorded(): readonly Call[] {
  return decodeFile(proxy.capture()).calls;
}

describe('calls between real programs', () => {
  it('on kept connections have the statuses that the client saw', async () => {
    const seen: string[] = [];
    for (const status of [200, 500, 404, 204, 304, 201, 503])
      seen.push(await ask(`/${status}?q=1`));
    seen.push(await ask('/200', { method: 'HEAD' }), await ask('/201', { method: 'POST' }, LARGE));
    seen.push(await ask('/large'), await ask('/202', { method: 'PUT' }, 'x'));
    const calls = recorded();
    expect(calls.map(({ status }) => String(status))).toEqual(seen);
    expect(calls.map(({ operation }) => operation).slice(6)).toEqual([
      'GET /503',
      'HEAD /200',
      'POST /201',
      'GET /large',
      'PUT /202',
    ]);
    expect(new Set(calls.map(({ connectionId }) => connectionId)).size).toBe(opened);
    expect(opened).toBeLessThan(seen.length / 2);
    expect(calls.every(({ confidence }) => confidence === 'high')).toBe(true);
    expect(calls[1]?.reason).toBe(
      '500 Internal Server Error from 10.0.0.2:8080 GET /500: as asked',
    );
  });

  it.each([
    ['/reset', 'ECONNRESET', 'tcp.reset_before_response'],
    ['/closed', 'ECONNRESET', 'tcp.closed_before_response'],
    ['/cut', 'cut', 'tcp.truncated'],
  ])('that fail by %s are told as what happened', async (path, seen, errorType) => {
    expect(await ask(path, { agent: false })).toBe(seen);
    await expect
      .poll(recorded)
      .toMatchObject([{ operation: `GET ${path}`, outcome: 'transport_error', errorType }]);
  });

  it('side by side on many connections are all there, each once', async () => {
    const paths = Array.from({ length: 40 }, (_, place) => `/${200 + (place % 5)}`);
    const seen = await Promise.all(paths.map((path) => ask(path, { agent: false })));
    expect(seen).toEqual(paths.map((path) => path.slice(1)));
    const operations = recorded().map(({ operation, status }) => `${operation} ${status}`);
    expect(operations.toSorted()).toEqual(
      paths.map((path) => `GET ${path} ${path.slice(1)}`).toSorted(),
    );
  });
});
