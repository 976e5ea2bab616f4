import type { Component, DataStep } from '../../domain/catalog/component.ts';
import { OperationError, type ErrorCode } from '../../domain/errors.ts';
import { definitionOf } from '../../domain/plan/plan-lookup.ts';
import type { Plan, PlannedComponent } from '../../domain/plan/plan.ts';
import type { Revision } from '../../domain/revision/revision.ts';
import type { PlanFiles } from '../ports/plan-files.ts';
import type { SourceFiles } from '../ports/repositories.ts';

/**
 * The files that fill the datastores of a plan, kept beside it by whoever compiles it: who carries it out
 * has no repository.
 */

export interface FileKeeping {
  readonly planFiles: PlanFiles;
  /** Null for who has no repositories: then only what an earlier plan had can be kept on. */
  readonly sources: SourceFiles | null;
}

/** Of one datastore. Unit: bytes. */
const FILES_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Keeps the files of every datastore of the plan, at its frozen revision.
 *
 * @param before - The plan that this one replaces: what it has at the same revision is taken from there.
 * @throws {OperationError} `MIGRATION_FAILED`, `SEED_FAILED` when a pattern matches nothing, or too much.
 */
export async function keepPlanFiles(
  keeping: FileKeeping,
  plan: Plan,
  before: Plan | null = null,
): Promise<void> {
  for (const { name, revision } of plan.components) {
    const component = definitionOf(plan, name);
    if (component === undefined || !hasFiles(component)) continue;
    const files =
      (await keptBefore(keeping, { name, revision }, before)) ??
      (keeping.sources === null
        ? null
        : await filesOfDatastore(keeping.sources, component, revision));
    if (files !== null) await keeping.planFiles.save(plan, name, files);
  }
}

async function keptBefore(
  { planFiles }: FileKeeping,
  { name, revision }: Pick<PlannedComponent, 'name' | 'revision'>,
  before: Plan | null,
): Promise<ReadonlyMap<string, string> | null> {
  const present = before?.components.find((component) => component.name === name);
  if (before === null || present === undefined || revision === null) return null;
  return present.revision?.sha === revision.sha ? await planFiles.load(before, name) : null;
}

interface Step {
  readonly code: ErrorCode;
  readonly step: DataStep | undefined;
}

function stepsOf({ datastore }: Component): readonly Step[] {
  return [
    { code: 'MIGRATION_FAILED', step: datastore?.migrations },
    { code: 'SEED_FAILED', step: datastore?.seeds },
  ];
}

function hasFiles(component: Component): boolean {
  return stepsOf(component).some(({ step }) => patternsOf(step).length > 0);
}

function patternsOf(step: DataStep | undefined): readonly string[] {
  return step !== undefined && 'files' in step ? step.files : [];
}

/** Path → text of both its migrations and its seeds. */
async function filesOfDatastore(
  sources: SourceFiles,
  component: Component,
  revision: Revision | null,
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  let bytes = 0;
  for (const { code, step } of stepsOf(component)) {
    for (const pattern of patternsOf(step)) {
      const found = await sources.read(revision, [pattern]);
      if (found.size === 0) throw nothingMatches(code, component.name, pattern);
      found.forEach((text, path) => files.set(path, text));
      bytes += lengthOf(found);
      if (bytes > FILES_BYTES_MAX) throw tooMuch(code, component.name);
    }
  }
  return files;
}

function lengthOf(files: ReadonlyMap<string, string>): number {
  return files.values().reduce((sum, text) => sum + text.length, 0);
}

function nothingMatches(code: ErrorCode, datastore: string, pattern: string): OperationError {
  return new OperationError(code, `no file matches "${pattern}" of datastore "${datastore}"`);
}

function tooMuch(code: ErrorCode, datastore: string): OperationError {
  const mebibytes = FILES_BYTES_MAX / 1024 / 1024;
  return new OperationError(code, `the files of "${datastore}" have more than ${mebibytes} MiB`, {
    hint: 'fill it by a command of an image that holds the data',
  });
}
