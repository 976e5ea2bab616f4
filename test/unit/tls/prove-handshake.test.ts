import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { proveHandshake } from '../../../src/adapters/tls/prove-handshake.ts';

/** Real servers on this machine. The certificates are for `payment`; one of them ended the day before it began. */

const FOLDER = join(import.meta.dirname, '../../fixtures/certificates');
const key = readFileSync(join(FOLDER, 'key.pem'));
const cert = readFileSync(join(FOLDER, 'payment.pem'));
const expired = readFileSync(join(FOLDER, 'expired.pem'));

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function connectionTo(server: Server): Promise<Socket> {
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

function secured(options: TlsOptions = {}): Server {
  return createTlsServer({ key, cert, ...options }).on('tlsClientError', () => undefined);
}

/** Whoever hears the first bytes of a client does this. */
function hearing(act: (socket: Socket) => void): Server {
  return createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => act(socket));
  });
}

async function found(server: Server, name: string | null = 'payment'): Promise<unknown> {
  const connection = await connectionTo(server);
  const finding = await proveHandshake(connection, name);
  expect(connection.destroyed).toBe(true);
  return finding;
}

describe('a handshake', () => {
  it('holds with the certificate of the right name', async () => {
    expect(await found(secured())).toBe('ok');
    expect(await found(secured({ maxVersion: 'TLSv1.2' }))).toBe('ok');
  });

  it('holds with any name where the name is not known', async () => {
    expect(await found(secured(), null)).toBe('ok');
  });

  it.each(['orders', '10.0.0.7'])(
    'does not hold with the certificate of another: %s',
    async (name) => {
      expect(await found(secured(), name)).toBe('tls-name');
    },
  );

  it('does not hold with a certificate of another time', async () => {
    expect(await found(secured({ cert: expired }), null)).toBe('tls-expired');
  });

  it.each([
    ['HTTP', createHttpServer((_, response) => response.end())],
    ['Redis', hearing((socket) => socket.write('-ERR unknown command\r\n'))],
    ['mail', createServer((socket) => socket.on('error', () => undefined).write('220 ready\r\n'))],
  ])('does not hold with a server that speaks %s', async (_, server) => {
    expect(await found(server)).toBe('tls-plain');
  });

  it.each([
    ['says so', secured({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' })],
    ['hangs up', hearing((socket) => socket.end())],
    ['resets', hearing((socket) => socket.resetAndDestroy())],
  ])('does not hold with a server that wants none of it and %s', async (_, server) => {
    expect(await found(server)).toBe('tls-refused');
  });

  it('says nothing of a server that wants to know its client', async () => {
    const asks = { requestCert: true, rejectUnauthorized: true };
    expect(await found(secured({ ...asks, maxVersion: 'TLSv1.2' }))).toBeNull();
    expect(await found(secured(asks))).toBe('ok');
  });

  it('says nothing of a server that says nothing', async () => {
    expect(await found(hearing(() => undefined))).toBeNull();
  });
});
