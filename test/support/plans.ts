import type { Catalog } from '../../src/domain/catalog/component.ts';
import { closeOver } from '../../src/domain/closure/close.ts';
import type { Closure, ClosureRequest } from '../../src/domain/closure/closure.ts';
import { decide } from '../../src/domain/plan/decide.ts';
import type { DecideInput, Decision } from '../../src/domain/plan/decide.ts';
import type { SettingsDigests } from '../../src/domain/plan/layout.ts';
import { planFor } from '../../src/domain/plan/plan-for.ts';
import type { Plan, Task } from '../../src/domain/plan/plan.ts';
import type { ObservedTask } from '../../src/domain/plan/task-states.ts';
import type { Revision } from '../../src/domain/revision/revision.ts';
import { changeable } from './catalogs.ts';

/** Builders of plans and of what is observed of them: only what a test is about is written. */

export interface PlanSpec extends Partial<ClosureRequest> {
  readonly picks?: Readonly<Record<string, Revision>>;
  readonly buildsFromSource?: boolean;
  readonly environment?: string;
  readonly domain?: string;
  readonly settings?: SettingsDigests;
  /** In place of the closure of the changes. */
  readonly closure?: Closure;
}

/** The plan of a catalog; `full` isolation and every component changed unless told otherwise. */
export function planOf(catalog: Catalog, spec: PlanSpec = {}): Plan {
  const { environment = 'coupon', domain = 'localhost', buildsFromSource = true } = spec;
  return planFor({
    environment,
    branch: 'feat/coupon',
    domain,
    settings: spec.settings,
    catalog,
    closure: spec.closure ?? closeOver(catalog, { ...requestFor(catalog), ...spec }),
    picks: new Map(Object.entries(spec.picks ?? {})),
    traits: { buildsFromSource },
  });
}

function requestFor(catalog: Catalog): ClosureRequest {
  return { changed: changeable(catalog), entries: [], include: [], isolation: 'full' };
}

export function revision(sha: string, repository = 'shop.git'): Revision {
  return { repository, sha, branch: 'feat/coupon' };
}

export function task(plan: Plan, id: string): Task {
  const found = plan.tasks.find((each) => each.id === id);
  if (found === undefined) throw new Error(`the plan has no task "${id}"`);
  return found;
}

/** Instants of tests count from here; milliseconds since the epoch. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);

export function seen(
  plan: Plan,
  id: string,
  state: ObservedTask['state'],
  more: Partial<ObservedTask> & { readonly startedAtMs?: number } = {},
): ObservedTask {
  const { startedAtMs = 0, ...facts } = more;
  return {
    task: id,
    fingerprint: task(plan, id).fingerprint,
    generation: 1,
    state,
    startedAt: new Date(EPOCH_MS + startedAtMs).toISOString(),
    ...facts,
  };
}

/** Generation 1, no time gone by, room for 8 unless told otherwise. */
export function decided(
  plan: Plan,
  observations: readonly ObservedTask[] = [],
  more: Partial<DecideInput> = {},
): Decision {
  return decide({
    plan,
    generation: 1,
    observations,
    attempts: new Map(),
    nowMs: EPOCH_MS,
    toMs: Date.parse,
    limits: { concurrency: 8 },
    ...more,
  });
}
