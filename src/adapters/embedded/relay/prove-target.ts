import { connect } from 'node:net';
import type { EdgeFinding } from '../../../application/ports/wiring.ts';
import type { RelayTarget } from './connect-failure.ts';

/** Longest wait for a connection; what drops packets says nothing at all. Unit: milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000;

/**
 * Whether a relay's target takes connections, by one of our own that says nothing. The relay itself
 * listens always, so asking there would say nothing of what is behind it.
 *
 * @param target - Null while nobody runs it.
 */
export async function proveTarget(target: RelayTarget | null): Promise<EdgeFinding> {
  if (target === null) return 'nothing-listens';
  const { promise, resolve } = Promise.withResolvers<EdgeFinding>();
  const socket = connect({ ...target, timeout: CONNECT_TIMEOUT_MS });
  socket.once('connect', () => resolve('ok'));
  socket.once('timeout', () => resolve('policy'));
  socket.once('error', (error) => resolve(findingOf('code' in error ? error.code : undefined)));
  const finding = await promise;
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
