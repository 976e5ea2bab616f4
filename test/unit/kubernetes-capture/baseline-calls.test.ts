import { describe, expect, it } from 'vitest';
import { capturedCalls } from '../../../src/adapters/kubernetes/capture/captured-calls.ts';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import type { CallSource } from '../../../src/application/ports/call-store.ts';

/**
 * `web` of the environment at 10.1.0.1 calls its boundary `cart`: in the baseline the Service `basket` at
 * 10.96.0.2, whose pod at 10.2.0.2 calls `ledger` at 10.96.0.3, whose pod is at 10.2.0.3.
 */

const WINDOW = { fromUs: 10, toUs: 20 };

function call(id: string, client: string, server: string, side: 'client' | 'server'): object {
  const rest = { protocol: 'http', operation: 'GET /', startedAtUs: 12, reason: null };
  return { id, client: `${client}:4000`, server: `${server}:80`, side, ...rest };
}

const OWN = {
  calls: [call('own', '10.1.0.1', '10.96.0.2', 'client')],
  pods: [{ address: '10.1.0.1', component: 'web', fromUs: 0 }],
  asked: [],
  dropped: 1,
};

function placed(address: string, component: string, app: string): object {
  return { address, component, fromUs: 0, namespace: 'payments', labels: { app } };
}

const BEYOND = {
  calls: [
    call('arrival', '10.1.0.1', '10.2.0.2', 'server'),
    call('other', '192.0.2.1', '10.2.0.2', 'server'),
    call('onward', '10.2.0.2', '10.96.0.3', 'client'),
    call('onward-there', '10.2.0.2', '10.2.0.3', 'server'),
    call('worker', '10.2.0.4', '203.0.113.5', 'client'),
  ],
  pods: [
    placed('10.2.0.2', 'basket-app', 'basket'),
    placed('10.2.0.3', 'ledger-app', 'ledger'),
    placed('10.2.0.4', 'clerk', 'clerk'),
  ],
  asked: [],
  dropped: 4,
};

function service(namespace: string, name: string, spec: object): KubeObject {
  const labels = namespace === 'payments' ? {} : { 'offshoot.dev/component': name };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, labels }, spec };
}

const SERVICES: Readonly<Record<string, readonly KubeObject[]>> = {
  'shop-coupon': [
    service('shop-coupon', 'cart', { externalName: 'basket.payments.svc.cluster.local' }),
  ],
  payments: [
    service('payments', 'everything', { selector: {} }),
    service('payments', 'basket', { clusterIP: '10.96.0.2', selector: { app: 'basket' } }),
    service('payments', 'ledger', { clusterIP: '10.96.0.3', selector: { app: 'ledger' } }),
  ],
};

interface Script {
  /** What the baseline's analyser answers; null: it is not there. */
  readonly beyond?: object | null;
  /** By the project. */
  readonly isWanted?: boolean;
  readonly baselineNamespaces?: readonly string[];
}

function source({
  beyond = BEYOND,
  isWanted = true,
  baselineNamespaces = ['payments'],
}: Script = {}): CallSource {
  const api: Pick<KubeApi, 'request' | 'list'> = {
    request({ path }) {
      const body = path.includes('/namespaces/control/') ? beyond : OWN;
      const status = body === null ? 503 : 200;
      return Promise.resolve({ status, headers: {}, body });
    },
    list: (_, { namespace = '' } = {}) =>
      Promise.resolve({ items: SERVICES[namespace] ?? [], resourceVersion: '1' }),
  };
  return capturedCalls(api, {
    capture: { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' },
    ...(isWanted ? { capturesBaseline: true } : {}),
    prefix: 'shop',
    clusterDomain: 'cluster.local',
    controlNamespace: 'control',
    baselineNamespaces,
  });
}

async function told(calls: ReturnType<CallSource['calls']>): Promise<readonly string[]> {
  return (await calls).map(({ id, client, server }) => `${id}: ${client} → ${server}`);
}

describe('where the baseline is captured too', () => {
  it('both ends of a call into it are told alike, and nothing else with the environment', async () => {
    expect(await told(source().calls('coupon', WINDOW))).toEqual([
      'own: web → baseline/cart',
      'arrival: web → baseline/cart',
    ]);
  });

  it('the rest is told by plain names, of the boundary as the environment calls it', async () => {
    expect(await told(source().calls('baseline', { ...WINDOW, apartFrom: 'coupon' }))).toEqual([
      'other: outside → cart',
      'onward: cart → ledger',
      'onward-there: cart → ledger',
      'worker: clerk → 203.0.113.5:80',
    ]);
  });

  it('what was lost there counts as well', async () => {
    expect(await source().droppedCalls('coupon')).toBe(5);
    expect(await source().droppedCalls('baseline')).toBe(0);
  });

  it('an analyser that is not there is a loss, and the calls of the environment are told', async () => {
    const without = source({ beyond: null });
    expect(await told(without.calls('coupon', WINDOW))).toEqual(['own: web → baseline/cart']);
    const apart = { ...WINDOW, apartFrom: 'coupon' };
    expect(await without.calls('baseline', apart)).toEqual([]);
    expect(await without.droppedCalls('coupon')).toBe(4);
  });
});

describe('where it is not', () => {
  it('nobody is asked for it, though the baseline is elsewhere', async () => {
    const calls = source({ beyond: null, isWanted: false });
    expect(await calls.calls('coupon', WINDOW)).toHaveLength(1);
    expect(await calls.droppedCalls('coupon')).toBe(1);
  });

  it('nor where Offshoot runs the baseline itself', async () => {
    const calls = source({ beyond: null, baselineNamespaces: [] });
    expect(await calls.calls('coupon', WINDOW)).toHaveLength(1);
    expect(await calls.droppedCalls('coupon')).toBe(1);
  });
});
