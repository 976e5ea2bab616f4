import { conditionOf, isTrue, type Surroundings, type WorkloadFacts } from './facts.ts';
import type { Failed, Health } from './health.ts';
import { isOver } from './pod.ts';
import { creationFailureOf } from './replica-set.ts';
import { isBehind, rolloutHealth } from './workload.ts';

/** Only pods of the revision that is wanted count: those it replaces may be as broken as they like. */
export function deploymentHealth(facts: WorkloadFacts, around: Surroundings): Health {
  const current = around.replicaSets.filter(({ revision }) => revision === facts.revision);
  const revisions = new Set(current.map(({ name }) => name));
  const pods = around.pods.filter(({ revision }) => revisions.has(revision));
  const failure = current.map(creationFailureOf).find((each) => each !== null) ?? null;
  const creationFailure = failure ?? creationFailureOf(facts);
  const health = rolloutHealth({ facts, around, crashCode: 'CRASH_LOOP', pods, creationFailure });
  if (health.state !== 'Progressing' || isBehind(facts)) return health;
  return overdue(facts, { ...around, pods }) ?? health;
}

/** Its controller gave up waiting. */
function overdue({ conditions }: WorkloadFacts, { title, pods }: Surroundings): Failed | null {
  const condition = conditionOf(conditions, 'Progressing');
  if (condition?.reason !== 'ProgressDeadlineExceeded' || isTrue(condition)) return null;
  const { sinceMs } = condition;
  for (const pod of pods.filter((each) => !isOver(each))) {
    const slow = pod.containers.find(({ state, isReady }) => state === 'running' && !isReady);
    if (slow === undefined) continue;
    const message = `"${title}" runs but was not ready in time`;
    const evidenceOf = { pod: pod.name, container: slow.name, isPrevious: false };
    return { state: 'Failed', code: 'PROBE_FAILING', message, sinceMs, evidenceOf };
  }
  const message = `"${title}" was not up in time`;
  return { state: 'Failed', code: 'TASK_TIMEOUT', message, sinceMs, evidenceOf: null };
}
