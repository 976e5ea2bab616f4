import { reasonOf } from '../../domain/plan/plan-conditions.ts';
import type { EnvironmentRecord } from '../ports/environment-store.ts';
import { onePassAtATime } from './one-pass-at-a-time.ts';
import { desiredPass } from './reconcile-desired.ts';
import { removalPass, writeRemoving } from './reconcile-removal.ts';
import { DONE, forget, nextTry, writeFindings } from './reconciler.ts';
import type { PassResult, Reconcile, Reconciler, ReconcilerPorts } from './reconciler.ts';
import { ATTEMPTS_MAX, RETRY_RULES, codeOf, messageOf } from './retry.ts';
import { createTaskMemories } from './task-memory.ts';

export type { PassResult, Reconcile, ReconcilerPorts } from './reconciler.ts';

/**
 * Level-based reconciling (design §4): a pass takes only a name, reads what is desired and what is
 * observed, acts once, and says when it wants to be called again. It may end at any point and begin
 * anew in another process: all it needs is in the store and in the engine.
 *
 * Invariants: a second pass with nothing new writes nothing; a newer generation is simply what is
 * desired now; at most one pass per name at a time in this process. Across processes the caller
 * holds the lease of the environment.
 */
export function createReconciler(ports: ReconcilerPorts): Reconcile {
  const reconciler: Reconciler = {
    ...ports,
    memories: createTaskMemories(ports.random),
    misses: new Map(),
    plans: new Map(),
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
    forget(reconciler, name);
    return DONE;
  }
  if (record.desired === 'removed') return await removalPass(reconciler, record);
  return await desiredPass(reconciler, record);
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
