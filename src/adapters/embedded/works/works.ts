import type { TaskOrder } from '../../../application/ports/engine.ts';
import type { Component } from '../../../domain/catalog/component.ts';
import { invariant } from '../../../domain/errors.ts';
import type { TaskKind } from '../../../domain/plan/plan.ts';
import { boundaryWork } from './boundary.ts';
import { buildWork } from './build.ts';
import { componentOf, jobWork, serviceWork } from './components.ts';
import { postgresWork } from '../datastores/postgres.ts';
import { stepWork } from '../datastores/steps.ts';
import type { Site, Worktree } from '../site.ts';
import type { UnitWork } from './unit.ts';

/** Kinds whose effect outlives the agent: once Succeeded, a new agent need not do them again. */
export const DURABLE_KINDS: ReadonlySet<TaskKind> = new Set([
  'build',
  'migrate',
  'seed',
  'index',
  'topic',
  'run',
]);

const DONE: UnitWork = (unit) => {
  unit.succeeded();
  return Promise.resolve();
};

/**
 * What a Task does here.
 *
 * @throws {OperationError} of the worktree it needs.
 */
export async function workFor(site: Site, order: TaskOrder): Promise<UnitWork> {
  const { kind } = order.task;
  // Its ports are recorded and its relays listen as soon as the plan is known.
  if (kind === 'namespace' || kind === 'expose') return DONE;
  const component = componentOf(order);
  if (kind === 'boundary') return boundaryWork(site, component);
  if (kind === 'index' || kind === 'topic') return leftToItself(component, kind);
  if (kind === 'deploy' && runsAsPostgres(component)) return postgresWork(site, component);
  return workIn(await worktreeOf(site, order, component), { site, component, kind });
}

interface WorktreeTask {
  readonly site: Site;
  readonly component: Component;
  readonly kind: 'build' | 'deploy' | 'run' | 'migrate' | 'seed';
}

function workIn(worktree: Worktree, { site, component, kind }: WorktreeTask): UnitWork {
  if (kind === 'build') return buildWork(site, component, worktree);
  if (kind === 'deploy') return serviceWork(site, component, worktree.folder);
  if (kind === 'run') return jobWork(site, component, worktree.folder);
  const { migrations, seeds } = component.datastore ?? {};
  const step = kind === 'seed' ? seeds : migrations;
  invariant(step !== undefined, `"${kind}/${component.name}" is planned without a step`);
  return stepWork(site, component, step, worktree.folder);
}

export function runsAsPostgres(component: Component): boolean {
  return component.datastore?.engine === 'postgres';
}

async function worktreeOf(site: Site, order: TaskOrder, component: Component): Promise<Worktree> {
  const planned = order.plan.components.find(({ name }) => name === component.name);
  return await site.checkout(planned?.revision ?? null);
}

function leftToItself(component: Component, kind: 'index' | 'topic'): UnitWork {
  const what = kind === 'index' ? 'indices' : 'topics';
  return (unit) => {
    unit.succeeded({ message: `${what} of "${component.name}" are left to its own command` });
    return Promise.resolve();
  };
}
