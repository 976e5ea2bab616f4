import { isTrue, type NamespaceFacts } from './facts.ts';
import { brief, healthy, progressing, type Health } from './health.ts';

export function namespaceHealth(facts: NamespaceFacts): Health {
  if (facts.phase === 'Active') return healthy();
  return progressing(whyItStays(facts));
}

/** What keeps a namespace that is being deleted: API services, kinds and finalizers, in the cluster's words. */
function whyItStays({ conditions }: NamespaceFacts): string {
  const reasons = conditions.filter(isTrue).map(({ message }) => brief(message));
  return reasons.length === 0
    ? 'it is being deleted'
    : `it is being deleted: ${reasons.join('; ')}`;
}
