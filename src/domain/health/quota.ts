import type { QuotaFacts } from './facts.ts';
import { healthy, progressing, type Health } from './health.ts';

/** Before the cluster has counted, it refuses every pod in a namespace with a quota. */
export function quotaHealth({ wanted, hard }: QuotaFacts): Health {
  return wanted.every((resource) => resource in hard) ? healthy() : progressing('it is counted');
}
