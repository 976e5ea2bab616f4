import { healthOf } from '../../../domain/health/health-of.ts';
import type {
  CreationFailure,
  PodFacts,
  QuotaFacts,
  ReplicaSetFacts,
  Surroundings,
} from '../../../domain/health/facts.ts';
import type { Failed, Health } from '../../../domain/health/health.ts';
import type { SeenTask } from './cluster-view.ts';
import type { EnvironmentObjects } from './environment-objects.ts';
import { hasDrifted, type Seen, type SeenOrder } from './seen.ts';
import type { Warnings } from './warnings.ts';

/** What the objects of one Task say about it. */
export interface Judgement {
  /** Null when it has to be applied: something is missing, is going, or was changed by others. */
  readonly observation: SeenTask | null;
  /** When time alone changes it. */
  readonly changesAtMs: number | null;
}

export interface Judged {
  readonly objects: EnvironmentObjects;
  readonly warnings: Warnings;
  readonly quotas: readonly QuotaFacts[];
  readonly nowMs: number;
}

/** One of the Task's objects with all that it is judged by. */
interface Part {
  readonly seen: Seen;
  readonly order: SeenOrder;
  readonly health: Health;
  readonly begunMs: number;
  /** The last thing that went wrong with its pods. */
  readonly warning: string | null;
  /** What their probes got instead of an answer. */
  readonly probe: string | null;
}

const NOT_APPLIED: Judgement = { observation: null, changesAtMs: null };

export function judgeTask(task: string, judged: Judged): Judgement {
  const parts = wholeSet(task, judged.objects).map((member) => partOf(member, judged));
  const order = parts[0]?.order;
  if (order === undefined) return NOT_APPLIED;
  const begunMs = Math.max(...parts.map((part) => part.begunMs));
  const unavailable = order.unavailable === '' ? [] : order.unavailable.split(',');
  return {
    observation: {
      task,
      fingerprint: order.fingerprint,
      // While a newer order is being applied, what is not yet of it counts.
      generation: Math.min(...parts.map((part) => part.order.generation)),
      ...stateOf(parts, begunMs),
      startedAt: instantText(begunMs),
      ...(unavailable.length === 0 ? {} : { unavailable }),
    },
    changesAtMs: leastOf(
      parts.flatMap(({ health }) =>
        health.state === 'Progressing' ? (health.changesAtMs ?? []) : [],
      ),
    ),
  };
}

type Member = Pick<Part, 'seen' | 'order'>;

/** The objects of one order when all of them are there; empty otherwise. */
function wholeSet(task: string, objects: EnvironmentObjects): readonly Member[] {
  const members = objects
    .ofTask(task)
    .filter((seen) => !seen.isDeleting && !hasDrifted(seen) && objects.hasStore(seen))
    .flatMap((seen) => (seen.order === null ? [] : { seen, order: seen.order }));
  const sets = Map.groupBy(members, ({ order }) => `${order.fingerprint} ${order.unavailable}`);
  for (const set of sets.values()) {
    if (set.length >= Math.max(...set.map(({ order }) => order.objects))) return set;
  }
  return [];
}

function partOf({ seen, order }: Member, judged: Judged): Part {
  const owned = judged.objects.ownedBy(seen.uid);
  const replicaSets = owned.filter(({ facts }) => facts.kind === 'ReplicaSet');
  const pods = [...owned, ...replicaSets.flatMap(({ uid }) => judged.objects.ownedBy(uid))].filter(
    (each) => each.facts.kind === 'Pod' && !each.isDeleting,
  );
  const around: Surroundings = {
    nowMs: judged.nowMs,
    title: seen.component ?? seen.name,
    taskKind: order.task.slice(0, order.task.indexOf('/')),
    pods: pods.flatMap(({ facts }) => podFacts(facts)),
    replicaSets: replicaSets.flatMap(({ facts }) => replicaSetFacts(facts)),
    creationFailure: creationFailureOf(seen, pods, judged.warnings),
    quotas: judged.quotas,
  };
  const health = healthOf(seen.facts, around);
  return {
    seen,
    order,
    health,
    begunMs: begunMsOf(seen, pods, health),
    warning: warningOf(pods, judged),
    probe: warningOf(pods, judged, 'Unhealthy'),
  };
}

function podFacts(facts: Seen['facts']): readonly PodFacts[] {
  return facts.kind === 'Pod' ? [facts] : [];
}

function replicaSetFacts(facts: Seen['facts']): readonly ReplicaSetFacts[] {
  return facts.kind === 'ReplicaSet' ? [facts] : [];
}

/** Jobs and StatefulSets have no condition for it, only a warning, which a pod that came later answers. */
function creationFailureOf(
  seen: Seen,
  pods: readonly Seen[],
  warnings: Warnings,
): CreationFailure | null {
  const warning = warnings.about(seen, 'FailedCreate');
  if (warning === null) return null;
  if (pods.some(({ createdMs }) => createdMs >= warning.lastMs)) return null;
  return { sinceMs: warning.firstMs, message: warning.message };
}

/**
 * When what runs now began: the object, the order that changed it, its newest pod, and, for what is not
 * up, when it went down. From the cluster's own instants as far as they tell, so that it is the same
 * after a restart.
 */
function begunMsOf(seen: Seen, pods: readonly Seen[], health: Health): number {
  return Math.max(
    seen.createdMs,
    seen.appliedMs ?? 0,
    ...(seen.facts.kind === 'Job' ? [] : pods.map(({ createdMs }) => createdMs)),
    health.state === 'Progressing' ? (health.sinceMs ?? 0) : 0,
  );
}

function warningOf(pods: readonly Seen[], { warnings }: Judged, reason?: string): string | null {
  const warning = pods.map((pod) => warnings.about(pod, reason)).find((each) => each !== null);
  return warning ? `${warning.reason}: ${warning.message}` : null;
}

type State = Pick<
  SeenTask,
  'state' | 'code' | 'message' | 'evidence' | 'finishedAt' | 'evidenceOf'
>;

function stateOf(parts: readonly Part[], begunMs: number): State {
  const failed = parts.find(
    (part): part is Part & { health: Failed } => part.health.state === 'Failed',
  );
  if (failed !== undefined) return failedState(failed.health, failed, begunMs);
  const open = parts.find(({ health }) => health.state === 'Progressing');
  if (open !== undefined) {
    const warning = parts.find((part) => part.warning !== null)?.warning;
    return { state: 'Running', ...(warning ? { evidence: warning } : {}) };
  }
  const endMs = Math.max(begunMs, ...parts.map(({ health }) => health.sinceMs ?? 0));
  return { state: 'Succeeded', finishedAt: instantText(endMs) };
}

function failedState(
  { code, message, sinceMs, evidenceOf }: Failed,
  { seen, warning, probe }: Part,
  begunMs: number,
): State {
  // Where there are lines of a log, they say more than that it ended.
  const silence = evidenceOf === null ? warning : null;
  const told = code === 'PROBE_FAILING' ? probe : silence;
  return {
    state: 'Failed',
    code,
    message,
    finishedAt: instantText(Math.max(begunMs, sinceMs ?? 0)),
    ...(evidenceOf === null
      ? {}
      : {
          evidenceOf: {
            ref: { namespace: seen.namespace, name: evidenceOf.pod },
            container: evidenceOf.container,
            isPrevious: evidenceOf.isPrevious,
          },
        }),
    ...(told === null ? {} : { evidence: told }),
  };
}

function leastOf(instants: readonly number[]): number | null {
  return instants.length === 0 ? null : Math.min(...instants);
}

function instantText(ms: number): string {
  return new Date(ms).toISOString();
}
