import type { ErrorCode } from '../../domain/errors.ts';
import { codeOfReason } from '../../domain/plan/plan-conditions.ts';
import type { Clock } from '../ports/clock.ts';
import type { EnvironmentRecord, EnvironmentStore } from '../ports/environment-store.ts';

/** How a wait for one generation of one life of an environment ended. */
export type WaitOutcome =
  | { readonly kind: 'ready'; readonly record: EnvironmentRecord }
  | { readonly kind: 'failed'; readonly record: EnvironmentRecord; readonly code: ErrorCode }
  | { readonly kind: 'superseded'; readonly record: EnvironmentRecord }
  | { readonly kind: 'removed' }
  | { readonly kind: 'timeout'; readonly record: EnvironmentRecord }
  | { readonly kind: 'cancelled' };

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Pause between two looks; 50 unless told. Unit: milliseconds. */
  readonly pollMs?: number;
  /** Called with every new state, for a progress display. */
  readonly onState?: (record: EnvironmentRecord) => void;
  readonly signal?: AbortSignal;
}

const POLL_MS_DEFAULT = 50;

/** Follows an accepted desire until it is settled. Only reads: the work goes on whoever waits. */
export async function waitForReady(
  ports: { readonly store: EnvironmentStore; readonly clock: Clock },
  desired: Pick<EnvironmentRecord, 'name' | 'uid' | 'generation'>,
  options: WaitOptions,
): Promise<WaitOutcome> {
  const endMs = ports.clock.nowMs() + options.timeoutMs;
  const tell = tellChanges(options.onState);
  for (;;) {
    const record = await ports.store.get(desired.name);
    const outcome = outcomeOf(record, desired);
    if (record !== null && record.status.observedGeneration >= desired.generation) tell(record);
    if (outcome !== null) return outcome;
    if (options.signal?.aborted === true) return { kind: 'cancelled' };
    if (record !== null && ports.clock.nowMs() >= endMs) return { kind: 'timeout', record };
    await ports.clock.sleep(options.pollMs ?? POLL_MS_DEFAULT, options.signal);
  }
}

function tellChanges(
  onState: ((record: EnvironmentRecord) => void) | undefined,
): (record: EnvironmentRecord) => void {
  let told = '';
  return (record) => {
    const status = JSON.stringify(record.status);
    if (status === told) return;
    told = status;
    onState?.(record);
  };
}

/** Waits until the life is over. False when the time ran out. */
export async function waitForRemoval(
  ports: { readonly store: EnvironmentStore; readonly clock: Clock },
  removed: Pick<EnvironmentRecord, 'name' | 'uid'>,
  options: WaitOptions,
): Promise<boolean> {
  const endMs = ports.clock.nowMs() + options.timeoutMs;
  for (;;) {
    const record = await ports.store.get(removed.name);
    if (record?.uid !== removed.uid) return true;
    options.onState?.(record);
    if (ports.clock.nowMs() >= endMs || options.signal?.aborted === true) return false;
    await ports.clock.sleep(options.pollMs ?? POLL_MS_DEFAULT, options.signal);
  }
}

function outcomeOf(
  record: EnvironmentRecord | null,
  desired: Pick<EnvironmentRecord, 'uid' | 'generation'>,
): WaitOutcome | null {
  if (record?.uid !== desired.uid || record.desired === 'removed') return { kind: 'removed' };
  if (record.generation > desired.generation) return { kind: 'superseded', record };
  if (record.status.observedGeneration < desired.generation) return null;
  return settledOutcomeOf(record);
}

/** Whether all has come of its present generation that will come by itself. A removal always goes on. */
export function isSettled(record: EnvironmentRecord): boolean {
  const isLookedAt = record.status.observedGeneration >= record.generation;
  return record.desired === 'up' && isLookedAt && settledOutcomeOf(record) !== null;
}

function settledOutcomeOf(record: EnvironmentRecord): WaitOutcome | null {
  const { conditions, tasks } = record.status;
  const [ready, progressing] = (['Ready', 'Progressing'] as const).map((type) =>
    conditions.find((condition) => condition.type === type),
  );
  if (ready?.status === 'True') return { kind: 'ready', record };
  if (progressing?.status !== 'False') return null;
  // `Ready` says what makes the environment fail; optional components may have failed as well.
  const code =
    codeOfReason(ready?.reason ?? '') ?? tasks.find(({ state }) => state === 'Failed')?.code;
  return { kind: 'failed', record, code: code ?? 'INTERNAL' };
}
