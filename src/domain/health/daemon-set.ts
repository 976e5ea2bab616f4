import type { Surroundings, WorkloadFacts } from './facts.ts';
import type { Health } from './health.ts';
import { rolloutHealth } from './workload.ts';

/** One pod on each node that is meant: `desired` is a number of nodes. */
export function daemonSetHealth(facts: WorkloadFacts, around: Surroundings): Health {
  const { pods, creationFailure } = around;
  return rolloutHealth({ facts, around, crashCode: 'CRASH_LOOP', pods, creationFailure });
}
