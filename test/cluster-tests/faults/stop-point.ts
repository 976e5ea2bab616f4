import { once } from 'node:events';
import http from 'node:http';
import type { Socket } from 'node:net';
import { writeKubeconfig } from '../../support/fault-proxy/proxy-kubeconfig.ts';

/**
 * A gate before an API server over plain HTTP that tells of every write that was carried out, before whoever
 * wrote hears of it: the moment at which a process that is killed knows least.
 */
export interface StopPoint {
  /** Path of a kubeconfig that leads here. */
  readonly kubeconfig: string;
  /** Of all requests but reads, and Leases. */
  writes(): number;
  /** Called with the path of each further write; one listener at a time, null for none. */
  onWrite(listener: ((path: string) => void) | null): void;
  close(): Promise<void>;
}

export async function startStopPoint(target: string): Promise<StopPoint> {
  const agent = new http.Agent({ keepAlive: true });
  const sockets = new Set<Socket>();
  let count = 0;
  let listener: ((path: string) => void) | null = null;
  const server = http.createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const isWrite = method !== 'GET' && !url.includes('/leases');
    const asked = http.request(new URL(url, target), { method, headers, agent });
    outgoing.once('close', () => asked.destroy());
    asked.on('error', () => incoming.socket.destroy());
    asked.on('response', (response) => {
      if (isWrite) {
        count += 1;
        listener?.(url);
      }
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      outgoing.flushHeaders();
      response.on('error', () => incoming.socket.destroy());
      response.pipe(outgoing);
    });
    incoming.pipe(asked);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  });
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const file = await writeKubeconfig(`http://127.0.0.1:${port}`, 'stop-point');
  return {
    kubeconfig: file.path,
    writes: () => count,
    onWrite: (next) => {
      listener = next;
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await file.remove();
    },
  };
}
