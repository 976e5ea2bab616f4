import type { UnreachableEdge } from '../../domain/calls/wiring.ts';
import { reasonOf } from '../../domain/plan/plan-conditions.ts';
import type {
  Condition,
  EnvironmentRecord,
  EnvironmentStatus,
} from '../ports/environment-store.ts';
import type { Finding } from './finding.ts';

/**
 * The condition `Wired`: what was proved of the required edges of an environment, by whoever ran its tests.
 * While it is false of the present generation, the environment is not ready, whatever its Tasks say.
 */

const NAMED_MAX = 5;

export function wiredFinding(unreachable: readonly UnreachableEdge[]): Finding {
  if (unreachable.length === 0) {
    const message = 'every required edge holds';
    return { type: 'Wired', status: 'True', reason: 'EdgesProved', message };
  }
  const named = unreachable
    .slice(0, NAMED_MAX)
    .map(({ from, to, message }) => `${from} → ${to}: ${message}`);
  const more = unreachable.length - named.length;
  return {
    type: 'Wired',
    status: 'False',
    reason: reasonOf('EDGE_UNREACHABLE'),
    message: [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; '),
  };
}

/** The status with the finding, all else as it was; the same status when there is nothing to say. */
export function statusWired(
  { status, generation }: EnvironmentRecord,
  finding: Finding,
  at: string,
): EnvironmentStatus {
  const before = status.conditions.find(({ type }) => type === 'Wired');
  if (before === undefined && finding.status === 'True') return status;
  const isOld = before?.status !== finding.status || before.message !== finding.message;
  if (!isOld && before.observedGeneration === generation) return status;
  const condition: Condition = {
    ...finding,
    observedGeneration: generation,
    lastTransitionTime: before?.status === finding.status ? before.lastTransitionTime : at,
  };
  const others = status.conditions.filter(({ type }) => type !== 'Wired');
  return { ...status, conditions: [...others, condition] };
}

/** Whether the condition still says something: not when it is about an earlier generation. */
export function isPresent({ type, observedGeneration }: Condition, generation: number): boolean {
  return type !== 'Wired' || observedGeneration === generation;
}

/** The findings, `Ready` taken back where the wiring does not hold. */
export function withdrawn(
  { status, generation }: Pick<EnvironmentRecord, 'status' | 'generation'>,
  findings: readonly Finding[],
): readonly Finding[] {
  const wired = status.conditions.find(({ type }) => type === 'Wired');
  if (wired?.status !== 'False' || !isPresent(wired, generation)) return findings;
  const { reason, message } = wired;
  return findings.map((finding) =>
    finding.type === 'Ready' && finding.status === 'True'
      ? { type: 'Ready', status: 'False', reason, message }
      : finding,
  );
}
