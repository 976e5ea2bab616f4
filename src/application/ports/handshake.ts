import type { TlsProblem } from '../../domain/calls/wiring.ts';

/**
 * Whether TLS can be spoken on a connection, found out by a handshake after which nothing more is said.
 *
 * Never throws, takes three seconds at the most, and leaves the connection destroyed.
 *
 * @param name - For which the certificate has to be; null when that is not known.
 * @returns Null when nobody can tell: a server that does not answer, or that wants to know its client.
 */
export type ProveHandshake<Connection> = (
  connection: Connection,
  name: string | null,
) => Promise<'ok' | TlsProblem | null>;
