import type { Surroundings, WorkloadFacts } from './facts.ts';
import type { Health } from './health.ts';
import { rolloutHealth } from './workload.ts';

/** What keeps data: that it does not run is trouble of the infrastructure, as on the embedded engine. */
export function statefulSetHealth(facts: WorkloadFacts, around: Surroundings): Health {
  const pods = around.pods.filter(
    ({ revision }) => facts.revision === '' || revision === facts.revision,
  );
  const { creationFailure } = around;
  return rolloutHealth({ facts, around, crashCode: 'DATASTORE_FAILED', pods, creationFailure });
}
