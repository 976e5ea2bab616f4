import { creationHealth } from './creation.ts';
import type { CreationFailure, PodFacts, Surroundings, WorkloadFacts } from './facts.ts';
import { healthy, progressing, type Failed, type Health, type Progressing } from './health.ts';
import { isOver, podHealth, type PodView } from './pod.ts';
import { ignoredSetting } from './settings.ts';

/** What Deployments, StatefulSets and DaemonSets have in common. */
export interface Rollout {
  readonly facts: WorkloadFacts;
  readonly around: Surroundings;
  readonly crashCode: PodView['crashCode'];
  /** Pods of the revision that is wanted now. */
  readonly pods: readonly PodFacts[];
  readonly creationFailure: CreationFailure | null;
}

const NOT_SEEN = 'the cluster has not looked at it yet';

/** Nothing of a status is believed that is about an older generation. */
export function isBehind({ generation, observedGeneration }: WorkloadFacts): boolean {
  return observedGeneration < generation;
}

export function rolloutHealth(rollout: Rollout): Health {
  const { facts, around, crashCode, pods, creationFailure } = rollout;
  const { title, nowMs, quotas } = around;
  if (isBehind(facts)) return progressing(NOT_SEEN);
  const living = pods.filter((pod) => !isOver(pod));
  const healths = living.map((pod) => podHealth({ pod, title, nowMs, crashCode }));
  const failed = healths.find((health): health is Failed => health.state === 'Failed');
  if (failed !== undefined) return failed;
  if (creationFailure !== null && facts.total < facts.desired) {
    return creationHealth({ title, nowMs, failure: creationFailure, needs: facts.needs, quotas });
  }
  const waiting = healths.filter((health): health is Progressing => health.state === 'Progressing');
  if (waiting.length > 0 || !isRolledOut(facts)) return waitsFor(facts, waiting);
  return ignoredSetting(title, facts.asked, living) ?? healthy(latestMs(healths));
}

function isRolledOut({ desired, updated, available, total }: WorkloadFacts): boolean {
  return updated >= desired && available >= desired && total <= updated;
}

function waitsFor(
  { desired, available }: WorkloadFacts,
  waiting: readonly Progressing[],
): Progressing {
  const instants = waiting.flatMap(({ changesAtMs }) => changesAtMs ?? []);
  const told = waiting.find(({ message }) => message !== null)?.message;
  return progressing(told ?? `${Math.min(available, desired)} of ${desired} ready`, {
    sinceMs: latestMs(waiting),
    changesAtMs: instants.length === 0 ? null : Math.min(...instants),
  });
}

function latestMs(healths: readonly Health[]): number | null {
  const instants = healths.flatMap(({ sinceMs }) => sinceMs ?? []);
  return instants.length === 0 ? null : Math.max(...instants);
}
