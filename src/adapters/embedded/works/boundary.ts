import type { TaskRecord } from '../../../application/ports/engine-ledger.ts';
import type { Component } from '../../../domain/catalog/component.ts';
import { isAlive } from '../processes/process-host.ts';
import type { Site } from '../site.ts';
import type { UnitContext, UnitWork } from './unit.ts';

/** Watches what an environment uses and does not run. Its relays lead to it whenever it is there. */

const STARTING_POLL_MS = 100;
const STEADY_POLL_MS = 1_000;
/** A failure from before we asked: the baseline is about to try again. */
const OLD_FAILURE_GRACE_MS = 10_000;

export function boundaryWork(site: Site, component: Component): UnitWork {
  return component.type === 'external'
    ? (unit) => {
        unit.succeeded();
        return Promise.resolve();
      }
    : (unit) => watchBaseline(site, component, unit);
}

async function watchBaseline(site: Site, component: Component, unit: UnitContext): Promise<void> {
  const askedMs = site.clock.nowMs();
  while (!unit.signal.aborted) {
    const state = await baselineState(site, component, askedMs);
    if (unit.signal.aborted) return;
    tell(unit, state);
    const isSteady = state.kind === 'ready';
    await site.clock.sleep(isSteady ? STEADY_POLL_MS : STARTING_POLL_MS, unit.signal);
  }
}

function tell(unit: UnitContext, state: BaselineState): void {
  switch (state.kind) {
    case 'ready':
      return unit.succeeded();
    case 'starting':
      return unit.running();
    case 'failed':
      return unit.failed({ code: 'BASELINE_FAILED', message: state.message });
  }
}

type BaselineState =
  | { readonly kind: 'ready' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'failed'; readonly message: string };

async function baselineState(
  site: Site,
  component: Component,
  askedMs: number,
): Promise<BaselineState> {
  const baseline = await site.baselineView.look();
  const needed = neededTasks(component).map((id) => baseline.tasks.get(id));
  const failed = needed.find((record) => record?.state === 'Failed');
  if (failed !== undefined && !isOldNews(site, failed, askedMs)) {
    const why = failed.message ?? failed.code ?? 'no reason is known';
    return { kind: 'failed', message: `"${component.name}" of the baseline failed: ${why}` };
  }
  const isDone = needed.every((record) => record?.state === 'Succeeded');
  // The ledger still says Succeeded when the baseline's agent was killed.
  const runs = baseline.processes.some(
    (process) => process.owner === `deploy/${component.name}` && isAlive(site.host, process),
  );
  return { kind: isDone && runs ? 'ready' : 'starting' };
}

/** A datastore is of use once it is filled. */
function neededTasks({ name, datastore }: Component): readonly string[] {
  return [
    `deploy/${name}`,
    ...(datastore?.migrations === undefined ? [] : [`migrate/${name}`]),
    ...(datastore?.seeds === undefined ? [] : [`seed/${name}`]),
  ];
}

function isOldNews(site: Site, failed: TaskRecord, askedMs: number): boolean {
  const failedMs = Date.parse(failed.finishedAt ?? failed.startedAt);
  return failedMs < askedMs && site.clock.nowMs() - askedMs < OLD_FAILURE_GRACE_MS;
}
