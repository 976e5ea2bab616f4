import { createConnection, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  startAnalyser,
  type Analyser,
} from '../../../src/adapters/kubernetes/capture/analyser/analyser.ts';
import {
  serveCalls,
  type CallsServer,
} from '../../../src/adapters/kubernetes/capture/analyser/serve-calls.ts';
import { proveHandshake } from '../../../src/adapters/tls/prove-handshake.ts';
import { ANSWER, CLIENT, REQUEST, SERVER, START_US, Wire } from '../../support/tcp-wire.ts';
import { openDecoding, streamOf } from './taps.ts';

/** Real sockets; the clock stands a second after the conversations. */
const NOW_US = START_US + 1_000_000;

let analyser: Analyser;
let server: CallsServer;
const sockets: Socket[] = [];
beforeEach(async () => {
  analyser = await startAnalyser({
    openDecoding,
    proveHandshake,
    nowUs: () => NOW_US,
    port: 0,
    aliveEveryMs: 5,
  });
  server = await serveCalls(analyser, { port: 0, nowMs: () => NOW_US / 1_000 });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
  await analyser.close();
});

async function send(bytes: Uint8Array): Promise<Socket> {
  const socket = createConnection(analyser.port);
  sockets.push(socket);
  await new Promise<void>((resolve) => void socket.write(bytes, () => resolve()));
  return socket;
}

async function ask(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
  return { status: response.status, body: await response.json() };
}

const conversation = (): Wire => new Wire().open().client(REQUEST).server(ANSWER).close();
const WINDOW = `fromUs=${START_US}&toUs=${START_US + 100_000}`;

describe('the analyser', () => {
  it('has every call as each of its ends saw it, and who they are', async () => {
    await send(streamOf({ component: 'gateway', address: CLIENT.ip }, conversation()));
    await send(streamOf({ component: 'cart', address: SERVER.ip }, conversation()));
    await expect
      .poll(() => ask(`/calls?${WINDOW}`))
      .toMatchObject({
        status: 200,
        body: {
          calls: [{ operation: 'GET /a' }, { operation: 'GET /a' }],
          pods: [{ component: 'gateway' }, { component: 'cart' }],
          dropped: 0,
        },
      });
    expect((await ask('/status')).body).toEqual({ taps: 2, dropped: 0 });
  });

  it('has only calls of the time that is asked for', async () => {
    await send(streamOf({ component: 'gateway', address: CLIENT.ip }, conversation()));
    await expect.poll(() => analyser.seen({ fromUs: 0, toUs: NOW_US }, 10).calls).toHaveLength(1);
    const { body } = await ask(`/calls?fromUs=${START_US - 10}&toUs=${START_US - 1}`);
    expect(body).toMatchObject({ calls: [] });
  });

  it('tells what was open when a tap went away', async () => {
    const open = new Wire().open().client(REQUEST);
    const socket = await send(streamOf({ component: 'gateway', address: CLIENT.ip }, open));
    await expect.poll(() => analyser.tapCount).toBe(1);
    socket.destroy();
    await expect.poll(() => analyser.tapCount).toBe(0);
    expect(analyser.seen({ fromUs: 0, toUs: NOW_US }, 10).calls).toMatchObject([
      { operation: 'GET /a', outcome: 'unknown' },
    ]);
  });

  it('says that it lives, so that a tap knows when it does not', async () => {
    const socket = await send(
      streamOf({ component: 'gateway', address: CLIENT.ip }, conversation()),
    );
    const heard = new Promise<string>((resolve) => {
      socket.once('data', (bytes: Buffer) => resolve(bytes.toString()));
    });
    expect(await heard).toMatch(/^\n+$/u);
  });

  it('hangs up on whoever is no tap', async () => {
    const socket = await send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    const isOver = new Promise<boolean>((resolve) => {
      socket.once('close', () => resolve(true));
      socket.on('error', () => undefined);
      socket.resume();
    });
    expect(await isOver).toBe(true);
    expect(analyser.tapCount).toBe(0);
  });

  it('refuses a question that is none', async () => {
    expect((await ask('/calls?fromUs=yesterday')).status).toBe(400);
    expect((await ask('/secrets')).status).toBe(404);
    expect((await ask('/healthz')).status).toBe(200);
  });
});
