import type { VolumeClaimFacts } from './facts.ts';
import { healthy, progressing, type Health } from './health.ts';

export function volumeClaimHealth({ name, phase }: VolumeClaimFacts): Health {
  if (phase === 'Bound') return healthy();
  if (phase !== 'Lost') return progressing('its volume is not bound yet');
  return {
    state: 'Failed',
    code: 'DATASTORE_FAILED',
    message: `the volume of "${name}" is gone`,
    sinceMs: null,
    evidenceOf: null,
  };
}
