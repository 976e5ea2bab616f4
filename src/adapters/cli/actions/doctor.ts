import type { Command } from 'commander';
import type { Finding } from '../../../application/ports/doctor.ts';
import { globalFlags, printData, printLines, type CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import type { Paint } from '../paint.ts';
import { oneLine } from '../safe-text.ts';

export interface DoctorFlags {
  readonly image?: string;
  readonly output: string;
}

/** Prints each finding as soon as it is there; a document only when all are. */
export async function examine(
  context: CommandContext,
  command: Command,
  flags: DoctorFlags,
): Promise<void> {
  const { doctor, close } = await context.services.doctor(globalFlags(command));
  const findings: Finding[] = [];
  try {
    for await (const finding of doctor.examine({ image: flags.image ?? null }, context.signal)) {
      findings.push(finding);
      if (flags.output === 'table') printLines(context, findingLines(finding, context.paint));
    }
  } finally {
    await close();
  }
  if (flags.output !== 'table') await printData(context, flags.output, { findings }, () => []);
  if (findings.some(({ outcome }) => outcome === 'fail')) context.exitCode = EXIT.infrastructure;
}

function findingLines(finding: Finding, paint: Paint): readonly string[] {
  const { check, outcome, message, code, costs, remedy } = finding;
  const mark = {
    pass: paint.good('pass'),
    warn: paint.warn('warn'),
    fail: paint.bad('fail'),
  }[outcome];
  const told = code === null ? message : `${code}: ${message}`;
  return [
    `${mark}  ${paint.strong(oneLine(check))}: ${oneLine(told)}`,
    ...(costs === null ? [] : [`      costs: ${oneLine(costs)}`]),
    ...(remedy === null ? [] : [`      mend:  ${oneLine(remedy)}`]),
  ];
}
