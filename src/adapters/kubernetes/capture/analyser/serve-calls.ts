import { createServer, type ServerResponse } from 'node:http';
import { PROOF_TARGETS_MAX } from '../agreement.ts';
import type { Analyser } from './analyser.ts';
import { targetIn } from '../wiring/proof-target.ts';

/** The analyser's answers, over HTTP within the environment: `/calls`, `/wiring`, `/status`, `/healthz`. */

/** Taps hand packets on after a quarter of a second; decoding and the network have the rest. */
const SETTLE_MS = 700;
const LIMIT_MAX = 100_000;

type Answer = readonly [status: number, body: unknown];

export interface CallsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What of an analyser is asked from elsewhere. */
type Answering = Pick<Analyser, 'seen' | 'prove' | 'tapCount' | 'dropped'>;

interface ServeOptions {
  readonly port: number;
  readonly nowMs: () => number;
  /** What else `/status` says. */
  readonly about?: () => object;
}

export async function serveCalls(
  analyser: Answering,
  { port, nowMs, about = () => ({}) }: ServeOptions,
): Promise<CallsServer> {
  const answer = async ({ pathname, searchParams }: URL): Promise<Answer> => {
    switch (pathname) {
      case '/healthz':
        return [200, { status: 'ok' }];
      case '/status':
        return [200, { ...about(), taps: analyser.tapCount, dropped: analyser.dropped }];
      case '/calls':
        return await callsAnswer(analyser, searchParams, nowMs);
      case '/wiring':
        return await wiringAnswer(analyser, searchParams);
      default:
        return [404, { message: `there is no "${pathname}"` }];
    }
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://analyser');
    answer(url).then(
      ([status, body]) => send(response, status, body),
      () => response.destroy(),
    );
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

async function callsAnswer(
  analyser: Answering,
  query: URLSearchParams,
  nowMs: () => number,
): Promise<Answer> {
  const fromUs = Number(query.get('fromUs') ?? 0);
  const toUs = Number(query.get('toUs') ?? Number.MAX_SAFE_INTEGER);
  const limit = Math.min(LIMIT_MAX, Number(query.get('limit') ?? LIMIT_MAX));
  if (![fromUs, toUs, limit].every((value) => Number.isSafeInteger(value) && value >= 0)) {
    return [400, { message: '"fromUs", "toUs" and "limit" are whole numbers' }];
  }
  await settled(toUs, nowMs());
  return [200, analyser.seen({ fromUs, toUs, namespaces: query.getAll('namespace') }, limit)];
}

/** Words for `to=HOST:PORT[/TLS]`, in their order, as the pods of the component `from` say. */
async function wiringAnswer(analyser: Answering, query: URLSearchParams): Promise<Answer> {
  const asked = query.getAll('to');
  const targets = asked.flatMap((text) => targetIn(text) ?? []);
  if (targets.length < asked.length || asked.length > PROOF_TARGETS_MAX) {
    return [400, { message: `"to" is HOST:PORT, at most ${PROOF_TARGETS_MAX} of them` }];
  }
  return [200, { words: await analyser.prove(query.get('from') ?? '', targets) }];
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
