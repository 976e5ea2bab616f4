import type { EnvironmentRecord } from '../ports/environment-store.ts';
import { removalEvent } from './environment-events.ts';
import { forget, nextTry, now, writeFindings } from './reconciler.ts';
import type { PassResult, Reconciler } from './reconciler.ts';

/** Takes everything away, however often it takes: an accepted removal is never given up. */
export async function removalPass(
  reconciler: Reconciler,
  record: EnvironmentRecord,
): Promise<PassResult> {
  const { engine, events, store } = reconciler;
  if (!isRemoving(record)) {
    await events.append(removalEvent(record, 'removing'));
    await writeRemoving(reconciler, record, 'Removing', 'components are being ended');
  }
  const { left, notes = [] } = await engine.remove(record.name);
  if (left.length > 0) {
    const message = `still there: ${left.slice(0, LEFT_SHOWN_MAX).join(', ')}`;
    await writeRemoving(reconciler, record, 'RemovalIncomplete', message);
    return nextTry(reconciler, record.name);
  }
  const latest = await store.get(record.name);
  // Asked for again while its components ended: this life goes on.
  if (latest?.uid === record.uid && latest.desired === 'up') return now(reconciler);
  await events.append(removalEvent(record, 'removed', notes));
  await store.markRemoved(record.uid);
  forget(reconciler, record.name);
  // It may have been asked for again meanwhile; if not, the next pass finds nothing.
  return now(reconciler);
}

/** Names of what is left that a message lists. */
const LEFT_SHOWN_MAX = 10;

function isRemoving({ status, generation }: EnvironmentRecord): boolean {
  return status.conditions.some(
    ({ type, observedGeneration }) => type === 'Removing' && observedGeneration === generation,
  );
}

export async function writeRemoving(
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
