import { describe, expect, it } from 'vitest';
import { capturedCalls } from '../../../src/adapters/kubernetes/capture/captured-calls.ts';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type { CallSource } from '../../../src/application/ports/call-store.ts';

/**
 * `web` of the environment at 10.1.0.1 calls `cart` there: a Service at 10.96.0.1, whose pod is at 10.1.0.2; and that
 * its boundary `ledger`: in the baseline a Service at 10.96.9.9, whose pod is at 10.2.0.3.
 */

const WINDOW = { fromUs: 10, toUs: 20, limit: 5 };
const NODES = '/api/v1/namespaces/control/services/offshoot--analyser:7481/proxy';

function call(id: string, client: string, server: string, side: 'client' | 'server'): object {
  const rest = { protocol: 'http', operation: 'GET /', startedAtUs: 12, reason: null };
  return {
    id,
    client: `${client}:4000`,
    server: `${server}:80`,
    side,
    ...rest,
    confidence: 'high',
  };
}

function placed(address: string, namespace: string, labels: object): object {
  return { address, component: 'what-made-it', fromUs: 0, namespace, labels };
}

const OWN = {
  calls: [
    call('asked', '10.1.0.1', '10.96.0.1', 'client'),
    call('answered', '10.1.0.1', '10.1.0.2', 'server'),
    call('onward', '10.1.0.2', '10.96.9.9', 'client'),
  ],
  pods: [
    placed('10.1.0.1', 'shop-coupon', { 'offshoot.dev/component': 'web' }),
    placed('10.1.0.2', 'shop-coupon', { 'offshoot.dev/component': 'cart' }),
  ],
  asked: [],
  dropped: 0,
};

const BEYOND = {
  calls: [call('arrival', '10.1.0.2', '10.2.0.3', 'server')],
  pods: [placed('10.2.0.3', 'payments', { app: 'ledger' })],
  asked: [],
  dropped: 0,
};

function source(
  answer: (question: string) => unknown,
  more: { readonly capturesBaseline?: true } = {},
): { readonly calls: CallSource; readonly questions: readonly string[] } {
  const questions: string[] = [];
  const api: Pick<KubeApi, 'request' | 'list'> = {
    request({ path }) {
      expect(path.startsWith(NODES)).toBe(true);
      const question = path.slice(NODES.length);
      questions.push(question);
      const body = answer(question);
      return Promise.resolve({ status: body === null ? 503 : 200, headers: {}, body });
    },
    list: (_, { namespace = '' } = {}) => {
      const isOwn = namespace === 'shop-coupon';
      const name = isOwn ? 'cart' : 'ledger';
      const labels = isOwn ? { 'offshoot.dev/component': name } : {};
      const spec = { clusterIP: isOwn ? '10.96.0.1' : '10.96.9.9', selector: { app: name } };
      const metadata = { name, namespace, labels };
      const service = { apiVersion: 'v1', kind: 'Service', metadata, spec };
      return Promise.resolve({ items: [service], resourceVersion: '1' });
    },
  };
  const calls = capturedCalls(api, {
    capture: { mode: 'nodes', tapImage: 'tap:1' },
    ...more,
    prefix: 'shop',
    clusterDomain: 'cluster.local',
    controlNamespace: 'control',
    baselineNamespaces: ['payments'],
  });
  return { calls, questions };
}

/** Each namespace has what its own pods saw. */
const answering = (question: string): unknown => {
  if (question === '/status') return { taps: 2, dropped: 3 };
  return question.endsWith('&namespace=payments') ? BEYOND : OWN;
};

describe('calls of an environment that nodes capture', () => {
  it('are asked of the analyser beside the controllers, and named by labels of pods', async () => {
    const { calls, questions } = source(answering);
    const found = await calls.calls('coupon', WINDOW);
    expect(found.map(({ id, client, server }) => `${id}: ${client} → ${server}`)).toEqual([
      'asked: web → cart',
      'answered: web → cart',
      'onward: cart → baseline/ledger',
    ]);
    expect(found.map(({ confidence }) => confidence)).toEqual(['high', 'high', 'high']);
    expect(questions).toEqual(['/calls?fromUs=10&toUs=20&limit=5&namespace=shop-coupon']);
  });

  it('have their other ends in a baseline that is captured as well', async () => {
    const { calls, questions } = source(answering, { capturesBaseline: true });
    const found = await calls.calls('coupon', WINDOW);
    expect(found.map(({ id, client, server }) => `${id}: ${client} → ${server}`)).toEqual([
      'asked: web → cart',
      'answered: web → cart',
      'onward: cart → baseline/ledger',
      'arrival: cart → baseline/ledger',
    ]);
    expect(questions.at(-1)).toContain('&namespace=payments');
    expect(await calls.calls('baseline', { ...WINDOW, apartFrom: 'coupon' })).toEqual([]);
  });

  it('are counted once when they were lost', async () => {
    const { calls, questions } = source(answering, { capturesBaseline: true });
    expect(await calls.droppedCalls('coupon')).toBe(3);
    expect(questions).toEqual(['/status']);
  });

  it('are none when nobody answers, and that counts as a loss', async () => {
    const { calls } = source(() => null);
    expect(await calls.calls('coupon', WINDOW)).toEqual([]);
    expect(await calls.droppedCalls('coupon')).toBe(2);
  });
});
