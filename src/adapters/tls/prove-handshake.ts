import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, connect, type PeerCertificate } from 'node:tls';
import type { ProveHandshake } from '../../application/ports/handshake.ts';
import type { TlsProblem } from '../../domain/calls/wiring.ts';

/** Unit: milliseconds. */
const TIMEOUT_MS = 3_000;
/** What a server says that does not like its client, by OpenSSL's names; of others it does not like the handshake. */
const ALERT_OF_CLIENT =
  /ALERT_(?:NO_|BAD_|UNSUPPORTED_)?CERTIFICATE|ALERT_UNKNOWN_CA|ACCESS_DENIED/u;

/** Who signed the certificate is not looked at: only the caller knows whom it trusts. */
export const proveHandshake: ProveHandshake<Duplex> = async (connection, name) => {
  const { promise, resolve } = Promise.withResolvers<'ok' | TlsProblem | null>();
  const isName = name !== null && isIP(name) === 0;
  const socket = connect({
    socket: connection,
    minVersion: 'TLSv1',
    rejectUnauthorized: false,
    ...(isName ? { servername: name } : {}),
  });
  let hasAgreed = false;
  socket.once('keylog', () => (hasAgreed = true));
  socket.once('secureConnect', () =>
    resolve(certificateFinding(socket.getPeerCertificate(), name)),
  );
  socket.once('error', (error: Error) => resolve(failureFinding(error, hasAgreed)));
  const timer = setTimeout(() => resolve(null), TIMEOUT_MS);
  const finding = await promise;
  clearTimeout(timer);
  // It may fail once more while it goes.
  socket.on('error', () => undefined);
  socket.destroy();
  connection.destroy();
  return finding;
};

function certificateFinding(certificate: PeerCertificate, name: string | null): 'ok' | TlsProblem {
  const now = Date.now();
  if (now < Date.parse(certificate.valid_from) || now > Date.parse(certificate.valid_to)) {
    return 'tls-expired';
  }
  const isOfAnother = name !== null && checkServerIdentity(name, certificate) !== undefined;
  return isOfAnother ? 'tls-name' : 'ok';
}

/** @param hasAgreed - Both sides had keys: what failed then was not the choice of version and cipher. */
function failureFinding(error: Error, hasAgreed: boolean): TlsProblem | null {
  const code = 'code' in error ? String(error.code) : '';
  if (hasAgreed || ALERT_OF_CLIENT.test(code)) return null;
  if (!code.startsWith('ERR_SSL_')) return 'tls-refused';
  return code.includes('ALERT') ? 'tls-refused' : 'tls-plain';
}
