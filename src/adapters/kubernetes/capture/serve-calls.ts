import { createServer, type ServerResponse } from 'node:http';
import type { Analyser } from './analyser.ts';

/** The analyser's answers, over HTTP within the environment: `/calls`, `/status`, `/healthz`. */

/** Taps hand packets on after a quarter of a second; decoding and the network have the rest. */
const SETTLE_MS = 700;
const LIMIT_MAX = 100_000;

export interface CallsServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function serveCalls(
  analyser: Analyser,
  { port, nowMs }: { readonly port: number; readonly nowMs: () => number },
): Promise<CallsServer> {
  const answer = async (url: URL, response: ServerResponse): Promise<void> => {
    const { searchParams } = url;
    switch (url.pathname) {
      case '/healthz':
        send(response, 200, { status: 'ok' });
        return;
      case '/status':
        send(response, 200, { taps: analyser.tapCount, dropped: analyser.dropped });
        return;
      case '/calls': {
        const fromUs = Number(searchParams.get('fromUs') ?? 0);
        const toUs = Number(searchParams.get('toUs') ?? Number.MAX_SAFE_INTEGER);
        const limit = Math.min(LIMIT_MAX, Number(searchParams.get('limit') ?? LIMIT_MAX));
        if (![fromUs, toUs, limit].every((value) => Number.isSafeInteger(value) && value >= 0)) {
          send(response, 400, { message: '"fromUs", "toUs" and "limit" are whole numbers' });
          return;
        }
        await settled(toUs, nowMs());
        send(response, 200, analyser.seen({ fromUs, toUs }, limit));
        return;
      }
      default:
        send(response, 404, { message: `there is no "${url.pathname}"` });
    }
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://analyser');
    answer(url, response).catch(() => response.destroy());
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, resolve);
  await promise;
  const address = server.address();
  return {
    port: address === null || typeof address === 'string' ? port : address.port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** What ended just now is still on its way. */
async function settled(toUs: number, nowMs: number): Promise<void> {
  const waitMs = Math.min(SETTLE_MS, toUs / 1_000 + SETTLE_MS - nowMs);
  if (waitMs <= 0) return;
  await new Promise((resolve) => {
    setTimeout(resolve, waitMs);
  });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
