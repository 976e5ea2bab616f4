import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { relayBody } from './answer-stream.ts';
import type { ApiRequest } from './api-requests.ts';
import type { AnswerEffect, Injector } from './faults.ts';
import { statusBody } from './status-answers.ts';
import { passedHeaders, type Upstream } from './upstream.ts';

interface Exchange {
  readonly request: ApiRequest;
  readonly incoming: IncomingMessage;
  readonly faults: Injector;
  readonly upstream: Upstream;
}

/** One request and its answer, or what a fault makes of it. */
export async function answer(
  exchange: Exchange & { readonly outgoing: ServerResponse },
): Promise<void> {
  const { request, incoming, outgoing, faults, upstream } = exchange;
  const effect = faults.answerEffect(request);
  if (effect?.kind === 'answer') return refuse(effect, incoming, outgoing);
  if (!(await goesOn(effect, incoming.socket))) return;
  const asked = upstream.open(incoming);
  outgoing.once('close', () => asked.destroy());
  // No answer from the API server is none from the proxy.
  asked.on('error', () => incoming.socket.resetAndDestroy());
  asked.on('response', (response) => {
    if (effect?.kind === 'loseAnswer') {
      incoming.socket.resetAndDestroy();
      return;
    }
    const { 'transfer-encoding': _, ...headers } = passedHeaders(response.headers);
    outgoing.writeHead(response.statusCode ?? 502, headers);
    outgoing.flushHeaders();
    void relayBody({ request, from: response, to: outgoing, faults });
  });
  incoming.pipe(asked);
}

function refuse(
  { status, retryAfterSeconds }: Extract<AnswerEffect, { kind: 'answer' }>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  incoming.resume();
  if (retryAfterSeconds !== undefined) outgoing.setHeader('retry-after', retryAfterSeconds);
  outgoing.writeHead(status, { 'content-type': 'application/json' });
  outgoing.end(statusBody(status, retryAfterSeconds));
}

/** False for a request that is not to reach the API server. */
async function goesOn(effect: AnswerEffect | null, socket: Socket): Promise<boolean> {
  if (effect?.kind === 'hang') return false;
  if (effect?.kind === 'reset') {
    socket.resetAndDestroy();
    return false;
  }
  if (effect?.kind === 'delay') await sleep(effect.ms);
  return !socket.destroyed;
}

interface UpgradeExchange extends Exchange {
  readonly socket: Duplex;
  /** What the client said right after its request. */
  readonly first: Buffer;
}

/** Exec, attach and port-forward: whatever both sides say is passed on. */
export async function upgrade(exchange: UpgradeExchange): Promise<void> {
  const { request, incoming, socket, faults, upstream } = exchange;
  const effect = faults.answerEffect(request);
  if (effect?.kind === 'answer') {
    socket.end(
      head(`${effect.status} Refused`, ['content-type', 'application/json']) +
        statusBody(effect.status),
    );
    return;
  }
  if (!(await goesOn(effect, incoming.socket))) return;
  const asked = upstream.open(incoming);
  socket.once('close', () => asked.destroy());
  asked.on('error', () => socket.destroy());
  asked.on('response', (response) => {
    const type = response.headers['content-type'] ?? 'text/plain';
    const status = `${response.statusCode} ${response.statusMessage}`;
    socket.write(head(status, ['content-type', type, 'connection', 'close']));
    response.pipe(socket);
  });
  asked.on('upgrade', (response, server, first) => {
    const isLost = effect?.kind === 'loseAnswer';
    if (!isLost) socket.write(head('101 Switching Protocols', response.rawHeaders));
    server.write(exchange.first);
    join({ request, faults, socket, server });
    if (isLost) incoming.socket.resetAndDestroy();
    else socket.write(first);
  });
  asked.end();
}

interface Ends {
  readonly request: ApiRequest;
  readonly faults: Injector;
  readonly socket: Duplex;
  readonly server: Duplex;
}

/** Both directions, until either end is gone or a fault cuts it. */
function join({ request, faults, socket, server }: Ends): void {
  const end = (): void => {
    server.destroy();
    socket.destroy();
  };
  const unsubscribe = faults.onChange(() => {
    if (faults.streamEffect(request)?.kind === 'cut') end();
  });
  for (const side of [server, socket]) side.on('error', end);
  // What a server said before it ended in good order still is to arrive.
  server.once('close', () => server.readableEnded || end());
  socket.once('close', () => {
    unsubscribe();
    end();
  });
  server.pipe(socket).pipe(server);
}

function head(status: string, rawHeaders: readonly string[]): string {
  const lines = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1] ?? ''}`] : [],
  );
  return [`HTTP/1.1 ${status}`, ...lines, '', ''].join('\r\n');
}
