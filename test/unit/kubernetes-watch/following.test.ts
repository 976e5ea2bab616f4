import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  ManagedFields,
  ObjectMeta,
} from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import type { ClusterView } from '../../../src/adapters/kubernetes/watch/cluster-view.ts';
import { openClusterView } from '../../../src/adapters/kubernetes/watch/open-cluster-view.ts';
import { FakeClock, settled } from '../../support/fake-clock.ts';
import { configMap, gone, refused, ScriptedCluster, unreachable } from './scripted-cluster.ts';

let cluster: ScriptedCluster;
let clock: FakeClock;
let view: ClusterView;
const troubles: unknown[] = [];

beforeEach(() => {
  cluster = new ScriptedCluster();
  clock = new FakeClock();
  troubles.length = 0;
});
afterEach(() => view.close());

function open(): ClusterView {
  view = openClusterView({
    api: cluster.api,
    clock,
    random: () => 0.5,
    types: [RESOURCE_TYPES.configMap],
    onTrouble: (_type, error) => troubles.push(error),
  });
  return view;
}

/** `cart=f1` of every Task. */
function shown(): readonly string[] {
  return view
    .observe('one')
    .map(({ task, fingerprint }) => `${task.slice('deploy/'.length)}=${fingerprint}`);
}

describe('following the cluster', () => {
  it('shows what a list of several pages holds, and what changes afterwards', async () => {
    for (const name of ['a', 'b', 'c']) cluster.put(name, 'f1');
    await open().ready;
    expect(shown()).toEqual(['a=f1', 'b=f1', 'c=f1']);
    cluster.put('b', 'f2');
    cluster.put('d', 'f1');
    cluster.remove('a');
    await settled();
    expect(shown()).toEqual(['b=f2', 'c=f1', 'd=f1']);
  });

  it('notices after a 410 what went meanwhile', async () => {
    cluster.put('a', 'f1');
    cluster.put('b', 'f1');
    await open().ready;
    await settled();
    cluster.goSilent();
    cluster.remove('a');
    cluster.put('b', 'f2');
    cluster.forget();
    cluster.endWatches(gone());
    await clock.advance(1_000);
    expect(shown()).toEqual(['b=f2']);
    expect(troubles).toEqual([]);
  });

  it('goes on from where a line broke off, without a list', async () => {
    cluster.put('a', 'f1');
    await open().ready;
    await settled();
    const { lists } = cluster.requests;
    cluster.goSilent();
    cluster.put('a', 'f2');
    // A half-open line ends without a word once the client gives it up.
    cluster.endWatches();
    await clock.advance(1_000);
    expect(shown()).toEqual(['a=f2']);
    expect(cluster.requests.lists).toBe(lists);
  });

  it('begins a list anew whose rest is gone, in one piece', async () => {
    for (const name of ['a', 'b', 'c']) cluster.put(name, 'f1');
    cluster.faults.push(gone());
    const { ready } = open();
    await clock.advance(1_000);
    await ready;
    expect(cluster.requests.lists).toBe(2);
    expect(shown()).toEqual(['a=f1', 'b=f1', 'c=f1']);
  });

  it('ignores what was told before', async () => {
    await open().ready;
    await settled();
    cluster.put('a', 'f1');
    cluster.put('a', 'f2');
    cluster.remove('a');
    cluster.put('a', 'f3');
    await settled();
    cluster.repeat(4);
    await settled();
    expect(shown()).toEqual(['a=f3']);
  });

  it('asks an API server that is gone less and less often', async () => {
    await open().ready;
    await settled();
    for (let count = 0; count < 1_000; count += 1) cluster.faults.push(unreachable());
    cluster.endWatches(unreachable());
    await clock.advance(600_000);
    const asked = 1_000 - cluster.faults.length;
    expect(asked).toBeGreaterThan(15);
    expect(asked).toBeLessThan(80);
    expect(troubles.length).toBeGreaterThan(15);
    cluster.faults.length = 0;
    cluster.put('a', 'f1');
    await clock.advance(31_000);
    expect(shown()).toEqual(['a=f1']);
  });

  it('does not open watches in a hot loop that end at once', async () => {
    await open().ready;
    for (let moment = 0; moment < 600; moment += 1) {
      await clock.advance(100);
      cluster.endWatches();
    }
    expect(cluster.requests.watches).toBeLessThan(40);
  });

  it('is ready without a kind that the cluster does not have, and finds it later', async () => {
    cluster.faults.push(refused(404));
    await open().ready;
    expect(shown()).toEqual([]);
    cluster.put('a', 'f1');
    await clock.advance(61_000);
    expect(shown()).toEqual(['a=f1']);
    expect(troubles).toEqual([]);
  });

  it('says so when it may not list', async () => {
    cluster.faults.push(refused(403));
    await expect(open().ready).rejects.toMatchObject({ code: 'CLUSTER_FORBIDDEN' });
    expect(troubles).toHaveLength(1);
  });
});

