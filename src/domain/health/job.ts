import type { ErrorCode } from '../errors.ts';
import { couldNotStart, describeEnd, describeNoStart } from './container.ts';
import { creationHealth } from './creation.ts';
import {
  conditionOf,
  isTrue,
  type ConditionFacts,
  type JobFacts,
  type PodFacts,
  type Surroundings,
  type Termination,
} from './facts.ts';
import { healthy, progressing, withReason, type Failed, type Health } from './health.ts';
import { endedContainer, logsOf, startTroubleOf } from './pod.ts';

/** How the failure of a Job is called, by the kind of its Task; a deploy's makes a place on a server. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  deploy: 'DATASTORE_FAILED',
  migrate: 'MIGRATION_FAILED',
  seed: 'SEED_FAILED',
};

/** Its own conditions decide; of its pods only what keeps them from starting is looked at. */
export function jobHealth(facts: JobFacts, around: Surroundings): Health {
  const { conditions, finishedMs, needs } = facts;
  const complete = conditionOf(conditions, 'Complete');
  if (isTrue(complete)) return healthy(finishedMs ?? complete?.sinceMs ?? null);
  const failed = conditionOf(conditions, 'Failed');
  if (failed !== null && isTrue(failed)) return failedJob(failed, around);
  const { title, nowMs, pods, creationFailure, quotas } = around;
  for (const pod of pods) {
    const trouble = startTroubleOf({ pod, title, nowMs, crashCode: 'CRASH_LOOP' });
    if (trouble !== null) return trouble;
  }
  if (creationFailure === null) return progressing();
  return creationHealth({ title, nowMs, failure: creationFailure, needs, quotas });
}

function failedJob(condition: ConditionFacts, { title, taskKind, pods }: Surroundings): Failed {
  const pod = pods
    .toSorted((a, b) => b.createdMs - a.createdMs)
    .find(({ phase }) => phase === 'Failed');
  const container = pod === undefined ? null : endedContainer(pod);
  const [code, message] = causeOf(condition, pod, container?.last ?? null);
  return {
    state: 'Failed',
    code: code === 'JOB_FAILED' ? (CODES[taskKind] ?? code) : code,
    message: `"${title}" ${message}`,
    sinceMs: condition.sinceMs,
    evidenceOf: pod === undefined || container === null ? null : logsOf(pod, container),
  };
}

function causeOf(
  { reason }: ConditionFacts,
  pod: PodFacts | undefined,
  last: Termination | null,
): [ErrorCode, string] {
  if (reason === 'DeadlineExceeded') return ['TASK_TIMEOUT', 'did not end in time'];
  if (pod?.reason === 'Evicted') {
    return ['EVICTED', withReason('was evicted from its node', pod.message)];
  }
  if (last === null) return ['JOB_FAILED', 'ended without an exit code'];
  if (last.reason === 'OOMKilled') {
    return ['OUT_OF_MEMORY', 'was ended by the system for lack of memory'];
  }
  if (couldNotStart(last)) return ['COMMAND_NOT_FOUND', describeNoStart(last)];
  return ['JOB_FAILED', `ended with ${describeEnd(last)}`];
}
