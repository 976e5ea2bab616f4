import type { Command } from 'commander';
import type { Paint } from './paint.ts';
import { guarded } from './safe-text.ts';
import type { CliServices, GlobalFlags, Installation, Terminal } from './services.ts';

/** What every command works with: services, terminal, and where its exit code goes. */
export interface CommandContext {
  readonly services: CliServices;
  readonly terminal: Terminal;
  /** Of stdout: data. */
  readonly paint: Paint;
  /** Of stderr: progress and messages. */
  readonly messagePaint: Paint;
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** 0 unless set; the program ends with it. One of `EXIT`, except that `exec` hands on that of its command. */
  exitCode: number;
}

/** Data for a program or a person, on stdout. Nothing else ever goes there. */
export async function printData(
  context: CommandContext,
  format: string,
  document: unknown,
  table: () => readonly string[],
): Promise<void> {
  if (format === 'table') printLines(context, table());
  else if (format === 'yaml') {
    const { stringify } = await import('yaml');
    printLines(context, [stringify(document, { aliasDuplicateObjects: false }).trimEnd()]);
  } else printLines(context, [jsonText(document, 2)]);
}

const OBEYED_IN_JSON = /[\u007f-\u009f\p{Bidi_Control}]/gu;

/** JSON leaves some of what a terminal obeys as it is; escaped it is the same JSON. */
export function jsonText(document: unknown, indent = 0): string {
  return JSON.stringify(document, null, indent).replaceAll(
    OBEYED_IN_JSON,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

export function printLines(context: CommandContext, lines: readonly string[]): void {
  if (lines.length === 0) return;
  context.terminal.stdout.write(`${guarded(lines.join('\n'), context.paint.hasColour)}\n`);
}

/** Progress and messages for people, on stderr. */
export function say(context: CommandContext, line: string): void {
  context.terminal.stderr.write(`${guarded(line, context.messagePaint.hasColour)}\n`);
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
