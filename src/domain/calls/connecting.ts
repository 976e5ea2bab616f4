import type { Call } from './call.ts';
import { codeOf } from './outcomes.ts';

/** Connections that did not come about. */

/** To an address whose Service does not have that port. */
export const NO_SUCH_PORT = 'tcp.no_such_port';

const NOT_CONNECTED = new Set([
  'tcp.refused',
  'tcp.no_answer',
  'tcp.unreachable',
  'tcp.no_endpoints',
  'tcp.connect_failed',
]);

/** The server never saw the call. */
export function isUnconnected(call: Call): boolean {
  return call.outcome === 'transport_error' && NOT_CONNECTED.has(codeOf(call));
}
