import { invariant, OperationError, type ErrorCode } from './errors.ts';

/** A place in a file that a person wrote. `line` and `column` count from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One mistake in what people wrote. All of them are reported at once, never only the first. */
export interface Diagnostic {
  readonly code: ErrorCode;
  readonly severity: 'error' | 'warning';
  /** Lower-case start, no final stop, the thing in quotes, what was expected. */
  readonly message: string;
  /** How to mend it. */
  readonly hint?: string;
  readonly location?: Location;
  readonly component?: string;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

/** File, line, column, code, message: the order in which people read them, and a total one. */
export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return (
    compareLocations(a.location, b.location) ||
    compareText(a.code, b.code) ||
    compareText(a.message, b.message)
  );
}

const NOWHERE: Location = { file: '', line: 0, column: 0 };

/** File, line, column. */
export function compareLocations(a: Location = NOWHERE, b: Location = NOWHERE): number {
  return compareText(a.file, b.file) || a.line - b.line || a.column - b.column;
}

/** Code unit order: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Bad input as a failed operation: everything that is wrong, at once. */
export class DiagnosticsError extends OperationError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(message: string, diagnostics: readonly Diagnostic[]) {
    const first = diagnostics.find((diagnostic) => diagnostic.severity === 'error');
    invariant(first !== undefined, 'input without an error is refused');
    super(first.code, message);
    this.diagnostics = diagnostics;
  }
}
