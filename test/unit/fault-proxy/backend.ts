import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A server that plays the API server: lists answer at once, a watch begins with one event and goes on with
 * `send`, everything else is answered by what it was sent.
 */
export interface Backend {
  readonly kubeconfig: string;
  /** `METHOD path body`, as they arrived. */
  readonly received: readonly string[];
  readonly authorizations: readonly (string | undefined)[];
  /** To all watches. */
  send(line: string): void;
  /** Ends all watches in good order. */
  endWatches(): void;
  openWatches(): number;
  close(): Promise<void>;
}

export async function startBackend(): Promise<Backend> {
  const received: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const watches = new Set<ServerResponse>();
  const sockets = new Set<Duplex>();
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await text(incoming);
    received.push(`${incoming.method} ${incoming.url} ${body}`.trim());
    authorizations.push(incoming.headers.authorization);
    outgoing.setHeader('content-type', 'application/json');
    if (incoming.url?.includes('watch=true') !== true)
      return void outgoing.end(`{"got":"${body}"}`);
    watches.add(outgoing);
    outgoing.once('close', () => watches.delete(outgoing));
    outgoing.write('{"type":"ADDED"}\n');
  };
  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (incoming, socket, head) => {
    received.push(`UPGRADE ${incoming.url}`);
    socket.on('error', () => socket.destroy());
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\nhello ',
    );
    socket.write(head);
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const folder = await mkdtemp(join(tmpdir(), 'offshoot-backend-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigText(`http://127.0.0.1:${port}`));
  return {
    kubeconfig,
    received,
    authorizations,
    send: (line) => watches.forEach((watch) => watch.write(line)),
    endWatches: () => watches.forEach((watch) => watch.end()),
    openWatches: () => watches.size,
    close: async () => {
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await rm(folder, { recursive: true });
    },
  };
}

function kubeconfigText(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'the-context',
    contexts: [{ name: 'the-context', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: 'secret-token' } }],
  });
}
