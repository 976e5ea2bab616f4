import { describe, expect, it } from 'vitest';
import { nodePodOf, NodePods } from '../../../src/adapters/kubernetes/capture/nodes/node-pods.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';

interface Made {
  readonly metadata?: Partial<KubeObject['metadata']>;
  readonly spec?: object;
  readonly status?: object;
}

function pod({ metadata = {}, spec = {}, status = {} }: Made = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'cart-1', namespace: 'payments', uid: '1', ...metadata },
    spec: { nodeName: 'one', containers: [], ...spec },
    status: { phase: 'Running', podIPs: [{ ip: '10.1.0.5' }, { ip: 'fd00::5' }], ...status },
  };
}

const owner = { apiVersion: 'apps/v1', kind: 'x', uid: 'u' };

describe('a pod of the baseline', () => {
  it.each<[string, Partial<KubeObject['metadata']>, string]>([
    ['nobody', {}, 'cart-1'],
    ['a StatefulSet', { ownerReferences: [{ ...owner, name: 'warehouse' }] }, 'warehouse'],
    [
      'a Deployment',
      {
        labels: { 'pod-template-hash': '6d4f8' },
        ownerReferences: [{ ...owner, name: 'cart-app-6d4f8' }],
      },
      'cart-app',
    ],
  ])('that %s made is called so', (_, metadata, workload) => {
    expect(nodePodOf(pod({ metadata }))?.workload).toBe(workload);
  });

  it('has all its addresses, and the paths that the kubelet asks it for', () => {
    const containers = [{ livenessProbe: { httpGet: { path: '/healthz' } } }];
    expect(nodePodOf(pod({ spec: { containers } }))).toMatchObject({
      addresses: ['10.1.0.5', 'fd00::5'],
      probes: ['/healthz'],
    });
  });

  it.each<[string, Made]>([
    ['on the network of its node', { spec: { hostNetwork: true } }],
    ['that has no address yet', { status: { podIPs: [] } }],
    ['whose address is none', { status: { podIPs: [{ ip: '10.1.0.5 or true' }] } }],
    ['that is on no node yet', { spec: { nodeName: undefined } }],
    ['that has ended', { status: { phase: 'Succeeded' } }],
  ])('%s is nobody', (_, made) => {
    expect(nodePodOf(pod(made))).toBeNull();
  });
});

describe('the pods of a baseline', () => {
  function watched(): {
    pods: NodePods;
    changed: string[];
    sink: ReturnType<NodePods['sinkOf']>;
  } {
    const changed: string[] = [];
    const pods = new NodePods(
      () => 9_000_000,
      (node) => changed.push(node),
    );
    return { pods, changed, sink: pods.sinkOf('payments', () => undefined) };
  }

  it('are told as changed when addresses come and go, and not when they stay', () => {
    const { pods, changed, sink } = watched();
    sink.change({ type: 'ADDED', object: pod({ status: { podIPs: [] } }) });
    expect(changed).toEqual([]);
    sink.change({ type: 'MODIFIED', object: pod() });
    sink.change({ type: 'MODIFIED', object: pod({ metadata: { labels: { app: 'cart' } } }) });
    sink.change({ type: 'BOOKMARK', object: pod({ status: { podIPs: [{ ip: '10.1.0.6' }] } }) });
    expect(changed).toEqual(['one']);
    expect(pods.onNode('one')).toEqual(['10.1.0.5', 'fd00::5']);
    expect(pods.onNode('two')).toEqual([]);
    sink.change({ type: 'DELETED', object: pod() });
    expect(changed).toEqual(['one', 'one']);
    expect(pods.onNode('one')).toEqual([]);
  });

  it('are remembered by their addresses when they are gone', () => {
    const { pods, sink } = watched();
    sink.page([pod()]);
    sink.change({ type: 'DELETED', object: pod() });
    expect(pods.at('10.1.0.5')?.workload).toBe('cart-1');
    expect(pods.at('10.1.0.6')).toBeNull();
    expect(pods.holders.map(({ address, fromUs }) => [address, fromUs])).toEqual([
      ['10.1.0.5', 4_000_000],
      ['fd00::5', 4_000_000],
    ]);
  });

  it('that a new list does not show are gone, but not those of other namespaces', () => {
    const { pods, sink } = watched();
    const metadata = { namespace: 'shop', uid: '2' };
    const status = { podIPs: [{ ip: '10.1.0.9' }] };
    pods.sinkOf('shop', () => undefined).page([pod({ metadata, status })]);
    sink.beginList();
    sink.page([pod()]);
    sink.endList('7');
    expect(pods.onNode('one')).toHaveLength(3);
    sink.beginList();
    sink.endList('8');
    expect(pods.onNode('one')).toEqual(['10.1.0.9']);
  });

  it('of environments are those of one installation that run a component or a suite', () => {
    const { pods, changed } = watched();
    const sink = pods.sinkOfEnvironments('shop', () => undefined);
    const placed = (uid: string, namespace: string, role: string): KubeObject =>
      pod({
        metadata: {
          uid,
          namespace,
          labels: { 'offshoot.dev/environment': 'coupon', 'offshoot.dev/role': role },
        },
        status: { podIPs: [{ ip: `10.1.0.${uid}` }] },
      });
    const all = [
      placed('1', 'shop-coupon', 'inside'),
      placed('2', 'shop-coupon', 'suite'),
      placed('3', 'shop-coupon', 'step'),
      placed('4', 'other-coupon', 'inside'),
      pod({ metadata: { uid: '5', namespace: 'shop-coupon' } }),
    ];
    sink.page(all);
    for (const object of all) sink.change({ type: 'MODIFIED', object });
    expect(pods.onNode('one')).toEqual(['10.1.0.1', '10.1.0.2']);
    expect(changed).toEqual(['one', 'one']);
    sink.beginList();
    sink.page(all.slice(1));
    sink.endList('8');
    expect(pods.onNode('one')).toEqual(['10.1.0.2']);
  });

  it('are bounded in what is remembered of them', () => {
    const { pods, sink } = watched();
    for (let number = 0; number < 20_000; number += 1) {
      const ip = `10.${number >> 16}.${(number >> 8) & 0xff}.${number & 0xff}`;
      sink.change({ type: 'ADDED', object: pod({ status: { podIPs: [{ ip }] } }) });
    }
    expect(pods.holders.length).toBeLessThanOrEqual(16_384);
    expect(pods.at('10.0.0.1')).toBeNull();
    expect(pods.at('10.0.78.31')).not.toBeNull();
  });
});
