import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer as createHttpServer, request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DecodeQueue } from '../../../src/adapters/embedded/relay/decode-queue.ts';
import { decoderFor } from '../../../src/domain/calls/protocols/detect.ts';
import { pause, received, RelayBench, until } from '../../support/relays.ts';

let bench: RelayBench;

beforeEach(() => {
  bench = new RelayBench();
});

afterEach(() => bench.close());

async function get(
  port: number,
  path: string,
  agent?: Agent,
): Promise<{ status: number; body: string }> {
  const options = { host: '127.0.0.1', port, path, ...(agent === undefined ? {} : { agent }) };
  const [answer] = (await once(request(options).end(), 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() };
}

function dial(port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  socket.on('error', () => undefined);
  return socket;
}

describe('a relay in front of an HTTP server', () => {
  it('tells each call of a kept-alive connection with both names and its time', async () => {
    const port = await bench.listen(
      createHttpServer((incoming, answer) => {
        answer.statusCode = incoming.url === '/b' ? 503 : 200;
        answer.setHeader('content-type', 'application/json');
        setTimeout(() => answer.end('{"message":"no stock"}'), 20);
      }),
    );
    const relay = await bench.relay(port);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const beforeUs = Date.now() * 1000;
    expect(await get(relay.port, '/a?secret=1', agent)).toEqual({
      status: 200,
      body: '{"message":"no stock"}',
    });
    await get(relay.port, '/b', agent);
    agent.destroy();
    const [a, b] = await bench.callsWhen(2);
    expect(a).toMatchObject({
      id: 'c1-0',
      connectionId: 'c1',
      client: 'checkout',
      server: 'cart',
      protocol: 'http',
      operation: 'GET /a',
      outcome: 'ok',
      status: 200,
      side: 'both',
    });
    expect(b).toMatchObject({ id: 'c1-1', outcome: 'server_error', errorType: '503' });
    expect(b?.reason).toBe('503 Service Unavailable from cart GET /b: no stock');
    expect(relay.stats().connections).toBe(1);
    expect(a?.startedAtUs).toBeGreaterThanOrEqual(beforeUs - 2_000_000);
    const tookUs = (a?.endedAtUs ?? 0) - (a?.startedAtUs ?? 0);
    expect(tookUs).toBeGreaterThan(15_000);
    expect(tookUs).toBeLessThan(2_000_000);
  });

  it('passes pipelined requests and tells them in order', async () => {
    const port = await bench.listen(
      createHttpServer((incoming, answer) => answer.end(incoming.url)),
    );
    const relay = await bench.relay(port);
    const socket = dial(relay.port);
    const paths = Array.from({ length: 50 }, (_, place) => `/p${place}`);
    socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: cart\r\n\r\n`).join(''));
    const calls = await bench.callsWhen(50);
    expect(calls.map((call) => call.operation)).toEqual(paths.map((path) => `GET ${path}`));
    expect(calls.every((call) => call.outcome === 'ok')).toBe(true);
    socket.destroy();
  });

  it('passes an upgrade through and then bytes of any kind, both ways', async () => {
    const server = createHttpServer();
    server.on('upgrade', (_, socket: Socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
      socket.pipe(socket);
    });
    const relay = await bench.relay(await bench.listen(server));
    const upgrade = request({
      host: '127.0.0.1',
      port: relay.port,
      path: '/ws',
      headers: { connection: 'Upgrade', upgrade: 'x' },
    }).end();
    const [, socket] = (await once(upgrade, 'upgrade')) as [IncomingMessage, Socket];
    const sent = Buffer.from(Array.from({ length: 3_000 }, (_, place) => place % 256));
    socket.end(sent);
    expect((await received(socket)).bytes.equals(sent)).toBe(true);
    const calls = await bench.callsWhen(2);
    expect(
      calls.map((call) => `${call.protocol} ${call.operation} ${call.status} ${call.outcome}`),
    ).toEqual(['http GET /ws 101 ok', 'tcp connect null ok']);
  });

  it('tells a caller that gives up after a second', async () => {
    let nowUs = 1_700_000_000_000_000;
    let wasAborted = false;
    let hasAsked = false;
    const port = await bench.listen(
      createHttpServer((incoming) => {
        hasAsked = true;
        incoming.on('close', () => (wasAborted = true));
      }),
    );
    const relay = await bench.relay(port, { nowUs: () => nowUs });
    const slow = request({ host: '127.0.0.1', port: relay.port, path: '/slow' }).end();
    slow.on('error', () => undefined);
    await until(() => hasAsked);
    nowUs += 1_004_000;
    slow.destroy();
    expect((await bench.callsWhen(1))[0]).toMatchObject({
      operation: 'GET /slow',
      outcome: 'timeout',
      errorType: 'tcp.client_abort',
      reason: 'checkout gave up after 1.004s',
    });
    await until(() => wasAborted);
  });

  it('tells a caller that had given up when the server answers all the same', async () => {
    const port = await bench.tcp((socket) => {
      socket.once('data', () => {
        setTimeout(() => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), 400);
      });
    });
    const relay = await bench.relay(port);
    const slow = request({ host: '127.0.0.1', port: relay.port, path: '/slow' }).end();
    slow.on('error', () => undefined);
    setTimeout(() => slow.destroy(), 200);
    const [call] = await bench.callsWhen(1);
    expect(call).toMatchObject({
      outcome: 'cancelled',
      status: 200,
      errorType: 'tcp.client_abort',
    });
    expect(call?.reason).toMatch(/^checkout gave up after 0\.\d+s$/u);
  });

  it('shows the call in flight while the server has not answered', async () => {
    const port = await bench.listen(createHttpServer(() => undefined));
    const relay = await bench.relay(port);
    const socket = dial(relay.port);
    socket.write('GET /hang HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => relay.openCalls().length === 1);
    expect(relay.openCalls()[0]).toMatchObject({
      id: 'c1-0',
      operation: 'GET /hang',
      endedAtUs: null,
      outcome: 'unknown',
    });
    expect(bench.calls).toEqual([]);
    await relay.close();
    expect(bench.calls[0]).toMatchObject({ id: 'c1-0', errorType: 'no_response', endedAtUs: null });
  });

  it('carries large bodies both ways, byte for byte', async () => {
    const body = Buffer.alloc(24_000_000);
    for (let at = 0; at < body.length; at += 4) body.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
    const digest = createHash('sha256').update(body).digest('hex');
    const port = await bench.listen(
      createHttpServer((incoming, answer) => {
        const hash = createHash('sha256');
        incoming.on('data', (chunk: Buffer) => hash.update(chunk));
        incoming.on('end', () => {
          answer.setHeader('x-digest', hash.digest('hex'));
          answer.end(body);
        });
      }),
    );
    const relay = await bench.relay(port);
    const upload = request({ host: '127.0.0.1', port: relay.port, path: '/big', method: 'POST' });
    upload.end(body);
    const [answer] = (await once(upload, 'response')) as [IncomingMessage];
    const hash = createHash('sha256');
    for await (const chunk of answer) hash.update(chunk as Buffer);
    expect(answer.headers['x-digest']).toBe(digest);
    expect(hash.digest('hex')).toBe(digest);
    expect((await bench.callsWhen(1))[0]).toMatchObject({ operation: 'POST /big', outcome: 'ok' });
  });
});

describe('a relay in front of any TCP server', () => {
  it('passes the end of one side on and leaves the other open', async () => {
    const port = await bench.tcp((socket) => {
      void received(socket).then(({ bytes }) =>
        setTimeout(() => socket.end(`got ${bytes.toString()}`), 30),
      );
    });
    const relay = await bench.relay(port);
    const socket = dial(relay.port);
    socket.end('question');
    const answer = await received(socket);
    expect(answer).toEqual({ bytes: Buffer.from('got question'), code: null });
    expect((await bench.callsWhen(1))[0]).toMatchObject({
      protocol: 'tcp',
      operation: 'connect',
      outcome: 'ok',
    });
  });

  it('passes an end by the server on and still carries what the client says', async () => {
    let heard = '';
    const port = await bench.tcp((socket) => {
      socket.end('bye');
      socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    });
    const relay = await bench.relay(port);
    const socket = dial(relay.port);
    expect((await received(socket)).bytes.toString()).toBe('bye');
    socket.write('still');
    await pause(20);
    socket.end(' here');
    await until(() => heard === 'still here');
    expect((await bench.callsWhen(1))[0]).toMatchObject({ outcome: 'ok' });
  });

  it('passes a reset by the server on as a reset', async () => {
    const port = await bench.tcp((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    const relay = await bench.relay(port);
    const socket = dial(relay.port);
    socket.write('GET /pay HTTP/1.1\r\n\r\n');
    expect((await received(socket)).code).toBe('ECONNRESET');
    const [call] = await bench.callsWhen(1);
    expect(call).toMatchObject({ operation: 'GET /pay', errorType: 'tcp.reset_before_response' });
  });

  it('passes a reset by the client on as a reset', async () => {
    let code: string | null = null;
    const port = await bench.tcp((socket) => {
      void received(socket).then((ended) => (code = ended.code));
      socket.write('hello');
    });
    const relay = await bench.relay(port);
    const socket = dial(relay.port);
    socket.write('question');
    await once(socket, 'data');
    socket.resetAndDestroy();
    await until(() => code === 'ECONNRESET');
    expect((await bench.callsWhen(1))[0]).toMatchObject({
      outcome: 'cancelled',
      errorType: 'tcp.client_abort',
    });
  });

  it('slows the sender down when the receiver does not read', async () => {
    let sent = 0;
    const port = await bench.tcp((socket) => {
      const piece = Buffer.alloc(65_536);
      const more = (): void => {
        while (sent < 400_000_000 && socket.write(piece)) sent += piece.length;
      };
      socket.on('drain', more);
      more();
    });
    const relay = await bench.relay(port);
    const socket = dial(relay.port);
    await once(socket, 'connect');
    socket.pause();
    await pause(400);
    const stopped = sent;
    await pause(150);
    expect(sent).toBe(stopped);
    expect(sent).toBeLessThan(100_000_000);
    socket.resume();
    await until(() => sent > stopped + 1_000_000);
    socket.destroy();
  });

  it('gives the target every byte that came before it was connected', async () => {
    const heard: string[] = [];
    const port = await bench.tcp((socket) => {
      socket.on('data', (chunk: Buffer) => heard.push(chunk.toString()));
    });
    const relay = await bench.relay(port);
    const socket = dial(relay.port);
    for (let place = 0; place < 20; place += 1) socket.write(`${place},`);
    await until(() => heard.join('').endsWith('19,'));
    expect(heard.join('')).toBe(Array.from({ length: 20 }, (_, place) => `${place},`).join(''));
    socket.destroy();
  });

  it('carries a thousand connections at a time', async () => {
    const port = await bench.tcp((socket) => socket.pipe(socket));
    const relay = await bench.relay(port);
    const sockets = Array.from({ length: 1_000 }, () => dial(relay.port));
    const answers = await Promise.all(
      sockets.map(async (socket, place) => {
        socket.write(`n${place}`);
        const [chunk] = (await once(socket, 'data')) as [Buffer];
        return chunk.toString();
      }),
    );
    expect(answers).toEqual(sockets.map((_, place) => `n${place}`));
    expect(relay.stats().openConnections).toBe(1_000);
    for (const socket of sockets) socket.end();
    expect(await bench.callsWhen(1_000)).toHaveLength(1_000);
    expect(bench.calls.every((call) => call.outcome === 'ok')).toBe(true);
    await until(() => relay.stats().openConnections === 0);
  });
});

describe('a relay whose target cannot be reached', () => {
  it('resets the caller and tells that the connection was refused', async () => {
    const relay = await bench.relay(await freePort());
    const socket = dial(relay.port);
    socket.write('GET / HTTP/1.1\r\n\r\n');
    expect((await received(socket)).code).toBe('ECONNRESET');
    const [call] = await bench.callsWhen(1);
    expect(call).toMatchObject({
      protocol: 'tcp',
      operation: 'connect',
      outcome: 'transport_error',
      errorType: 'tcp.refused',
      side: 'client',
    });
    expect(call?.reason).toMatch(/^connection refused by cart:\d+$/u);
    await pause(20);
    expect(bench.calls).toHaveLength(1);
    expect(relay.stats()).toMatchObject({ refusedConnections: 1, openConnections: 0 });
  });

  it('says that nobody runs the server when there is no target, and asks again next time', async () => {
    const port = await bench.tcp((socket) => socket.end('here'));
    let target: { host: string; port: number } | null = null;
    const relay = await bench.relay(null, { target: () => target });
    expect((await received(dial(relay.port))).code).toBe('ECONNRESET');
    expect((await bench.callsWhen(1))[0]).toMatchObject({
      errorType: 'tcp.no_endpoints',
      reason: 'cart is not running: it had no address to connect to',
    });
    target = { host: '127.0.0.1', port };
    expect((await received(dial(relay.port))).bytes.toString()).toBe('here');
  });

  it('says that a name does not exist', async () => {
    const relay = await bench.relay(null, {
      target: () => ({ host: 'no-such-host.invalid', port: 80 }),
    });
    await received(dial(relay.port));
    const [call] = await bench.callsWhen(1);
    expect(call?.errorType).toMatch(/^dns\./u);
    expect(call?.reason).toContain('no-such-host.invalid');
  });

  it('resets connections beyond its limit and keeps the others', async () => {
    const port = await bench.tcp((socket) => socket.pipe(socket));
    const relay = await bench.relay(port, { connectionsMax: 2 });
    const kept = [dial(relay.port), dial(relay.port)];
    await until(() => relay.stats().openConnections === 2);
    expect((await received(dial(relay.port))).code).toBe('ECONNRESET');
    expect((await bench.callsWhen(1))[0]?.errorType).toBe('tcp.relay_full');
    expect(relay.stats().rejectedConnections).toBe(1);
    kept[0]?.write('still');
    expect(String((await once(kept[0] as Socket, 'data'))[0])).toBe('still');
    for (const socket of kept) socket.destroy();
  });
});

describe('decoding that goes wrong', () => {
  it('does not break the call when the decoder throws', async () => {
    const port = await bench.listen(
      createHttpServer((incoming, answer) => answer.end(incoming.url)),
    );
    const relay = await bench.relay(port, {
      decoder: (context) => {
        const decoder = decoderFor(context);
        decoder.onServerBytes = () => {
          throw new Error('bug');
        };
        return decoder;
      },
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await get(relay.port, '/one', agent)).body).toBe('/one');
    expect((await get(relay.port, '/two', agent)).body).toBe('/two');
    agent.destroy();
    const calls = await bench.callsWhen(2);
    expect(relay.stats().decoderErrors).toBe(1);
    expect(calls.map((call) => `${call.operation} ${call.outcome} ${call.errorType}`)).toEqual([
      'GET /one unknown decoder_failed',
      'connect ok null',
    ]);
  });

  it('skips and counts bytes that cannot be decoded in time, and never calls them ok', async () => {
    const port = await bench.listen(
      createHttpServer((incoming, answer) => answer.end(incoming.url)),
    );
    const queue = new DecodeQueue({ bytesMax: 10, turnsMax: 1_000, sliceMs: 1 });
    const relay = await bench.relay(port, { queue });
    const agent = new Agent({ keepAlive: true });
    expect((await get(relay.port, '/unseen', agent)).body).toBe('/unseen');
    agent.destroy();
    await until(() => relay.stats().openConnections === 0);
    await bench.callsWhen(1);
    expect(relay.stats().droppedBytes).toBeGreaterThan(50);
    expect(bench.calls.filter((call) => call.protocol === 'http' && call.outcome === 'ok')).toEqual(
      [],
    );
    expect(bench.calls.every((call) => call.confidence === 'low')).toBe(true);
  });

  it('decodes after a lost body as if nothing had been lost', async () => {
    const port = await bench.listen(
      createHttpServer((incoming, answer) => {
        incoming.resume();
        incoming.on('end', () => answer.end('ok'));
      }),
    );
    const queue = new DecodeQueue({ bytesMax: 20_000, turnsMax: 1_000, sliceMs: 1 });
    const relay = await bench.relay(port, { queue });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const upload = request({
      host: '127.0.0.1',
      port: relay.port,
      path: '/up',
      method: 'POST',
      agent,
      headers: { 'content-length': 3_000_000 },
    });
    upload.flushHeaders();
    await pause(30);
    upload.end(Buffer.alloc(3_000_000));
    const [answer] = (await once(upload, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    await get(relay.port, '/next', agent);
    agent.destroy();
    const calls = await bench.callsWhen(2);
    expect(relay.stats().droppedBytes).toBeGreaterThan(1_000_000);
    expect(calls.map((call) => `${call.operation} ${call.outcome}`)).toEqual([
      'POST /up ok',
      'GET /next ok',
    ]);
  });
});

describe('closing a relay', () => {
  it('ends every connection, tells what was open and frees the port', async () => {
    const port = await bench.tcp((socket) => socket.pipe(socket));
    const relay = await bench.relay(port);
    const sockets = [dial(relay.port), dial(relay.port)];
    await until(() => relay.stats().openConnections === 2);
    for (const socket of sockets) socket.write('x');
    await Promise.all(sockets.map((socket) => once(socket, 'data')));
    const ended = Promise.all(sockets.map((socket) => received(socket)));
    await Promise.all([relay.close(), relay.close()]);
    await ended;
    expect(bench.calls.map((call) => call.errorType)).toEqual(['tcp.open', 'tcp.open']);
    const again = await bench.relay(port, { listenPort: relay.port });
    expect(again.port).toBe(relay.port);
  });

  it('says why it cannot listen', async () => {
    const port = await bench.tcp(() => undefined);
    await expect(bench.relay(port, { listenPort: port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});

async function freePort(): Promise<number> {
  const gone = new RelayBench();
  const port = await gone.tcp(() => undefined);
  await gone.close();
  return port;
}
