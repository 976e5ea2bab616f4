import { matchesGlob } from 'node:path';
import type { TaskOrder } from '../../../application/ports/engine.ts';
import type { DataStep, Datastore } from '../../../domain/catalog/component.ts';
import { OperationError } from '../../../domain/errors.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import type { TaskKind } from '../../../domain/plan/plan.ts';
import type { Site } from './site.ts';

/**
 * The files of a Task's own step, out of all that whoever compiled the plan kept for its datastore.
 *
 * @throws {OperationError} `MIGRATION_FAILED`, `SEED_FAILED` when nothing was kept.
 */
export async function stepFilesOf(
  { planFiles }: Pick<Site, 'planFiles'>,
  { plan, task }: TaskOrder,
): Promise<ReadonlyMap<string, string>> {
  const name = task.component ?? '';
  const patterns = patternsOf(stepOf(definitionOf(plan, name)?.datastore, task.kind));
  if (patterns.length === 0) return new Map();
  const kept = await planFiles.load(plan, name);
  if (kept === null) {
    const code = task.kind === 'seed' ? 'SEED_FAILED' : 'MIGRATION_FAILED';
    throw new OperationError(code, `the files of "${name}" are not kept with its plan`, {
      hint: 'bring the environment up again from where its repositories can be read',
    });
  }
  const wanted = [...kept].filter(([path]) =>
    patterns.some((pattern) => matchesGlob(path, pattern.replace(/^(?:\.\/)+/u, ''))),
  );
  return new Map(wanted);
}

function stepOf(datastore: Datastore | undefined, kind: TaskKind): DataStep | undefined {
  if (kind === 'migrate') return datastore?.migrations;
  return kind === 'seed' ? datastore?.seeds : undefined;
}

function patternsOf(step: DataStep | undefined): readonly string[] {
  return step !== undefined && 'files' in step ? step.files : [];
}
