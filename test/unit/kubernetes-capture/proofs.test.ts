import { createConnection, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  startAnalyser,
  type Analyser,
} from '../../../src/adapters/kubernetes/capture/analyser/analyser.ts';
import { targetIn } from '../../../src/adapters/kubernetes/capture/wiring/proof-target.ts';
import { Proofs } from '../../../src/adapters/kubernetes/capture/wiring/proofs.ts';
import {
  serveCalls,
  type CallsServer,
} from '../../../src/adapters/kubernetes/capture/analyser/serve-calls.ts';
import { TapProofs } from '../../../src/adapters/kubernetes/capture/wiring/tap-proofs.ts';
import { proveHandshake } from '../../../src/adapters/tls/prove-handshake.ts';
import { captureOf, CLIENT, SERVER, START_US, Wire } from '../../support/tcp-wire.ts';
import { openDecoding, streamOf } from './taps.ts';

/** Taps that answer as a test has written; the clock stands still. */

let analyser: Analyser;
let server: CallsServer;
const sockets: Socket[] = [];
beforeEach(async () => {
  analyser = await startAnalyser({ openDecoding, proveHandshake, nowUs: () => START_US, port: 0 });
  server = await serveCalls(analyser, { port: 0, nowMs: () => START_US / 1_000 });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
  await analyser.close();
});

/** Nobody leads a connection anywhere. */
function nobody(): never {
  throw new Error('nobody speaks TLS here');
}

