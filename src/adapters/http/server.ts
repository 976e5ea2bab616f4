import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { BASELINE } from '../../application/ports/environment-store.ts';
import { OperationError } from '../../domain/errors.ts';
import { createApp } from './app.ts';
import { ChangeHub } from './change-hub.ts';
import { isLoopbackName } from './guards.ts';
import type { Surroundings } from './handler.ts';
import { Idempotency } from './idempotency.ts';
import { createOperationsApp } from './operations-app.ts';
import { SERVER_SETTINGS, type ServerSettings } from './settings.ts';
import { Streams } from './streams.ts';
import type { ServerTelemetry, ServerUseCases } from './use-cases.ts';

/**
 * The REST server of `offshoot serve`.
 *
 * It decides nothing: use cases do, and they are the command line's. Input is checked by the contract,
 * every failure is a problem document, and whoever asks costs a bounded amount of memory. There is no
 * sign-in yet, so it listens on loopback only and answers to no other name.
 */
export interface OffshootServer {
  /**
   * Port 0 takes a free one.
   *
   * @throws {OperationError} `USAGE` when the host is not of this machine alone, or the port is taken.
   */
  listen(port: number, host?: string): Promise<Listening>;
  /** Open streams of events and logs. */
  streamCount(): number;
  /** Ends streams at once, waits for answers under way at most so long, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

interface Listening {
  readonly url: string;
  readonly port: number;
  /** Of health and metrics; null when there are none. */
  readonly operationsPort: number | null;
}

export interface ServerParts extends ServerTelemetry {
  readonly useCases: ServerUseCases;
  readonly settings?: Partial<ServerSettings>;
}

export function createServer(parts: ServerParts): OffshootServer {
  const settings: ServerSettings = { ...SERVER_SETTINGS, ...parts.settings };
  const { useCases } = parts;
  const streams = new Streams(settings);
  const changes = new ChangeHub((listener) => useCases.onCommit(listener, settings.eventPollMs));
  const idempotency = new Idempotency(useCases.answers);
  const surroundings: Surroundings = { useCases, settings, streams, changes, idempotency };
  let isClosing = false;
  const api = limited(createApp(surroundings, parts), settings);
  const operations = limited(
    createOperationsApp({
      isReady: async () => !isClosing && (await canRead(useCases)),
      metricsText: () => parts.metricsText(),
    }),
    settings,
  );
  return {
    async listen(port, host = '127.0.0.1') {
      if (!isLoopbackName(host)) throw notLoopback(host);
      const apiPort = await listen(api, port, host);
      const operationsPort = await listenBeside(api, operations, settings);
      return { url: urlOf(host, apiPort), port: apiPort, operationsPort };
    },
    streamCount: () => streams.count,
    async close(graceMs) {
      isClosing = true;
      streams.close();
      await end(api, graceMs);
      changes.close();
      await end(operations, 0);
    },
  };
}

async function canRead({ store }: ServerUseCases): Promise<boolean> {
  await store.get(BASELINE);
  return true;
}

function limited(listener: RequestListener, settings: ServerSettings): Server {
  const server = createHttpServer(
    {
      maxHeaderSize: settings.headerBytesMax,
      requestTimeout: settings.requestTimeoutMs,
      headersTimeout: settings.headersTimeoutMs,
      keepAliveTimeout: settings.keepAliveTimeoutMs,
      connectionsCheckingInterval: settings.connectionsCheckMs,
    },
    listener,
  );
  server.maxHeadersCount = settings.headerCountMax;
  server.maxConnections = settings.connectionCountMax;
  return server;
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host.replace(/^\[(.*)\]$/u, '$1'), resolve);
  try {
    await promise;
  } catch (error) {
    throw cannotListen(host, port, error);
  } finally {
    server.off('error', reject);
  }
  return (server.address() as AddressInfo).port;
}

/** Either both listen or none does. */
async function listenBeside(
  api: Server,
  operations: Server,
  { operationsPort, operationsHost }: ServerSettings,
): Promise<number | null> {
  if (operationsPort === null) return null;
  try {
    return await listen(operations, operationsPort, operationsHost);
  } catch (error) {
    await end(api, 0);
    throw error;
  }
}

/** Idle connections end at once, those with an answer under way when it is given. */
async function end(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  const given = new AbortController();
  const grace = wait(graceMs, undefined, { signal: given.signal }).then(
    () => server.closeAllConnections(),
    () => undefined,
  );
  await promise;
  given.abort();
  await grace;
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}

function notLoopback(host: string): OperationError {
  return new OperationError(
    'USAGE',
    `the server does not listen on "${host}": without sign-in, everybody who reaches it could do everything`,
    { hint: 'use 127.0.0.1 and reach it through a tunnel: `ssh -L`, `kubectl port-forward`' },
  );
}

function cannotListen(host: string, port: number, cause: unknown): OperationError {
  const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  const why = isTaken ? 'is in use' : 'cannot be listened on';
  return new OperationError('USAGE', `port ${port} of "${host}" ${why}`, {
    hint: 'choose another with `--port`; 0 takes a free one',
    cause,
  });
}
