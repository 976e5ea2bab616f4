import { canonicalJson } from '../../domain/plan/canonical-json.ts';
import type { Decision } from '../../domain/plan/decide.ts';
import type { PlanCondition } from '../../domain/plan/plan-conditions.ts';
import type { Address } from '../ports/engine.ts';
import type {
  Condition,
  EnvironmentRecord,
  EnvironmentStatus,
} from '../ports/environment-store.ts';
import { compareText } from '../../domain/diagnostic.ts';
import type { Finding } from './finding.ts';
import { isPresent, withdrawn } from './wired.ts';

/** Conditions that the reconciler writes; all others belong to somebody else and are kept. */
const OWN_CONDITIONS: ReadonlySet<Condition['type']> = new Set([
  'Ready',
  'Progressing',
  'Removing',
]);

/** The status of a new life. */
export function firstStatus(at: string): EnvironmentStatus {
  return {
    observedGeneration: 0,
    conditions: [
      {
        type: 'Ready',
        status: 'Unknown',
        reason: 'Accepted',
        message: 'nothing was looked at yet',
        observedGeneration: 0,
        lastTransitionTime: at,
      },
    ],
    tasks: [],
    addresses: [],
  };
}

/**
 * The status after a decision, with what others wrote left as it is.
 *
 * @param decision - With what its installation says of all environments.
 */
export function statusAfter(
  record: EnvironmentRecord,
  decision: Pick<Decision, 'tasks'> & { readonly conditions: readonly (PlanCondition | Finding)[] },
  seen: { readonly addresses: readonly Address[]; readonly at: string },
): EnvironmentStatus {
  return {
    observedGeneration: record.generation,
    conditions: conditionsAfter(record, decision.conditions, seen.at),
    tasks: decision.tasks,
    addresses: seen.addresses
      .map(({ component, url }) => ({ component, url }))
      .toSorted((a, b) => compareText(a.component, b.component) || compareText(a.url, b.url)),
  };
}

/**
 * The status with other conditions and the rest as it was. Tasks of an older generation are left out:
 * they would read as if they were of this one.
 */
export function statusWith(
  record: EnvironmentRecord,
  findings: readonly Finding[],
  at: string,
): EnvironmentStatus {
  return {
    observedGeneration: record.generation,
    conditions: conditionsAfter(record, findings, at),
    tasks:
      record.status.observedGeneration === record.generation || record.desired === 'removed'
        ? record.status.tasks
        : [],
    addresses: record.status.addresses,
  };
}

/** Ours first, `Ready` before all; an instant moves only when the status of its condition does. */
function conditionsAfter(
  record: EnvironmentRecord,
  findings: readonly Finding[],
  at: string,
): readonly Condition[] {
  const { generation, status } = record;
  const own = withdrawn(record, findings).map(
    ({ type, status: value, reason, message }): Condition => {
      const before = status.conditions.find((condition) => condition.type === type);
      const lastTransitionTime = before?.status === value ? before.lastTransitionTime : at;
      const observedGeneration = generation;
      return { type, status: value, reason, message, observedGeneration, lastTransitionTime };
    },
  );
  const said = new Set(own.map(({ type }) => type));
  const others = status.conditions.filter(
    (condition) =>
      !OWN_CONDITIONS.has(condition.type) &&
      !said.has(condition.type) &&
      isPresent(condition, generation),
  );
  return [...own, ...others];
}

export function isSameStatus(a: EnvironmentStatus, b: EnvironmentStatus): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
