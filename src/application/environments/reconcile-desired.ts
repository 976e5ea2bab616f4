import { decide } from '../../domain/plan/decide.ts';
import type { Decision, TaskStart } from '../../domain/plan/decide.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Address } from '../ports/engine.ts';
import type { EnvironmentRecord } from '../ports/environment-store.ts';
import { statusAfter } from './environment-status.ts';
import { DONE, nextTry, now, write } from './reconciler.ts';
import type { PassResult, Reconciler } from './reconciler.ts';
import type { TaskMemory } from './task-memory.ts';

/** The plan of exactly this record; a plan may be large, so the last one is kept by its hash. */
async function planOf(
  { store, plans }: Reconciler,
  { name, uid, planHash }: EnvironmentRecord,
): Promise<Plan | null> {
  const known = plans.get(name);
  if (known !== undefined && known.planHash === planHash) return known.plan;
  const plan = await store.plan(uid);
  const latest = await store.get(name);
  if (plan === null || latest?.uid !== uid || latest.planHash !== planHash) return null;
  if (planHash !== null) plans.set(name, { planHash, plan });
  return plan;
}

/** Looks, starts what may start, looks again and writes down what it saw. */
export async function desiredPass(
  reconciler: Reconciler,
  record: EnvironmentRecord,
): Promise<PassResult> {
  const plan = await planOf(reconciler, record);
  // Something newer was desired, or the life ended, between two reads.
  if (plan === null) return nextTry(reconciler, record.name);
  const memory = reconciler.memories.of(record);
  if (!wasLookedAt(record)) await reconciler.engine.prune(plan);
  let decision = await look(reconciler, { record, plan, memory });
  if (decision.start.length > 0) {
    await startAll(reconciler, { record, plan, memory }, decision.start);
    decision = await look(reconciler, { record, plan, memory });
  }
  const addresses = await addressesOf(reconciler, plan, decision);
  const { tasks } = decision;
  const conditions = [...decision.conditions, ...(reconciler.standing ?? [])];
  const isCurrent = await write(reconciler, record, (latest, at) =>
    statusAfter(latest, { tasks, conditions }, { addresses, at }),
  );
  reconciler.misses.delete(record.name);
  return isCurrent ? resultOf(reconciler, decision) : now(reconciler);
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

/** Tasks that one pass hands over side by side. */
const HANDED_OVER_MAX = 64;
/**
 * Nothing more is handed over by a pass that is as old: by then something more urgent may be ready, and there
 * is a next pass. Unit: milliseconds.
 */
const HANDING_OVER_MS = 500;

/** A Task that is refused keeps no other from being accepted. */
async function startAll(
  { engine, clock }: Reconciler,
  { record, plan, memory }: Subject,
  starts: readonly TaskStart[],
): Promise<void> {
  const { generation } = record;
  const latestMs = clock.nowMs() + HANDING_OVER_MS;
  const queue = starts.values();
  const handOver = async (): Promise<void> => {
    for (const { task, unavailable } of queue) {
      try {
        await engine.apply({ plan, task, generation, unavailable });
        memory.accepted(task.id, clock.nowMs());
      } catch (error) {
        memory.refused(task.id, error, clock.nowMs());
      }
      if (clock.nowMs() >= latestMs) return;
    }
  };
  await Promise.all(Array.from({ length: HANDED_OVER_MAX }, handOver));
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

function resultOf(reconciler: Reconciler, decision: Decision): PassResult {
  const { outcome, start, wakeAtMs, conditions } = decision;
  if (outcome === 'ready') return DONE;
  if (outcome === 'failed') {
    const ready = conditions.find(({ type }) => type === 'Ready');
    return { kind: 'terminal', reason: ready?.reason ?? 'TasksFailed' };
  }
  if (start.length > 0) return now(reconciler);
  return wakeAtMs === null ? DONE : { kind: 'again', atMs: wakeAtMs };
}
