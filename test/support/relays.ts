import { once } from 'node:events';
import { createServer, type Server, type Socket, type AddressInfo } from 'node:net';
import type { Server as HttpServer } from 'node:http';
import type { Call } from '../../src/domain/calls/call.ts';
import {
  openRelay,
  type Relay,
  type RelayOptions,
} from '../../src/adapters/embedded/relay/relay.ts';

/** Relays between real sockets, with everything they opened closed at the end of a test. */
export class RelayBench {
  readonly calls: Call[] = [];
  readonly #servers: (Server | HttpServer)[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #relays: Relay[] = [];
  #ids = 0;

  async listen(server: Server | HttpServer): Promise<number> {
    this.#servers.push(server);
    server.on('connection', (socket: Socket) => this.#sockets.add(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** A TCP server that does as it is told with each connection. */
  tcp(onConnection: (socket: Socket) => void): Promise<number> {
    return this.listen(
      createServer({ allowHalfOpen: true }, (socket) => {
        socket.on('error', () => undefined);
        onConnection(socket);
      }),
    );
  }

  /** @param port - Of the target; null for none. */
  async relay(port: number | null, options: Partial<RelayOptions> = {}): Promise<Relay> {
    const relay = await openRelay({
      listenPort: 0,
      client: 'checkout',
      server: 'cart',
      target: () => (port === null ? null : { host: '127.0.0.1', port }),
      sink: { record: (call) => this.calls.push(call) },
      ids: {
        next: () => {
          this.#ids += 1;
          return `c${this.#ids}`;
        },
      },
      ...options,
    });
    this.#relays.push(relay);
    return relay;
  }

  /** The calls, once there are so many. */
  async callsWhen(count: number): Promise<readonly Call[]> {
    const end = performance.now() + 5_000;
    while (this.calls.length < count && performance.now() < end) await pause(2);
    return this.calls;
  }

  async close(): Promise<void> {
    await Promise.all(this.#relays.map((relay) => relay.close()));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(
      this.#servers.map((server) => new Promise((resolve) => server.close(resolve))),
    );
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error('waited in vain');
    await pause(2);
  }
}

export interface Ended {
  readonly bytes: Buffer;
  readonly code: string | null;
}

/** All that a socket receives, and how it ended: null for properly. */
export async function received(socket: Socket): Promise<Ended> {
  const chunks: Buffer[] = [];
  let code: string | null = null;
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    code = error.code ?? error.message;
  });
  await new Promise<void>((resolve) => {
    socket.on('end', () => resolve());
    socket.on('close', () => resolve());
  });
  return { bytes: Buffer.concat(chunks), code };
}
