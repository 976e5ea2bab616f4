import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { apiRequestOf, type ApiRequest } from './api-requests.ts';
import { answer, upgrade } from './exchanges.ts';
import { injector, type Fault } from './faults.ts';
import { writeKubeconfig } from './proxy-kubeconfig.ts';
import { requestCounts, type RequestCounts } from './request-counts.ts';
import { openUpstream } from './upstream.ts';

/**
 * A proxy before a real API server that breaks what a test tells it to; see README.md.
 *
 * Plain HTTP on loopback to its clients, the kubeconfig's credentials to the API server.
 */
export interface FaultProxy {
  /** Path of a kubeconfig whose one context, named as in the original, leads here. */
  readonly kubeconfig: string;
  readonly url: string;
  readonly requests: RequestCounts;
  /** Replaces all faults; null is none. The first that hits a request has it. */
  setFault(fault: Fault | readonly Fault[] | null): void;
  /** Requests that the present faults hit. */
  hits(): number;
  /** Requests that are open now, watches and hung ones included. */
  open(): number;
  /** Ends every connection and removes the kubeconfig. */
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  readonly kubeconfig: string;
  /** Faults from the start. */
  readonly rules?: readonly Fault[];
  /** In [0, 1); `Math.random` unless told. */
  readonly random?: () => number;
}

/** Idle connections stay as long as an API server lets them. */
const KEEP_ALIVE_MS = 120_000;

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { upstream, context } = await openUpstream(options.kubeconfig);
  const faults = injector(options.random ?? Math.random);
  faults.set(options.rules ?? []);
  const requests = requestCounts();
  const sockets = new Set<Socket>();
  const opened = new Set<ApiRequest>();
  const seen = (incoming: IncomingMessage, socket: Duplex | ServerResponse): ApiRequest => {
    const { method = '', url = '', headers } = incoming;
    const request = apiRequestOf(method, url, headers['content-type']);
    requests.add(request);
    opened.add(request);
    socket.once('close', () => opened.delete(request));
    return request;
  };
  const server = createServer((incoming, outgoing) => {
    const request = seen(incoming, outgoing);
    void answer({ request, incoming, outgoing, faults, upstream });
  });
  server.on('upgrade', (incoming, socket, first) => {
    const request = seen(incoming, socket);
    void upgrade({ request, incoming, socket, first, faults, upstream });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  });
  server.requestTimeout = 0;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${port}`;
  const file = await writeKubeconfig(url, context);
  return {
    kubeconfig: file.path,
    url,
    requests,
    setFault: (fault) => faults.set(fault === null ? [] : [fault].flat()),
    hits: () => faults.hits(),
    open: () => opened.size,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      upstream.close();
      await file.remove();
    },
  };
}
