import { createConnection, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveCalls } from '../../../src/adapters/kubernetes/capture/analyser/serve-calls.ts';
import { NodePods } from '../../../src/adapters/kubernetes/capture/nodes/node-pods.ts';
import {
  startNodeAnalyser,
  type NodeAnalyser,
} from '../../../src/adapters/kubernetes/capture/nodes/node-analyser.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { ANSWER, REQUEST, START_US, Wire } from '../../support/tcp-wire.ts';
import { nodeCapture, openNodeDecoding, shownAt } from './nodes.ts';

/** Pods `cart` and `ledger` of one node, at its interfaces 5 and 7; 3 is the bridge between them. */

const CART = { ip: '10.1.0.5', port: 40_000 };
const LEDGER = { ip: '10.1.0.7', port: 8080 };
const LEDGERS_SERVICE = { ip: '10.96.0.7', port: 80 };
const WINDOW = { fromUs: START_US, toUs: START_US + 1_000_000 };

let analyser: NodeAnalyser;
let pods: NodePods;
const sockets: Socket[] = [];

function pod(name: string, address: string, more: object = {}, namespace = 'payments'): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid: name, labels: { app: name } },
    spec: { nodeName: 'one', containers: [], ...more },
    status: { phase: 'Running', podIPs: [{ ip: address }] },
  };
}

beforeEach(async () => {
  const changes: string[] = [];
  pods = new NodePods(
    () => START_US,
    (node) => {
      changes.push(node);
      analyser?.podsChanged(node);
    },
  );
  const sink = pods.sinkOf('payments', () => undefined);
  sink.page([pod('cart', CART.ip), pod('ledger', LEDGER.ip)]);
  const nowUs = (): number => START_US + 1_000_000;
  analyser = await startNodeAnalyser(
    { openDecoding: openNodeDecoding, nowUs, port: 0, settleMs: 1 },
    pods,
  );
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await analyser.close();
});

interface Capturer {
  readonly socket: Socket;
  /** What it was told so far. */
  readonly heard: () => string;
  readonly isOver: Promise<unknown>;
}

function capturer(hello: string): Capturer {
  const socket = createConnection(analyser.port);
  sockets.push(socket);
  let heard = '';
  socket.setEncoding('utf8').on('data', (part: string) => (heard += part));
  socket.on('error', () => undefined);
  const isOver = new Promise((resolve) => socket.once('close', resolve));
  socket.write(`${hello}\n`);
  return { socket, heard: () => heard, isOver };
}

/** The same call, as the pod of its client and the pod of its server see it. */
const atCart = (): Wire =>
  new Wire({ client: CART, server: LEDGERS_SERVICE }).open().client(REQUEST).server(ANSWER).close();
const atLedger = (): Wire =>
  new Wire({ client: CART, server: LEDGER }).open().client(REQUEST).server(ANSWER).close();

async function ends(bytes: Uint8Array): Promise<readonly string[]> {
  const { socket, heard } = capturer('OFFSHOOT-NODE/1 one');
  await expect.poll(heard).toBe(`pods ${CART.ip} ${LEDGER.ip}\n`);
  socket.write('ends 5,7\n');
  socket.end(bytes);
  await expect.poll(() => analyser.tapCount).toBe(0);
  const { calls } = analyser.seen(WINDOW, 100);
  return calls.map(({ client, server, side }) => `${side} ${client} → ${server}`);
}

