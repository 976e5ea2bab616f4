import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { proveTarget } from '../../../src/adapters/embedded/relay/prove-target.ts';
import { proveHandshake } from '../../../src/adapters/tls/prove-handshake.ts';

const host = '127.0.0.1';

describe('what is behind a relay', () => {
  it('is there while somebody listens, and hears nothing from who asks', async () => {
    const heard: number[] = [];
    const server = createServer((socket) => {
      socket.on('data', (bytes) => heard.push(bytes.length));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => void server.listen(0, host, resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    expect(await proveTarget({ host, port })).toBe('ok');
    await new Promise((resolve) => server.close(resolve));
    expect(heard).toEqual([]);
    expect(await proveTarget({ host, port })).toBe('nothing-listens');
  });

  it('is asked for TLS where its caller speaks it', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end('what?\r\n'));
    });
    await new Promise<void>((resolve) => void server.listen(0, host, resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    expect(await proveTarget({ host, port }, proveHandshake)).toBe('tls-plain');
    await new Promise((resolve) => server.close(resolve));
    expect(await proveTarget({ host, port }, proveHandshake)).toBe('nothing-listens');
  });

  it('is not there while nobody runs it', async () => {
    expect(await proveTarget(null)).toBe('nothing-listens');
  });

  it('may have a name that leads nowhere', { timeout: 30_000 }, async () => {
    expect(await proveTarget({ host: 'nowhere.invalid', port: 80 })).toMatch(/^(?:dns|policy)$/u);
  });
});
