import type { Server } from 'node:net';
import { OperationError } from '../../../../domain/errors.ts';

/** Resolves to the port as soon as the server listens on it. */
export async function listening(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new OperationError('INTERNAL', 'the analyser listens nowhere');
  }
  return address.port;
}
