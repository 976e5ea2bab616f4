import type { Command } from 'commander';
import type { LogLine } from '../../../application/ports/engine.ts';
import {
  jsonText,
  printData,
  printLines,
  withInstallation,
  type CommandContext,
} from '../command-context.ts';
import { printable } from '../safe-text.ts';

export interface LogsFlags {
  readonly tail?: number;
  readonly follow?: boolean;
  readonly timestamps?: boolean;
  readonly previous?: boolean;
  readonly output: string;
}

export async function printLogs(
  context: CommandContext,
  command: Command,
  of: { readonly name: string; readonly component: string },
  flags: LogsFlags,
): Promise<void> {
  await withInstallation(context, command, async ({ environments, views }) => {
    const record = await environments.get(of.name);
    const lines = views.logs(record.name, of.component, {
      signal: context.signal,
      follow: flags.follow === true,
      previous: flags.previous === true,
      ...(flags.tail === undefined ? {} : { tail: flags.tail }),
    });
    for await (const line of lines) await printLine(context, line, flags);
  });
}

async function printLine(
  context: CommandContext,
  { at, stream, text }: LogLine,
  { output, timestamps }: LogsFlags,
): Promise<void> {
  if (output === 'json') printLines(context, [jsonText({ at, stream, text })]);
  else if (output === 'yaml') {
    printLines(context, ['---']);
    await printData(context, 'yaml', { at, stream, text }, () => []);
  } else printLines(context, [printable(timestamps === true ? `${at} ${text}` : text)]);
}
