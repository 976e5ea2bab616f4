import { conditionOf, isTrue, type ConditionFacts, type CreationFailure } from './facts.ts';

/** A ReplicaSet says in a condition that it can make no pods; its Deployment repeats it. */
export function creationFailureOf({
  conditions,
}: {
  readonly conditions: readonly ConditionFacts[];
}): CreationFailure | null {
  const condition = conditionOf(conditions, 'ReplicaFailure');
  if (condition?.reason !== 'FailedCreate' || !isTrue(condition)) return null;
  return { sinceMs: condition.sinceMs, message: condition.message };
}
