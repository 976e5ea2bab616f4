import { describe, expect, it } from 'vitest';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import { KubeUnreachableError } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { capturedCalls } from '../../../src/adapters/kubernetes/capture/captured-calls.ts';
import type { CaptureChoice } from '../../../src/application/project.ts';

const TAP: CaptureChoice = { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' };
const WINDOW = { fromUs: 10, toUs: 20, limit: 5 };

const SIGHTING = {
  calls: [
    {
      id: '1',
      client: '10.1.0.1:4000',
      server: '10.96.0.1:80',
      protocol: 'http',
      operation: 'GET /',
      startedAtUs: 12,
      reason: null,
    },
  ],
  pods: [{ address: '10.1.0.1', component: 'gateway', fromUs: 0 }],
  asked: [],
  dropped: 0,
};

const PODS: readonly KubeObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'worker-1', labels: { 'offshoot.dev/component': 'worker' } },
    status: { startTime: '1970-01-01T00:00:00Z', podIPs: [{ ip: '10.1.0.7' }] },
  },
];

interface Script {
  readonly answer?: (path: string) => unknown;
  readonly capture?: CaptureChoice;
  readonly baselineNamespaces?: readonly string[];
}

function source(script: Script): {
  readonly calls: ReturnType<typeof capturedCalls>;
  readonly paths: readonly string[];
} {
  const paths: string[] = [];
  const api: Pick<KubeApi, 'request' | 'list'> = {
    request({ path }) {
      paths.push(path);
      if (script.answer === undefined) return Promise.reject(new KubeUnreachableError('no route'));
      return Promise.resolve({ status: 200, headers: {}, body: script.answer(path) });
    },
    list: ({ kind }, query) => {
      if (kind === 'Pod') return Promise.resolve({ items: PODS, resourceVersion: '1' });
      const metadata = {
        name: 'cart',
        namespace: query?.namespace ?? '',
        labels: { 'offshoot.dev/component': 'cart' },
      };
      const clusterIP = query?.namespace === 'shop-coupon' ? '10.96.0.1' : '10.96.9.9';
      const object = { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP } };
      return Promise.resolve({ items: [object], resourceVersion: '1' });
    },
  };
  const { capture = TAP, baselineNamespaces = [] } = script;
  const settings = {
    capture,
    prefix: 'shop',
    clusterDomain: 'cluster.local',
    controlNamespace: 'offshoot-system',
    baselineNamespaces,
  };
  return { calls: capturedCalls(api, settings), paths };
}

describe('captured calls', () => {
  it('come from the analyser of the environment, with names', async () => {
    const { calls, paths } = source({ answer: () => SIGHTING });
    expect(await calls.calls('coupon', WINDOW)).toMatchObject([
      { client: 'gateway', server: 'cart' },
    ]);
    expect(paths).toEqual([
      '/api/v1/namespaces/shop-coupon/services/offshoot--analyser:7481/proxy/calls?fromUs=10&toUs=20&limit=5',
    ]);
  });

  it.each([
    ['test', 'worker', 'test → worker'],
    ['10.1.0.7', 'cart:80', 'worker → cart'],
    ['stranger', 'cart:80', 'outside → cart'],
  ])('of spans alone have names by the pods that are there: %s', async (client, server, ends) => {
    const capture: CaptureChoice = { mode: 'otlp', image: 'offshoot:1' };
    const told = { ...SIGHTING.calls[0], client, server, source: 'spans', confidence: 'high' };
    const { calls } = source({ capture, answer: () => ({ ...SIGHTING, pods: [], calls: [told] }) });
    const [call] = await calls.calls('coupon', WINDOW);
    expect(`${call?.client} → ${call?.server}`).toBe(ends);
    expect(call?.confidence).toBe('low');
  });

  it('are none when the analyser does not answer, and that counts as a loss', async () => {
    const { calls } = source({});
    expect(await calls.calls('coupon', WINDOW)).toEqual([]);
    expect(await calls.droppedCalls('coupon')).toBe(2);
  });

  it('are none when somebody else answers by its name, and that counts too', async () => {
    const { calls } = source({ answer: () => '<html>' });
    expect(await calls.calls('coupon', WINDOW)).toEqual([]);
    expect(await calls.droppedCalls('coupon')).toBe(1);
  });

  it('are counted when they were lost', async () => {
    const { calls } = source({ answer: () => ({ taps: 3, dropped: 7 }) });
    expect(await calls.droppedCalls('coupon')).toBe(7);
  });

  it('are asked of nobody when nothing is captured', async () => {
    const { calls, paths } = source({ capture: { mode: 'off' } });
    expect(await calls.calls('coupon', WINDOW)).toEqual([]);
    expect(await calls.droppedCalls('coupon')).toBe(0);
    expect(paths).toEqual([]);
  });

  it('are not there for a baseline that runs elsewhere', async () => {
    const { calls, paths } = source({ baselineNamespaces: ['payments'] });
    expect(await calls.calls('baseline', WINDOW)).toEqual([]);
    expect(await calls.droppedCalls('baseline')).toBe(0);
    expect(paths).toEqual([]);
  });
});
