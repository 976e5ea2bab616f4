import type { Clock } from '../ports/clock.ts';
import type { EngineViews, TaskEngine } from '../ports/engine.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type {
  EnvironmentRecord,
  EnvironmentStatus,
  EnvironmentStore,
  EventStore,
} from '../ports/environment-store.ts';
import { eventsBetween } from './environment-events.ts';
import { isSameStatus, statusWith } from './environment-status.ts';
import type { Finding } from './finding.ts';
import { backoffMs } from './retry.ts';
import type { TaskMemories } from './task-memory.ts';

/** What the passes of one reconciler share: its ports, what it remembers, and how it writes. */

export interface ReconcilerPorts {
  readonly store: Pick<EnvironmentStore, 'get' | 'plan' | 'writeStatus' | 'markRemoved'>;
  readonly events: Pick<EventStore, 'append'>;
  readonly engine: Pick<TaskEngine, 'apply' | 'observe' | 'prune' | 'remove'> &
    Pick<EngineViews, 'addresses'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Source of jitter, from 0 to below 1. */
  readonly random: () => number;
  readonly limits: { readonly concurrency: number };
  /** What is true of all environments of this installation; beside what their Tasks say. */
  readonly standing?: readonly Finding[];
}

export type PassResult =
  /** Nothing to do until something changes. */
  | { readonly kind: 'done' }
  /** Time alone may change the answer, at the latest then; milliseconds since the epoch. */
  | { readonly kind: 'again'; readonly atMs: number }
  /** It failed, and another pass will not help until a person has done something. */
  | { readonly kind: 'terminal'; readonly reason: string };

export type Reconcile = (name: string) => Promise<PassResult>;

export const DONE: PassResult = { kind: 'done' };

export interface Reconciler extends ReconcilerPorts {
  readonly memories: TaskMemories;
  /** Passes in a row that ended early, by environment: failed reads and writes, removals with something left. */
  readonly misses: Map<string, number>;
  /** The plan that was carried out last, by environment. */
  readonly plans: Map<string, { readonly planHash: string; readonly plan: Plan }>;
}

export function forget({ memories, misses, plans }: Reconciler, name: string): void {
  memories.forget(name);
  misses.delete(name);
  plans.delete(name);
}

export async function writeFindings(
  reconciler: Reconciler,
  record: EnvironmentRecord,
  findings: readonly Finding[],
): Promise<void> {
  await write(reconciler, record, (latest, at) => statusWith(latest, findings, at));
}

/**
 * Writes only what differs from what is there now: somebody else may have written a condition of
 * theirs meanwhile. Does nothing once the life is over or a newer generation is desired, whose own
 * pass will say what is true of it.
 *
 * @returns False when the record is not what is desired any more.
 */
export async function write(
  { store, events, clock }: Reconciler,
  record: EnvironmentRecord,
  statusOf: (latest: EnvironmentRecord, at: string) => EnvironmentStatus,
): Promise<boolean> {
  const latest = await store.get(record.name);
  if (latest?.uid !== record.uid || latest.generation !== record.generation) return false;
  const status = statusOf(latest, new Date(clock.nowMs()).toISOString());
  if (isSameStatus(status, latest.status)) return true;
  for (const event of eventsBetween(latest, status)) await events.append(event);
  await store.writeStatus(record.uid, status);
  return true;
}

/** Something to do is known already. */
export function now({ clock }: Reconciler): PassResult {
  return { kind: 'again', atMs: clock.nowMs() };
}

/** Later, and later still the more often it is in a row. */
export function nextTry({ misses, clock, random }: Reconciler, name: string): PassResult {
  const count = (misses.get(name) ?? 0) + 1;
  misses.set(name, count);
  return { kind: 'again', atMs: clock.nowMs() + backoffMs(count, random()) };
}