describe('answers to writes', () => {
  const type = RESOURCE_TYPES.configMap;

  it('are seen at once, and deletions too', async () => {
    await open().ready;
    await settled();
    cluster.goSilent();
    const made = cluster.put('a', 'f1');
    view.accept(type, made);
    expect(shown()).toEqual(['a=f1']);
    view.acceptDeletion(type, { namespace: 'pr-one', name: 'a' }, 'another');
    expect(shown()).toEqual(['a=f1']);
    view.acceptDeletion(type, { namespace: 'pr-one', name: 'a' }, made.metadata.uid ?? '');
    expect(shown()).toEqual([]);
    expect(view.objectsOf('one')).toMatchObject([{ isDeleting: true, task: 'deploy/a' }]);
  });

  it('that the watch has overtaken change nothing', async () => {
    await open().ready;
    await settled();
    const first = cluster.put('a', 'f1');
    cluster.put('a', 'f2');
    const other = cluster.put('b', 'f1');
    cluster.remove('b');
    await settled();
    view.accept(type, first);
    view.accept(type, other);
    expect(shown()).toEqual(['a=f2']);
  });

  it('do not outlive a list that does not know them', async () => {
    await open().ready;
    await settled();
    cluster.goSilent();
    view.accept(type, cluster.put('a', 'f1'));
    cluster.remove('a');
    cluster.forget();
    cluster.endWatches(gone());
    await clock.advance(1_000);
    expect(shown()).toEqual([]);
  });
});

describe('an object that somebody else changed', () => {
  const type = RESOURCE_TYPES.configMap;
  const by = (manager: string, subresource = ''): ManagedFields => ({
    manager,
    operation: 'Update',
    subresource,
    fieldsV1: { 'f:data': { 'f:a': {} } },
  });
  const changed = (...managedFields: readonly ManagedFields[]): Partial<ObjectMeta> => ({
    managedFields,
  });

  it('counts as not applied until it is applied again', async () => {
    cluster.put('a', 'f1');
    await open().ready;
    await settled();
    cluster.put('a', 'f1', changed(by('offshoot'), by('kubectl-edit')));
    await settled();
    expect(shown()).toEqual([]);
    expect(view.objectsOf('one')).toHaveLength(1);
    // What is still theirs after it was applied is none of ours.
    view.accept(type, cluster.put('a', 'f1', changed(by('offshoot'), by('kubectl-edit'))));
    await settled();
    expect(shown()).toEqual(['a=f1']);
  });

  it.each([
    ['the cluster itself', by('kube-controller-manager')],
    ['an autoscaler', by('somebody', 'scale')],
    ['a status', by('somebody', 'status')],
    ['labels', { ...by('kubectl-label'), fieldsV1: { 'f:metadata': {} } }],
    ['nothing', { manager: 'nobody', operation: 'Update' } as const],
  ])('does not mean %s', async (_what, entry) => {
    cluster.put('a', 'f1', changed(by('offshoot'), entry));
    await open().ready;
    expect(shown()).toEqual(['a=f1']);
  });
});

describe('change signals', () => {
  it('come once for a burst, and only to those of the environment', async () => {
    await open().ready;
    await settled();
    const called = { one: 0, two: 0 };
    const stop = view.onChange('one', () => (called.one += 1));
    view.onChange('two', () => (called.two += 1));
    for (const name of ['a', 'b', 'c']) cluster.put(name, 'f1');
    await clock.advance(100);
    expect(called).toEqual({ one: 1, two: 0 });
    // What says the same changes nothing.
    cluster.put('a', 'f1');
    await clock.advance(100);
    expect(called.one).toBe(1);
    stop();
    cluster.put('a', 'f2');
    await clock.advance(100);
    expect(called.one).toBe(1);
  });
});

describe('a Task of several objects', () => {
  it('is there when all of one order are', async () => {
    await open().ready;
    await settled();
    const part = (name: string, fingerprint: string, generation: string): void => {
      const { labels, annotations } = configMap('cart', fingerprint).metadata;
      cluster.put(name, fingerprint, {
        ...(labels === undefined ? {} : { labels }),
        annotations: {
          ...annotations,
          'offshoot.dev/objects': '2',
          'offshoot.dev/generation': generation,
        },
      });
    };
    part('one', 'f1', '2');
    await settled();
    expect(shown()).toEqual([]);
    part('two', 'f1', '1');
    await settled();
    expect(view.observe('one')).toMatchObject([
      { task: 'deploy/cart', state: 'Succeeded', generation: 1 },
    ]);
    part('one', 'f2', '3');
    await settled();
    expect(shown()).toEqual([]);
  });
});
