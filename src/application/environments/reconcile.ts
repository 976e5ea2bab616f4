import { decide } from '../../domain/plan/decide.ts';
import type { Decision, TaskStart } from '../../domain/plan/decide.ts';
import { reasonOf } from '../../domain/plan/plan-conditions.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Clock } from '../ports/clock.ts';
import type { Address, EngineViews, TaskEngine } from '../ports/engine.ts';
import type {
  EnvironmentRecord,
  EnvironmentStatus,
  EnvironmentStore,
  EventStore,
} from '../ports/environment-store.ts';
import { eventsBetween, removalEvent } from './environment-events.ts';
import { isSameStatus, statusAfter, statusWith } from './environment-status.ts';
import type { Finding } from './environment-status.ts';
import { onePassAtATime } from './one-pass-at-a-time.ts';
import { ATTEMPTS_MAX, RETRY_RULES, backoffMs, codeOf, messageOf } from './retry.ts';
import { createTaskMemories } from './task-memory.ts';
import type { TaskMemories, TaskMemory } from './task-memory.ts';

/**
 * Level-based reconciling (design §4): a pass takes only a name, reads what is desired and what is
 * observed, acts once, and says when it wants to be called again. It may end at any point and begin
 * anew in another process: all it needs is in the store and in the engine.
 *
 * Invariants: a second pass with nothing new writes nothing; a newer generation is simply what is
 * desired now; at most one pass per name at a time in this process. Across processes the caller
 * holds the lease of the environment.
 */

export interface ReconcilerPorts {
  readonly store: Pick<EnvironmentStore, 'get' | 'plan' | 'writeStatus' | 'markRemoved'>;
  readonly events: Pick<EventStore, 'append'>;
  readonly engine: Pick<TaskEngine, 'apply' | 'observe' | 'prune' | 'remove'> &
    Pick<EngineViews, 'addresses'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Source of jitter, from 0 to below 1. */
  readonly random: () => number;
  readonly limits: { readonly concurrency: number };
}

export type PassResult =
  /** Nothing to do until something changes. */
  | { readonly kind: 'done' }
  /** Time alone may change the answer, at the latest then; milliseconds since the epoch. */
  | { readonly kind: 'again'; readonly atMs: number }
  /** It failed, and another pass will not help until a person has done something. */
  | { readonly kind: 'terminal'; readonly reason: string };

export type Reconcile = (name: string) => Promise<PassResult>;

const DONE: PassResult = { kind: 'done' };

interface Reconciler extends ReconcilerPorts {
  readonly memories: TaskMemories;
  /** Passes in a row that ended early, by environment: failed reads and writes, removals with something left. */
  readonly misses: Map<string, number>;
}

export function createReconciler(ports: ReconcilerPorts): Reconcile {
  const reconciler: Reconciler = {
    ...ports,
    memories: createTaskMemories(ports.random),
    misses: new Map(),
  };
  return onePassAtATime(async (name) => {
    try {
      return await pass(reconciler, name);
    } catch (error) {
      return await passFailed(reconciler, name, error);
    }
  });
}

async function pass(reconciler: Reconciler, name: string): Promise<PassResult> {
  const record = await reconciler.store.get(name);
  if (record === null) {
    reconciler.memories.forget(name);
    reconciler.misses.delete(name);
    return DONE;
  }
  if (record.desired === 'removed') return await removalPass(reconciler, record);
  const plan = await reconciler.store.plan(record.uid);
  // The life ended between the two reads.
  if (plan === null) return nextTry(reconciler, name);
  const result = await desirePass(reconciler, record, plan);
  reconciler.misses.delete(name);
  return result;
}

async function desirePass(
  reconciler: Reconciler,
  record: EnvironmentRecord,
  plan: Plan,
): Promise<PassResult> {
  const memory = reconciler.memories.of(record);
  if (!wasLookedAt(record)) await reconciler.engine.prune(plan);
  let decision = await look(reconciler, { record, plan, memory });
  if (decision.start.length > 0) {
    await startAll(reconciler, { record, plan, memory }, decision.start);
    decision = await look(reconciler, { record, plan, memory });
  }
  const addresses = await addressesOf(reconciler, plan, decision);
  await write(reconciler, record, (latest, at) => statusAfter(latest, decision, { addresses, at }));
  return resultOf(reconciler, decision);
}

/** Every plan has a Task, so a status without any says nothing of this generation's. */
function wasLookedAt({ status, generation }: EnvironmentRecord): boolean {
  return status.observedGeneration === generation && status.tasks.length > 0;
}

interface Subject {
  readonly record: EnvironmentRecord;
  readonly plan: Plan;
  readonly memory: TaskMemory;
}

async function look(
  { engine, clock, limits }: Reconciler,
  { record, plan, memory }: Subject,
): Promise<Decision> {
  const observations = await engine.observe(record.name);
  const decision = decide({
    plan,
    generation: record.generation,
    observations,
    attempts: memory.attempts,
    nowMs: clock.nowMs(),
    toMs: Date.parse,
    limits,
  });
  memory.observed(decision.tasks);
  return decision;
}

/** A Task that is refused keeps no other from being accepted. */
async function startAll(
  { engine, clock }: Reconciler,
  { record, plan, memory }: Subject,
  starts: readonly TaskStart[],
): Promise<void> {
  const { generation } = record;
  await Promise.all(
    starts.map(async ({ task, unavailable }) => {
      try {
        await engine.apply({ plan, task, generation, unavailable });
        memory.accepted(task.id, clock.nowMs());
      } catch (error) {
        memory.refused(task.id, error, clock.nowMs());
      }
    }),
  );
}

