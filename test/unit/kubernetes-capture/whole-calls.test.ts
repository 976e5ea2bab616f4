import { describe, expect, it } from 'vitest';
import { ServiceBook } from '../../../src/adapters/kubernetes/capture/handing-on/service-book.ts';
import { WholeCalls } from '../../../src/adapters/kubernetes/capture/handing-on/whole-calls.ts';
import type { Call } from '../../../src/domain/calls/call.ts';

/** Calls from `gateway` at 10.1.0.1, where `cart` is at 10.1.0.2 and behind a Service at 10.96.0.1. */

const PODS = [
  { address: '10.1.0.1', component: 'gateway', fromUs: 0 },
  { address: '10.1.0.2', component: 'cart', fromUs: 0 },
];

const CLIENTS: Call = {
  id: 'gateway-1-1',
  client: '10.1.0.1:40000',
  server: '10.96.0.1:80',
  protocol: 'http',
  operation: 'GET /carts',
  startedAtUs: 10_000,
  firstByteAtUs: 12_000,
  endedAtUs: 13_000,
  outcome: 'server_error',
  errorType: '503',
  reason: '503 from 10.96.0.1:80 GET /carts',
  side: 'client',
  status: 503,
  correlation: {},
  confidence: 'high',
  connectionId: 'gateway-1-1',
};
const SERVERS: Call = {
  ...CLIENTS,
  id: 'cart-2-1',
  server: '10.1.0.2:8080',
  startedAtUs: 10_300,
  endedAtUs: 12_700,
  side: 'server',
  connectionId: 'cart-2-1',
};

function book(): ServiceBook {
  const service = { isInside: true, ports: [80] };
  const file = {
    environment: 'coupon',
    namespace: 'shop-coupon',
    prefix: 'shop-',
    clusterDomain: 'cluster.local',
    baselineNamespaces: ['payments'],
    services: [
      { ...service, name: 'cart', component: 'cart' },
      { ...service, name: 'billing', component: 'billing', isInside: false, ports: [] },
    ],
  };
  return new ServiceBook(file, { read: () => Promise.resolve(file), nowMs: () => 0 });
}

interface Stage {
  readonly whole: WholeCalls;
  readonly told: Call[];
  /** Tells after so much more time. */
  readonly after: (ms: number) => readonly string[];
}

function stage({
  isBaseline = false,
  asked = [],
}: {
  readonly isBaseline?: boolean;
  readonly asked?: readonly (readonly [string, string])[];
} = {}): Stage {
  let nowMs = 0;
  const told: Call[] = [];
  const whole = new WholeCalls({
    knownPeers: () => ({ pods: PODS, asked, dropped: 0 }),
    services: book(),
    nowMs: () => nowMs,
    isBaseline,
    onCall: (call) => void told.push(call),
  });
  return {
    whole,
    told,
    after: (ms) => {
      nowMs += ms;
      whole.tell();
      return told.map(({ client, server, side }) => `${client} → ${server} ${side}`);
    },
  };
}

describe('a whole call', () => {
  it.each([
    ['its client first', [CLIENTS, SERVERS]],
    ['its server first', [SERVERS, CLIENTS]],
  ])('is told once where both ends tell it, %s', (_, records) => {
    const { whole, after, told } = stage();
    for (const record of records) whole.add(record);
    expect(after(1_000)).toEqual([]);
    expect(after(1_000)).toEqual(['gateway → cart both']);
    expect(after(60_000)).toHaveLength(1);
    expect(told[0]).toMatchObject({ id: CLIENTS.id, startedAtUs: 10_000, endedAtUs: 13_000 });
  });

  it('waits for its other end, however busy the machine', () => {
    const { whole, after } = stage();
    whole.add(CLIENTS);
    expect(after(8_000)).toEqual([]);
    whole.add(SERVERS);
    expect(after(1_000)).toEqual([]);
    expect(after(1_000)).toEqual(['gateway → cart both']);
  });

  it('needs no name of the Service where its server tells it, nor in its reason', () => {
    const { whole, after, told } = stage();
    whole.add(CLIENTS);
    whole.add(SERVERS);
    after(2_000);
    expect(told[0]).toMatchObject({ client: 'gateway', server: 'cart', status: 503 });
  });

  it('is one of several at once that are alike but for the port of the client', () => {
    const { whole, after } = stage();
    for (const port of [1, 2, 3]) {
      const own = { client: `10.1.0.1:4000${port}`, startedAtUs: CLIENTS.startedAtUs + port };
      whole.add({ ...CLIENTS, ...own, id: `c${port}` });
      whole.add({ ...SERVERS, ...own, id: `s${port}` });
    }
    expect(after(2_000)).toHaveLength(3);
    expect(after(60_000)).toHaveLength(3);
  });

  it('to somebody without a tap is told alone, when nobody else came', () => {
    const { whole, after } = stage({
      asked: [['10.96.0.1', 'billing.shop-coupon.svc.cluster.local']],
    });
    whole.add(CLIENTS);
    expect(after(9_000)).toEqual([]);
    expect(after(1_000)).toEqual(['gateway → billing client']);
  });

  it("to the baseline's copy of what is not inside is one to it, of what is inside a breach", () => {
    const asked = [
      ['10.96.0.1', 'billing.payments.svc.cluster.local'],
      ['10.96.0.2', 'cart.payments.svc.cluster.local'],
    ] as const;
    const { whole, after } = stage({ asked });
    whole.add(CLIENTS);
    whole.add({ ...CLIENTS, id: 'x', server: '10.96.0.2:80', startedAtUs: 20_000 });
    expect(after(10_000)).toEqual(['gateway → billing client', 'gateway → baseline/cart client']);
  });

  it('from outside is told by its server', () => {
    const { whole, after } = stage();
    whole.add({ ...SERVERS, client: '10.9.9.9:4000' });
    expect(after(10_000)).toEqual(['outside → cart server']);
  });

  it('from an environment into the baseline is told by the environment', () => {
    const { whole, after } = stage({ isBaseline: true });
    whole.add({ ...SERVERS, client: '10.9.9.9:4000' });
    whole.add(SERVERS);
    expect(after(10_000)).toEqual(['gateway → cart server']);
  });

  it.each([
    ['a connection', { protocol: 'tcp', operation: 'connect', firstByteAtUs: null }],
    ['a handshake', { protocol: 'tls', operation: 'handshake' }],
    ['a handshake with who does not speak TLS', { errorType: 'tls.plain_mismatch' }],
  ] as const)('is not %s that a tap tried', (_, tried) => {
    const { whole, after } = stage();
    whole.add({ ...SERVERS, ...tried });
    expect(after(10_000)).toEqual([]);
    whole.add({ ...SERVERS, ...tried, client: '10.9.9.9:4000' });
    expect(after(10_000)).toEqual(['outside → cart server']);
  });

  it('is not what was not over when its packets ended', () => {
    const { whole, after } = stage();
    whole.add({ ...CLIENTS, endedAtUs: null });
    expect(after(60_000)).toEqual([]);
  });

  it('is told at the end, however short it waited', () => {
    const { whole, told } = stage();
    whole.add(CLIENTS);
    whole.tell(true);
    expect(told).toHaveLength(1);
  });

  it('is counted when too many wait', () => {
    const { whole, after } = stage();
    for (let index = 0; index < 50_001; index += 1) whole.add({ ...CLIENTS, id: `c${index}` });
    expect(whole.dropped).toBe(1);
    expect(after(0)).toEqual([]);
  });
});
