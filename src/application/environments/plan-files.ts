import type { DataStep } from '../../domain/catalog/component.ts';
import { OperationError, type ErrorCode } from '../../domain/errors.ts';
import { definitionOf } from '../../domain/plan/plan-lookup.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { SourceFiles } from '../ports/repositories.ts';

/**
 * The files that fill the datastores of a plan, read at the frozen revision by whoever compiles it: who
 * carries it out has no repository.
 */

/** Datastore → path → text; both its migrations and its seeds. */
export type DataFiles = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Of all files of one plan together. Unit: bytes. */
const FILES_BYTES_MAX = 8 * 1024 * 1024;

/** @throws {OperationError} `MIGRATION_FAILED`, `SEED_FAILED` when a pattern matches nothing, or too much. */
export async function dataFilesOf(sources: SourceFiles, plan: Plan): Promise<DataFiles> {
  const files = new Map<string, ReadonlyMap<string, string>>();
  let bytes = 0;
  for (const { name, revision } of plan.components) {
    const datastore = definitionOf(plan, name)?.datastore;
    const steps = [
      { code: 'MIGRATION_FAILED', step: datastore?.migrations },
      { code: 'SEED_FAILED', step: datastore?.seeds },
    ] as const;
    const ofDatastore = new Map<string, string>();
    for (const { code, step } of steps) {
      for (const pattern of patternsOf(step)) {
        const found = await sources.read(revision, [pattern]);
        if (found.size === 0) throw nothingMatches(code, name, pattern);
        for (const [path, text] of found) {
          if (!ofDatastore.has(path)) bytes += Buffer.byteLength(text);
          ofDatastore.set(path, text);
        }
        if (bytes > FILES_BYTES_MAX) throw tooMuch(code, name);
      }
    }
    if (ofDatastore.size > 0) files.set(name, ofDatastore);
  }
  return files;
}

function patternsOf(step: DataStep | undefined): readonly string[] {
  return step !== undefined && 'files' in step ? step.files : [];
}

function nothingMatches(code: ErrorCode, datastore: string, pattern: string): OperationError {
  return new OperationError(code, `no file matches "${pattern}" of datastore "${datastore}"`);
}

function tooMuch(code: ErrorCode, datastore: string): OperationError {
  const mebibytes = FILES_BYTES_MAX / 1024 / 1024;
  return new OperationError(
    code,
    `the files up to datastore "${datastore}" have more than ${mebibytes} MiB`,
    { hint: 'fill it by a command of an image that holds the data' },
  );
}
