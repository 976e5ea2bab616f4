import { CommanderError } from 'commander';
import { DiagnosticsError, type Diagnostic } from '../../domain/diagnostic.ts';
import { OperationError } from '../../domain/errors.ts';
import { EXIT, EXIT_CODES, type ExitCode } from './exit-codes.ts';
import type { Paint } from './paint.ts';
import { oneLine, printable } from './safe-text.ts';

/** How the command line shows what went wrong: all of it, where, and how to mend it. */

export interface Failure {
  readonly lines: readonly string[];
  readonly exitCode: ExitCode;
}

export function failureOf(error: unknown, paint: Paint): Failure {
  if (error instanceof DiagnosticsError) {
    return {
      lines: [
        ...diagnosticLines(error.diagnostics, paint),
        paint.bad(`${error.code}: ${oneLine(error.message)}`),
      ],
      exitCode: EXIT_CODES[error.code],
    };
  }
  if (error instanceof OperationError) {
    return {
      lines: [
        paint.bad(`${error.code}: ${printable(error.message)}`),
        `  ${printable(error.hint)}`,
      ],
      exitCode: EXIT_CODES[error.code],
    };
  }
  // Commander has printed its own message by now; help and version are no failures.
  if (error instanceof CommanderError) {
    return { lines: [], exitCode: error.exitCode === 0 ? EXIT.fine : EXIT.input };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    lines: [
      paint.bad(`INTERNAL: ${printable(text)}`),
      '  please report it with the output of the command',
    ],
    exitCode: EXIT.internal,
  };
}

/** `file:line:column: error CODE: message`, the hint below it; as compilers do, so that editors jump there. */
export function diagnosticLines(diagnostics: readonly Diagnostic[], paint: Paint): string[] {
  return diagnostics.flatMap(({ location, severity, code, message, hint, component }) => {
    const place =
      location === undefined
        ? (component ?? '')
        : `${location.file}:${location.line}:${location.column}`;
    const head = severity === 'error' ? paint.bad(`error ${code}`) : paint.warn(`warning ${code}`);
    const line = `${place === '' ? '' : `${oneLine(place)}: `}${head}: ${oneLine(message)}`;
    return hint === undefined ? [line] : [line, `  ${oneLine(hint)}`];
  });
}
