import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RelayTarget } from '../../../src/adapters/embedded/relay/connect-failure.ts';
import { RelaySet, type RelayWish } from '../../../src/adapters/embedded/relay/relay-set.ts';
import { received, RelayBench, until } from '../../support/relays.ts';

let bench: RelayBench;
let relays: RelaySet;

beforeEach(() => {
  bench = new RelayBench();
  let ids = 0;
  relays = new RelaySet({
    sink: { record: (call) => bench.calls.push(call) },
    ids: {
      next: () => {
        ids += 1;
        return `c${ids}`;
      },
    },
  });
});

afterEach(async () => {
  await relays.closeAll();
  await bench.close();
});

async function freePorts(count: number): Promise<readonly number[]> {
  const gone = new RelayBench();
  const ports: number[] = [];
  for (let made = 0; made < count; made += 1) ports.push(await gone.tcp(() => undefined));
  await gone.close();
  return ports;
}

function wish(key: string, port: number | undefined, target: RelayTarget | null): RelayWish {
  return { key, port: port ?? 0, client: 'checkout', server: key, resolveTarget: () => target };
}

async function answerAt(port: number | undefined): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: port ?? 0 });
  socket.on('error', () => undefined);
  const { bytes, code } = await received(socket);
  return code ?? bytes.toString();
}

async function saying(text: string): Promise<RelayTarget> {
  return { host: '127.0.0.1', port: await bench.tcp((socket) => socket.end(text)) };
}

describe('the relays of an environment', () => {
  it('are opened when missing and closed when gone', async () => {
    const [first, second] = await freePorts(2);
    const cart = await saying('cart');
    const stock = await saying('stock');
    expect(await relays.apply([wish('cart', first, cart)])).toEqual([]);
    expect(await answerAt(first)).toBe('cart');
    await relays.apply([wish('stock', second, stock)]);
    expect(await answerAt(first)).toBe('ECONNREFUSED');
    expect(await answerAt(second)).toBe('stock');
    expect([...relays.stats().keys()]).toEqual(['stock']);
    await relays.closeAll();
    expect(await answerAt(second)).toBe('ECONNREFUSED');
  });

  it('leave connections alone when nothing changes, and follow a new target', async () => {
    const [port] = await freePorts(1);
    const echo = { host: '127.0.0.1', port: await bench.tcp((socket) => socket.pipe(socket)) };
    await relays.apply([wish('cart', port, echo)]);
    const socket = connect({ host: '127.0.0.1', port: port ?? 0 });
    socket.write('one');
    await once(socket, 'data');
    await relays.apply([wish('cart', port, await saying('moved'))]);
    socket.write('two');
    expect(String((await once(socket, 'data'))[0])).toBe('two');
    expect(await answerAt(port)).toBe('moved');
    socket.destroy();
  });

  it('move when their port or an end of theirs changes', async () => {
    const [first, second] = await freePorts(2);
    const cart = await saying('cart');
    await relays.apply([wish('cart', first, cart)]);
    await relays.apply([wish('cart', second, cart)]);
    expect(await answerAt(first)).toBe('ECONNREFUSED');
    expect(await answerAt(second)).toBe('cart');
    await relays.apply([{ ...wish('cart', second, null), client: 'gateway' }]);
    expect(await answerAt(second)).toBe('ECONNRESET');
    expect(bench.calls.at(-1)).toMatchObject({ client: 'gateway', errorType: 'tcp.no_endpoints' });
  });

  it('take turns when asked at the same time: the last wish wins', async () => {
    const [first, second] = await freePorts(2);
    const cart = await saying('cart');
    await Promise.all([
      relays.apply([wish('a', first, cart)]),
      relays.apply([]),
      relays.apply([wish('a', first, cart), wish('b', second, cart)]),
      relays.apply([wish('b', second, cart)]),
    ]);
    expect([...relays.stats().keys()]).toEqual(['b']);
    expect(await answerAt(second)).toBe('cart');
  });

  it('say which could not be opened, open the others, and try again', async () => {
    const [free] = await freePorts(1);
    const blocker = new RelayBench();
    const taken = await blocker.tcp(() => undefined);
    const cart = await saying('cart');
    const wishes = [wish('bad', taken, cart), wish('good', free, cart)];
    const failures = await relays.apply(wishes);
    expect(failures).toMatchObject([{ key: 'bad', port: taken, cause: { code: 'EADDRINUSE' } }]);
    expect(await answerAt(free)).toBe('cart');
    await blocker.close();
    expect(await relays.apply(wishes)).toEqual([]);
    expect(await answerAt(taken)).toBe('cart');
  });

  it('show all calls in flight together', async () => {
    const [first, second] = await freePorts(2);
    const silent = { host: '127.0.0.1', port: await bench.tcp((socket) => socket.resume()) };
    await relays.apply([wish('cart', first, silent), wish('stock', second, silent)]);
    const sockets = [first, second].map((port): Socket => {
      const socket = connect({ host: '127.0.0.1', port: port ?? 0 });
      socket.on('error', () => undefined);
      socket.write('GET /x HTTP/1.1\r\n\r\n');
      return socket;
    });
    await until(() => relays.openCalls().length === 2);
    expect(relays.openCalls().map((call) => `${call.client} → ${call.server}`)).toEqual([
      'checkout → cart',
      'checkout → stock',
    ]);
    for (const socket of sockets) socket.destroy();
  });
});
