import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProjectContract } from '../../contract/project.ts';
import { compareDiagnostics, DiagnosticsError, type Diagnostic } from '../../domain/diagnostic.ts';
import { OperationError } from '../../domain/errors.ts';
import { linesOf } from './lines.ts';
import { readFully } from './full-yaml.ts';
import { decode, readBytes } from './read-file.ts';
import { validateProject } from './validate.ts';

/** `offshoot.yaml`: where it is, and what it says. */

const PROJECT_FILES = ['offshoot.yaml', 'offshoot.yml'] as const;

/** The project file of a folder: its own, or that of the nearest folder above; null when there is none. */
export async function findProject(fromFolder: string): Promise<string | null> {
  for (let folder = fromFolder; ; folder = dirname(folder)) {
    for (const name of PROJECT_FILES) {
      const file = join(folder, name);
      if (await exists(file)) return file;
    }
    if (dirname(folder) === folder) return null;
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

/**
 * @throws {OperationError} `PROJECT_NOT_FOUND` if it cannot be read.
 * @throws {DiagnosticsError} `PROJECT_INVALID` with all that is wrong in it.
 */
export function readProject(file: string): ProjectContract {
  const bytes = readBytes(file);
  if (!Buffer.isBuffer(bytes)) {
    const message = `the project "${file}" cannot be used: ${bytes.message}`;
    throw new OperationError('PROJECT_NOT_FOUND', message);
  }
  const text = decode(bytes, file);
  if (typeof text !== 'string') {
    throw invalid(file, [{ message: text.message, location: { file, line: 1, column: 1 } }]);
  }
  return parseProject(file, text);
}

function parseProject(file: string, text: string): ProjectContract {
  const locate = linesOf(file, text);
  const [document, ...more] = readFully(text);
  const problems = document?.problems ?? [];
  if (problems.length > 0) {
    throw invalid(
      file,
      problems.map(({ offset, message }) => ({ message, location: locate(offset) })),
    );
  }
  if (document === undefined || document.root === null || more.length > 0) {
    const message = 'expected one document of kind "Project"';
    throw invalid(file, [{ message, location: locate(0) }]);
  }
  const { parsed, diagnostics } = validateProject(document.root, locate);
  if (parsed === null || diagnostics.length > 0) throw invalid(file, diagnostics);
  return parsed.document;
}

function invalid(
  file: string,
  problems: readonly Pick<Diagnostic, 'message' | 'hint' | 'location'>[],
): DiagnosticsError {
  const diagnostics = problems.map(({ message, hint, location }): Diagnostic => ({
    code: 'PROJECT_INVALID',
    severity: 'error',
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(location === undefined ? {} : { location }),
  }));
  return new DiagnosticsError(
    `the project "${file}" has mistakes`,
    diagnostics.toSorted(compareDiagnostics),
  );
}
