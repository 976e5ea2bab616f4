import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import type { KubeObject } from '../../src/adapters/kubernetes/client/kube-object.ts';
import { openClusterView } from '../../src/adapters/kubernetes/watch/open-cluster-view.ts';
import { FakeClock } from '../support/fake-clock.ts';
import {
  gone,
  refused,
  ScriptedCluster,
  unreachable,
} from '../unit/kubernetes-watch/scripted-cluster.ts';

/** What can happen to a cluster and to the lines to it, in any order. */
type Step = (world: World) => void;

interface World {
  readonly cluster: ScriptedCluster;
  readonly accept: (object: KubeObject) => void;
  /** Answers to earlier writes. */
  readonly answers: KubeObject[];
}

const names = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const fingerprints = fc.constantFrom('f1', 'f2', 'f3');

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(names, fingerprints).map(putting) },
  {
    weight: 2,
    arbitrary: names.map(
      (name): Step =>
        ({ cluster }) =>
          cluster.remove(name),
    ),
  },
  { weight: 2, arbitrary: fc.nat(50).map(acceptingLate) },
  fc.constantFrom<Step>(
    ({ cluster }) => cluster.bookmark(),
    ({ cluster }) => cluster.goSilent(),
    ({ cluster }) => cluster.forget(),
    ({ cluster }) => cluster.endWatches(),
    ({ cluster }) => cluster.endWatches(unreachable()),
    ({ cluster }) => cluster.endWatches(gone()),
    ({ cluster }) => cluster.faults.push(gone()),
    ({ cluster }) => cluster.faults.push(refused(500)),
    ({ cluster }) => cluster.faults.push(unreachable()),
  ),
  fc.integer({ min: 1, max: 6 }).map(
    (count): Step =>
      ({ cluster }) =>
        cluster.repeat(count),
  ),
);

function putting([name, fingerprint]: [string, string]): Step {
  return ({ cluster, answers, accept }) => {
    const object = cluster.put(name, fingerprint);
    answers.push(object);
    if (fingerprint === 'f1') accept(object);
  };
}

/** An answer may come after the watch has told of it, and of what came later. */
function acceptingLate(index: number): Step {
  return ({ answers, accept }) => {
    const object = answers.at(-1 - (index % Math.max(1, answers.length)));
    if (object !== undefined) accept(object);
  };
}

describe('a view of the cluster', () => {
  it('comes to be what the cluster is, whatever happened on the way', async () => {
    const moves = fc.tuple(steps, fc.constantFrom(0, 0, 30, 300, 3_000));
    await fc.assert(
      fc.asyncProperty(fc.array(moves, { maxLength: 40 }), async (history) => {
        const cluster = new ScriptedCluster();
        const clock = new FakeClock();
        const type = RESOURCE_TYPES.configMap;
        const view = openClusterView({ api: cluster.api, clock, random: () => 0.5, types: [type] });
        const accept = (object: KubeObject): void => view.accept(type, object);
        const world: World = { cluster, accept, answers: [] };
        for (const [step, pauseMs] of history) {
          step(world);
          if (pauseMs > 0) await clock.advance(pauseMs);
        }
        cluster.faults.length = 0;
        // The client gives silent lines up; then all is well for as long as the longest pause.
        cluster.endWatches();
        await clock.advance(61_000);

        const wanted = cluster.objects().map(({ metadata }) => ({
          uid: metadata.uid,
          task: `deploy/${metadata.name}`,
          fingerprint: metadata.annotations?.['offshoot.dev/fingerprint'],
        }));
        const tasks = view.observe('one').map(({ task, fingerprint }) => ({ task, fingerprint }));
        const seen = view.objectsOf('one').map(({ uid, task }) => ({ uid, task }));
        await view.close();
        expect(sorted(seen)).toEqual(sorted(wanted.map(({ uid, task }) => ({ uid, task }))));
        expect(sorted(tasks)).toEqual(
          sorted(wanted.map(({ task, fingerprint }) => ({ task, fingerprint }))),
        );
      }),
      { numRuns: 300 },
    );
  });
});

function sorted<T extends { readonly task: string | null }>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => ((a.task ?? '') < (b.task ?? '') ? -1 : 1));
}
