import type { Command } from 'commander';
import { OperationError } from '../../domain/errors.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Paint } from './paint.ts';
import type { CliServices, GlobalFlags, Installation, Terminal } from './services.ts';

/** What every command works with: services, terminal, and where its exit code goes. */
export interface CommandContext {
  readonly services: CliServices;
  readonly terminal: Terminal;
  readonly paint: Paint;
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** 0 unless set; the program ends with it. */
  exitCode: ExitCode;
}

export type OutputFormat = 'table' | 'json' | 'yaml';

export const OUTPUT_FLAG = '-o, --output <format>';
export const OUTPUT_HELP = 'table, json or yaml';

/** Data for a program or a person, on stdout. Nothing else ever goes there. */
export async function printData(
  context: CommandContext,
  format: string,
  document: unknown,
  table: () => readonly string[],
): Promise<void> {
  if (format === 'table') printLines(context, table());
  else if (format === 'json') printLines(context, [JSON.stringify(document, null, 2)]);
  else if (format === 'yaml') {
    const { stringify } = await import('yaml');
    printLines(context, [stringify(document).trimEnd()]);
  } else throw unknownFormat(format, ['table', 'json', 'yaml']);
}

export function unknownFormat(format: string, known: readonly string[]): OperationError {
  return new OperationError(
    'USAGE',
    `unknown output format "${format}"; expected ${known.join(', ')}`,
  );
}

export function printLines(context: CommandContext, lines: readonly string[]): void {
  if (lines.length > 0) context.terminal.stdout.write(`${lines.join('\n')}\n`);
}

/** Progress and messages for people, on stderr. */
export function say(context: CommandContext, line: string): void {
  context.terminal.stderr.write(`${line}\n`);
}

/** Runs with the installation open, and closes it whatever happens. */
export async function withInstallation<Result>(
  context: CommandContext,
  command: Command,
  use: (installation: Installation) => Promise<Result>,
): Promise<Result> {
  const installation = await context.services.installation(globalFlags(command));
  try {
    return await use(installation);
  } finally {
    await installation.close();
  }
}

export function globalFlags(command: Command): GlobalFlags {
  return command.optsWithGlobals<GlobalFlags>();
}

/** `a,b` and repeated flags alike. */
export function collectNames(value: string, before: readonly string[]): readonly string[] {
  const names = value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return [...before, ...names];
}

/** `component=ref`, repeated. */
export function collectPins(
  value: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const at = value.indexOf('=');
  if (at < 1) {
    // A bare name pins a component to the branch itself.
    return { ...before, [value]: '' };
  }
  return { ...before, [value.slice(0, at)]: value.slice(at + 1) };
}

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `2h`, `500ms` → milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/u.exec(text);
  const unit = match?.[2];
  if (match === null || !isUnit(unit)) {
    throw new OperationError('USAGE', `"${text}" is not a duration; expected one like 90s or 2h`);
  }
  return Number(match[1]) * UNITS_MS[unit];
}

function isUnit(text: string | undefined): text is keyof typeof UNITS_MS {
  return text !== undefined && Object.hasOwn(UNITS_MS, text);
}