describe('the analyser of nodes', () => {
  it('takes a call once at each of its ends, wherever else its packets are shown', async () => {
    const translated = atLedger();
    const seen = await ends(
      nodeCapture([
        ...shownAt(5, CART.ip, atCart()),
        // On their way through the node, after their addresses were translated.
        ...shownAt(3, CART.ip, translated),
        ...shownAt(3, LEDGER.ip, translated),
        ...shownAt(7, LEDGER.ip, atLedger()),
      ]),
    );
    expect(seen).toEqual([
      `client ${CART.ip}:40000 → ${LEDGERS_SERVICE.ip}:80`,
      `server ${CART.ip}:40000 → ${LEDGER.ip}:8080`,
    ]);
  });

  it('takes nothing of pods that nobody asked for', async () => {
    const stranger = { ip: '10.1.0.9', port: 41_000 };
    const wire = new Wire({ client: stranger, server: LEDGER })
      .open()
      .client(REQUEST)
      .server(ANSWER);
    expect(await ends(nodeCapture(shownAt(5, stranger.ip, wire)))).toEqual([]);
  });

  it('says who has which address, and by what Services select them', () => {
    expect(analyser.seen(WINDOW, 1).pods).toMatchObject([
      { address: CART.ip, component: 'cart', namespace: 'payments', labels: { app: 'cart' } },
      { address: LEDGER.ip, component: 'ledger' },
    ]);
  });

  it('tells of some namespaces alone what was seen there, and at whose pods', async () => {
    const checkout = { ip: '10.1.0.6', port: 40_001 };
    const sink = pods.sinkOf('shop', () => undefined);
    sink.page([pod('checkout', checkout.ip, {}, 'shop')]);
    const wire = (server: typeof LEDGER): Wire =>
      new Wire({ client: checkout, server }).open().client(REQUEST).server(ANSWER).close();
    const { socket, heard } = capturer('OFFSHOOT-NODE/1 one');
    await expect.poll(heard).toBe(`pods ${CART.ip} ${checkout.ip} ${LEDGER.ip}\n`);
    expect(analyser.nodes).toEqual(['one']);
    socket.write('ends 6,7\n');
    socket.end(
      nodeCapture([
        ...shownAt(6, checkout.ip, wire(LEDGERS_SERVICE)),
        ...shownAt(7, LEDGER.ip, wire(LEDGER)),
      ]),
    );
    await expect.poll(() => analyser.tapCount).toBe(0);
    const seenIn = (...namespaces: readonly string[]): readonly string[] => {
      const { calls, pods: holders } = analyser.seen({ ...WINDOW, namespaces }, 100);
      return [
        ...calls.map(({ side, client, server }) => `${side} ${client} → ${server}`),
        ...holders.map(({ component }) => component),
      ];
    };
    const asked = `client ${checkout.ip}:40001 → ${LEDGERS_SERVICE.ip}:80`;
    const answered = `server ${checkout.ip}:40001 → ${LEDGER.ip}:8080`;
    expect(seenIn('shop')).toEqual([asked, 'checkout']);
    expect(seenIn('payments')).toEqual([answered, 'cart', 'ledger']);
    expect(seenIn()).toEqual([asked, answered, 'cart', 'ledger', 'checkout']);
    expect(seenIn('elsewhere')).toEqual([]);
    expect(analyser.nodes).toEqual([]);
  });

  it('answers over HTTP for the namespaces that are asked for, and says what it follows', async () => {
    const about = (): object => ({ environments: 'shop' });
    const server = await serveCalls(analyser, { port: 0, nowMs: () => 0, about });
    const ask = async (question: string): Promise<unknown> =>
      await (await fetch(`http://127.0.0.1:${server.port}${question}`)).json();
    expect(await ask('/status')).toEqual({ environments: 'shop', taps: 0, dropped: 0 });
    expect(await ask('/calls?toUs=1&namespace=shop&namespace=payments')).toMatchObject({
      pods: [{ component: 'cart' }, { component: 'ledger' }],
    });
    expect(await ask('/calls?toUs=1&namespace=shop')).toMatchObject({ pods: [] });
    await server.close();
  });

  it.each([
    ['another pod comes', (): KubeObject => pod('prices', '10.1.0.8')],
    ['a pod ends', (): KubeObject => ({ ...pod('cart', CART.ip), status: { phase: 'Failed' } })],
  ])('sends a capturer away when %s, to hear anew', async (_, news) => {
    const { heard, isOver } = capturer('OFFSHOOT-NODE/1 one');
    await expect.poll(heard).toContain('pods');
    pods.sinkOf('payments', () => undefined).change({ type: 'MODIFIED', object: news() });
    await isOver;
    const again = capturer('OFFSHOOT-NODE/1 one');
    await expect.poll(again.heard).toBe(`pods ${pods.onNode('one').join(' ')}\n`);
  });

  it('leaves those of other nodes alone', async () => {
    const { heard, socket } = capturer('OFFSHOOT-NODE/1 two');
    await expect.poll(heard).toBe('pods \n');
    const isGone = capturer('OFFSHOOT-NODE/1 one').isOver;
    await expect.poll(() => analyser.tapCount).toBe(2);
    const object = pod('cart', CART.ip);
    pods.sinkOf('payments', () => undefined).change({ type: 'DELETED', object });
    await isGone;
    await expect.poll(() => analyser.tapCount).toBe(1);
    expect(socket.readableEnded).toBe(false);
  });

  it.each(['OFFSHOOT-TAP/1 uid 10.1.0.5 {}', 'OFFSHOOT-NODE/1', 'OFFSHOOT-NODE/1 ../one', 'x y z'])(
    'has nothing to say to "%s"',
    async (hello) => {
      const { isOver, heard } = capturer(hello);
      await isOver;
      expect(heard()).toBe('');
    },
  );

  it('ends a stream that is none of packets', async () => {
    const { socket, isOver } = capturer('OFFSHOOT-NODE/1 one');
    socket.write('ends 5\nGET / HTTP/1.1\r\nhost: analyser\r\n\r\n');
    await isOver;
    expect(analyser.tapCount).toBe(0);
  });

  it('can reach nothing from pods', async () => {
    expect(await analyser.prove('cart', [{ host: 'ledger', port: 80, tls: 'none' }])).toEqual([
      null,
    ]);
  });
});
