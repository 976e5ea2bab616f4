import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOperationsApp, type OperationsParts } from './operations-app.ts';

/** Health and metrics of a process that serves nothing else. */
export interface OperationsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Port 0 takes a free one. */
export async function serveOperations(
  parts: OperationsParts,
  { port, host }: { readonly port: number; readonly host: string },
): Promise<OperationsServer> {
  const server = createServer(createOperationsApp(parts));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