async function addressesOf(
  { engine }: Reconciler,
  plan: Plan,
  { tasks }: Decision,
): Promise<readonly Address[]> {
  const exposes = new Set(plan.tasks.filter(({ kind }) => kind === 'expose').map(({ id }) => id));
  const isExposed = tasks.some(
    ({ id, state }) => exposes.has(id) && (state === 'Succeeded' || state === 'Skipped'),
  );
  return isExposed ? await engine.addresses(plan.environment) : [];
}

function resultOf({ clock }: Reconciler, decision: Decision): PassResult {
  const { outcome, start, wakeAtMs, conditions } = decision;
  if (outcome === 'ready') return DONE;
  if (outcome === 'failed') {
    const ready = conditions.find(({ type }) => type === 'Ready');
    return { kind: 'terminal', reason: ready?.reason ?? 'TasksFailed' };
  }
  if (start.length > 0) return { kind: 'again', atMs: clock.nowMs() };
  return wakeAtMs === null ? DONE : { kind: 'again', atMs: wakeAtMs };
}

/** Takes everything away, however often it takes: an accepted removal is never given up. */
async function removalPass(reconciler: Reconciler, record: EnvironmentRecord): Promise<PassResult> {
  const { engine, events, store } = reconciler;
  if (!isRemoving(record)) {
    await events.append(removalEvent(record, 'removing'));
    await writeRemoving(reconciler, record, 'Removing', 'components are being ended');
  }
  const { left } = await engine.remove(record.name);
  if (left.length > 0) {
    const message = `still there: ${left.slice(0, LEFT_SHOWN_MAX).join(', ')}`;
    await writeRemoving(reconciler, record, 'RemovalIncomplete', message);
    return nextTry(reconciler, record.name);
  }
  await events.append(removalEvent(record, 'removed'));
  await store.markRemoved(record.uid);
  reconciler.memories.forget(record.name);
  reconciler.misses.delete(record.name);
  // It may have been asked for again meanwhile; if not, the next pass finds nothing.
  return { kind: 'again', atMs: reconciler.clock.nowMs() };
}

/** Names of what is left that a message lists. */
const LEFT_SHOWN_MAX = 10;

function isRemoving({ status, generation }: EnvironmentRecord): boolean {
  return status.conditions.some(
    ({ type, observedGeneration }) => type === 'Removing' && observedGeneration === generation,
  );
}

async function writeRemoving(
  reconciler: Reconciler,
  record: EnvironmentRecord,
  reason: string,
  message: string,
): Promise<void> {
  await writeFindings(reconciler, record, [
    { type: 'Ready', status: 'False', reason: 'Removing', message: 'it is being removed' },
    { type: 'Removing', status: 'True', reason, message },
  ]);
}

async function writeFindings(
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
 */
async function write(
  { store, events, clock }: Reconciler,
  record: EnvironmentRecord,
  statusOf: (latest: EnvironmentRecord, at: string) => EnvironmentStatus,
): Promise<void> {
  const latest = await store.get(record.name);
  if (latest?.uid !== record.uid || latest.generation !== record.generation) return;
  const status = statusOf(latest, new Date(clock.nowMs()).toISOString());
  if (isSameStatus(status, latest.status)) return;
  for (const event of eventsBetween(latest, status)) await events.append(event);
  await store.writeStatus(record.uid, status);
}

/** An error of a port that is not about one Task: of the store, of `observe`, of `remove`. */
async function passFailed(
  reconciler: Reconciler,
  name: string,
  error: unknown,
): Promise<PassResult> {
  const code = codeOf(error);
  const reason = code === 'INTERNAL' ? 'InternalError' : reasonOf(code);
  const result = nextTry(reconciler, name);
  const record = await reconciler.store.get(name).catch(() => null);
  const isFinal = RETRY_RULES[code] === 'terminal' && record?.desired !== 'removed';
  const persists = (reconciler.misses.get(name) ?? 0) >= ATTEMPTS_MAX;
  if (record !== null && (isFinal || persists)) {
    // What failed may be the store itself: then the caller has the reason, and nobody else.
    await writeFailure(reconciler, record, { reason, message: messageOf(error), isFinal }).catch(
      () => undefined,
    );
  }
  return isFinal ? { kind: 'terminal', reason } : result;
}

async function writeFailure(
  reconciler: Reconciler,
  record: EnvironmentRecord,
  failure: { readonly reason: string; readonly message: string; readonly isFinal: boolean },
): Promise<void> {
  const { reason, message, isFinal } = failure;
  if (record.desired === 'removed') {
    await writeRemoving(reconciler, record, reason, message);
    return;
  }
  await writeFindings(reconciler, record, [
    { type: 'Ready', status: 'False', reason, message },
    isFinal
      ? { type: 'Progressing', status: 'False', reason, message }
      : { type: 'Progressing', status: 'True', reason: 'Retrying', message },
  ]);
}

function nextTry({ misses, clock, random }: Reconciler, name: string): PassResult {
  const count = (misses.get(name) ?? 0) + 1;
  misses.set(name, count);
  return { kind: 'again', atMs: clock.nowMs() + backoffMs(count, random()) };
}
