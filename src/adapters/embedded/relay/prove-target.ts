import { connect, type Socket } from 'node:net';
import type { ProveHandshake } from '../../../application/ports/handshake.ts';
import type { EdgeFinding } from '../../../application/ports/wiring.ts';
import type { RelayTarget } from './connect-failure.ts';

/** Longest wait for a connection; what drops packets says nothing at all. Unit: milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000;

/**
 * Whether a relay's target takes connections, by one of our own that says nothing. The relay itself
 * listens always, so asking there would say nothing of what is behind it.
 *
 * @param target - Null while nobody runs it.
 * @param shake - Where the caller speaks TLS. By which name is not known: it calls the address of its relay.
 */
export async function proveTarget(
  target: RelayTarget | null,
  shake: ProveHandshake<Socket> | null = null,
): Promise<EdgeFinding> {
  if (target === null) return 'nothing-listens';
  const { promise, resolve } = Promise.withResolvers<EdgeFinding>();
  const socket = connect({ ...target, timeout: CONNECT_TIMEOUT_MS });
  socket.once('connect', () => resolve('ok'));
  socket.once('timeout', () => resolve('policy'));
  socket.once('error', (error) => resolve(findingOf('code' in error ? error.code : undefined)));
  const finding = await promise;
  if (finding === 'ok' && shake !== null) return await shake(socket, null);
  socket.destroy();
  return finding;
}

function findingOf(code: unknown): EdgeFinding {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing-listens';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'dns';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'policy';
    default:
      return null;
  }
}
