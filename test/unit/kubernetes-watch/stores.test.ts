import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { ANNOTATIONS, LABELS } from '../../../src/adapters/kubernetes/labels.ts';
import { EnvironmentView } from '../../../src/adapters/kubernetes/watch/environment-view.ts';
import { reduceObject } from '../../../src/adapters/kubernetes/watch/reduce.ts';
import type { Seen } from '../../../src/adapters/kubernetes/watch/seen.ts';
import { Warnings } from '../../../src/adapters/kubernetes/watch/warnings.ts';

/** What a step has done counts as long as what it has filled is there. */

const NOW = Date.parse('2026-01-01T00:01:00Z');

function seen(object: KubeObject): Seen {
  const type = Object.values(RESOURCE_TYPES).find(({ kind }) => kind === object.kind);
  if (type === undefined) throw new Error(`no type of kind "${object.kind}"`);
  const reduced = reduceObject(type, object, {
    previous: null,
    nowMs: NOW,
    intern: (text) => text,
  });
  if (reduced === null) throw new Error('it is of no environment');
  return reduced;
}

function metadata(name: string, more: object = {}): KubeObject['metadata'] {
  const labels = { [LABELS.environment]: 'one', [LABELS.component]: 'orders-db' };
  return { name, namespace: 'pr-one', uid: name, labels, ...more };
}

/** A Job that has filled what is held by the object of this uid. */
function migrated(store: string): Seen {
  const annotations = {
    [ANNOTATIONS.task]: 'migrate/orders-db',
    [ANNOTATIONS.fingerprint]: 'f',
    [ANNOTATIONS.objects]: '1',
    ...(store === '' ? {} : { [ANNOTATIONS.store]: store }),
  };
  return seen({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadata('migrate', { annotations }),
    status: { conditions: [{ type: 'Complete', status: 'True' }] },
  });
}

function holder(kind: 'Pod' | 'PersistentVolumeClaim', more: object = {}): Seen {
  return seen({ apiVersion: 'v1', kind, metadata: metadata('store', more), status: {} });
}

function tasksOf(view: EnvironmentView): readonly string[] {
  return view.observe(NOW).map(({ task, state }) => `${task} ${state}`);
}

const DONE = ['migrate/orders-db Succeeded'];

describe('a step that is done', () => {
  it.each(['Pod', 'PersistentVolumeClaim'] as const)(
    'counts as long as its %s is there',
    (kind) => {
      const view = new EnvironmentView(new Warnings());
      view.put(migrated('store'), null);
      expect(tasksOf(view)).toEqual([]);
      view.put(holder(kind), null);
      expect(tasksOf(view)).toEqual(DONE);
      view.objects.drop(holder(kind));
      expect(tasksOf(view)).toEqual([]);
    },
  );

  it('counts no longer once what holds its data is being deleted', () => {
    const view = new EnvironmentView(new Warnings());
    const pod = holder('Pod');
    view.put(pod, null);
    view.put(migrated('store'), null);
    expect(tasksOf(view)).toEqual(DONE);
    view.put(holder('Pod', { deletionTimestamp: '2026-01-01T00:00:30Z' }), pod);
    expect(tasksOf(view)).toEqual([]);
  });

  it('counts for good when its data is not the environment’s own', () => {
    const view = new EnvironmentView(new Warnings());
    view.put(migrated(''), null);
    expect(tasksOf(view)).toEqual(DONE);
  });

  it('is done anew when it has filled another store than it is asked to', () => {
    const view = new EnvironmentView(new Warnings());
    const before = migrated('gone');
    view.put(holder('Pod'), null);
    view.put(before, null);
    expect(tasksOf(view)).toEqual([]);
    view.put(migrated('store'), before);
    expect(tasksOf(view)).toEqual(DONE);
  });
});