/** Each of these lines comes by a connection of its own. */
function say(line: string): void {
  const socket = createConnection(analyser.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.end(`${line}\n`);
}

type Answering = (target: string, id: string, wish: string | undefined) => string | null;

/** @param answer - The word for `host:port`; null says nothing. */
async function tap(component: string, answer: Answering): Promise<void> {
  const before = analyser.tapCount;
  const socket = createConnection(analyser.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('data', (bytes: Buffer) => {
    for (const line of bytes.toString().split('\n')) {
      const [verb, id = '', host, port, wish] = line.split(' ');
      const word = verb === 'prove' ? answer(`${host}:${port}`, id, wish) : null;
      if (word !== null) say(`OFFSHOOT-PROOF/1 ${id} ${word}`);
    }
  });
  socket.write(streamOf({ component, address: CLIENT.ip }));
  await expect.poll(() => analyser.tapCount).toBe(before + 1);
}

async function ask(query: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`http://127.0.0.1:${server.port}/wiring?${query}`);
  return { status: response.status, body: await response.json() };
}

describe('what can be reached from a component', () => {
  it('is asked of its tap, and of nobody else', async () => {
    const asked: string[] = [];
    await tap('gateway', (target) => (target === 'cart:80' ? 'ok' : 'refused'));
    await tap('cart', (target) => {
      asked.push(target);
      return 'ok';
    });
    const { status, body } = await ask('from=gateway&to=cart:80&to=prices:8080');
    expect({ status, body }).toEqual({ status: 200, body: { words: ['ok', 'refused'] } });
    expect(asked).toEqual([]);
  });

  it('is what the worst of its pods says', async () => {
    await tap('gateway', () => 'ok');
    await tap('gateway', (target) => (target === 'cart:80' ? 'timeout' : 'unknown'));
    const { body } = await ask('from=gateway&to=cart:80&to=prices:80');
    expect(body).toEqual({ words: ['timeout', 'ok'] });
  });

  it('is not known of a component without a tap', async () => {
    expect((await ask('from=gateway&to=cart:80')).body).toEqual({ words: [null] });
    expect((await ask('from=gateway')).body).toEqual({ words: [] });
  });

  it('is believed of an answer to a question only', async () => {
    await tap('gateway', (_, id) => {
      say('OFFSHOOT-PROOF/1 0000000000000000 refused');
      say(`OFFSHOOT-PROOF/1 ${id} all-is-well`);
      say(`OFFSHOOT-PROOF/1 ${id}`);
      setTimeout(() => say(`OFFSHOOT-PROOF/1 ${id} ok`), 50);
      return null;
    });
    expect((await ask('from=gateway&to=cart:80')).body).toEqual({ words: ['ok'] });
  });

  it.each([
    'to=cart',
    'to=cart:0',
    'to=cart:65536',
    'to=cart:80/often',
    'to=cart:80/spoken/twice',
    'to=-h:80',
    'to=cart;reboot:80',
    `to=${encodeURIComponent('cart\nprove 1 cart 80')}:80`,
    `to=${encodeURIComponent('cart 81')}:80`,
    `to=${'a'.repeat(300)}:80`,
    Array.from({ length: 33 }, () => 'to=cart:80').join('&'),
  ])('is not asked by what is no question: %s', async (query) => {
    expect((await ask(`from=gateway&${query}`)).status).toBe(400);
  });

  it('may be an address', () => {
    for (const host of ['10.0.0.5', 'fd00::5', '::1', 'a', 'products.shop.svc.cluster.local']) {
      expect(targetIn(`${host}:80`)).toEqual({ host, port: 80, tls: 'none' });
    }
  });

  it('may have to speak TLS', async () => {
    const asked: string[] = [];
    await tap('gateway', (target, _, wish) => {
      asked.push(`${target} ${wish}`);
      return 'refused';
    });
    const { body } = await ask('from=gateway&to=cart:80/spoken&to=cart:81/by-name&to=cart:82');
    expect(body).toEqual({ words: ['refused', 'refused', 'refused'] });
    expect(asked).toEqual(['cart:80 tls', 'cart:81 tls', 'cart:82 undefined']);
  });
});

describe('the questions to one tap', () => {
  /** Time goes by as a test says. */
  let nowUs = 0;
  const taps = (): TapProofs => new TapProofs(new Proofs(proveHandshake), () => nowUs);
  const idOf = (line: string): string => line.split(' ')[1] ?? '';

  it('are put one after another', async () => {
    const proofs = new Proofs(proveHandshake);
    const lines: string[] = [];
    let underWay = 0;
    const write = (line: string): void => {
      lines.push(line);
      underWay += 1;
      expect(underWay).toBe(1);
      setTimeout(() => {
        underWay -= 1;
        proofs.hear(`OFFSHOOT-PROOF/1 ${idOf(line)} ok`, nobody);
      }, 5);
    };
    const tapProofs = new TapProofs(proofs, () => nowUs);
    const [one, two] = [
      { host: 'cart', port: 80, tls: 'none' } as const,
      { host: 'prices', port: 81, tls: 'none' } as const,
    ];
    const words = await Promise.all([
      tapProofs.prove([one, two], write),
      tapProofs.prove([two], write),
    ]);
    expect(words).toEqual([['ok', 'ok'], ['ok']]);
    expect(lines.map((line) => line.replace(/^prove [\da-f]{16} /u, ''))).toEqual(
      expect.arrayContaining(['cart 80\n', 'prices 81\n', 'prices 81\n']),
    );
  });

  it('lead nowhere that was not asked for', async () => {
    const proofs = new Proofs(proveHandshake);
    const target = { host: 'cart', port: 80, tls: 'none' } as const;
    const lines: string[] = [];
    const word = proofs.ask(target, (line) => lines.push(line), 30_000);
    const id = idOf(lines[0] ?? '');
    expect(proofs.hear(`OFFSHOOT-PROOF/1 ${id} tls`, nobody)).toBe(false);
    expect(proofs.hear(`OFFSHOOT-PROOF/1 ${id} ok`, nobody)).toBe(false);
    expect(await word).toBe('ok');
  });

  it('are not begun when there is no time left for an answer', async () => {
    const lines: string[] = [];
    const proofs = new Proofs(proveHandshake);
    const words = await new TapProofs(proofs, () => nowUs).prove(
      [
        { host: 'cart', port: 80, tls: 'none' } as const,
        { host: 'prices', port: 80, tls: 'none' } as const,
      ],
      (line) => {
        lines.push(line);
        nowUs += 6_000_000;
        setTimeout(() => proofs.hear(`OFFSHOOT-PROOF/1 ${idOf(line)} timeout`, nobody), 5);
      },
    );
    expect(words).toEqual(['timeout', null]);
    expect(lines).toHaveLength(1);
  });

  it('are not put again to a tap that knows no questions', { timeout: 30_000 }, async () => {
    const lines: string[] = [];
    const old = taps();
    const target = { host: 'cart', port: 80, tls: 'none' } as const;
    expect(await old.prove([target, target], (line) => lines.push(line))).toEqual([null, null]);
    expect(await old.prove([target], (line) => lines.push(line))).toEqual([null]);
    expect(lines).toHaveLength(1);
  });
});

describe('the connections of a proof', () => {
  const attempt = (port: number, startMs: number): Wire =>
    new Wire({ server: { ip: SERVER.ip, port }, startMs }).send('client', 'S').send('server', 'RA');

  it('are nobody’s calls, while those of the pod are', async () => {
    const seen = (): readonly string[] =>
      analyser.seen({ fromUs: 0, toUs: START_US * 2 }, 10).calls.map(({ server: to }) => to);
    await tap('gateway', () => 'refused');
    const [socket] = sockets;
    await ask('from=gateway&to=cart:8080');
    const packets = [attempt(8080, 0), attempt(9090, 10), attempt(8080, 20)].flatMap(
      (wire) => wire.packets,
    );
    socket?.write(captureOf(packets).subarray(captureOf([]).length));
    await expect.poll(seen).toEqual([`${SERVER.ip}:9090`]);
  });
});
