import type { Server } from 'node:net';
import type { Http2Session } from 'node:http2';
import { CONNECTIONS_MAX } from '../limits.ts';
import { Gate } from './gate.ts';
import { grpcReceiver } from './grpc-receiver.ts';
import { httpReceiver } from './http-receiver.ts';
import type { TakeSpans } from './take-spans.ts';

export interface ReceiverOptions {
  /** Ports; 0 for a free one. */
  readonly grpcPort: number;
  readonly httpPort: number;
  /** `*` is every address. Loopback, unless somebody says otherwise: nobody is asked who they are. */
  readonly host?: string;
  readonly take: TakeSpans;
  /** Whether those who take spans have more than they can do: then senders are asked to come again. */
  readonly isBusy?: () => boolean;
}

export interface Receiver {
  readonly grpcPort: number;
  readonly httpPort: number;
  /** Requests that were told to come again later. */
  readonly refused: number;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const EVERY_ADDRESS = '*';

/** Takes spans over all three transports of OTLP. */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { take, host = LOOPBACK } = options;
  const gate = new Gate(options.isBusy);
  const http = httpReceiver({ take, gate });
  const grpc = grpcReceiver({ take, gate });
  grpc.maxConnections = CONNECTIONS_MAX;
  const sessions = new Set<Http2Session>();
  grpc.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  const closeHttp = async (): Promise<void> => {
    const closed = closing(http);
    http.closeAllConnections();
    await closed;
  };
  const httpPort = await listening(http, options.httpPort, host);
  try {
    const grpcPort = await listening(grpc, options.grpcPort, host);
    return {
      httpPort,
      grpcPort,
      get refused() {
        return gate.refused;
      },
      async close() {
        const closed = closing(grpc);
        for (const session of sessions) session.destroy();
        await Promise.all([closed, closeHttp()]);
      },
    };
  } catch (error) {
    await closeHttp();
    throw error;
  }
}

async function listening(server: Server, port: number, host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ port, ...(host === EVERY_ADDRESS ? {} : { host }) }, resolve);
  await promise;
  const address = server.address();
  return address === null || typeof address === 'string' ? port : address.port;
}

function closing(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}
