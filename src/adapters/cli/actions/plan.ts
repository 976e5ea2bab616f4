import type { Command } from 'commander';
import { explanationDocument, planDocument } from '../../../application/documents.ts';
import {
  compile,
  type Compiled,
  type CompilePorts,
} from '../../../application/environments/compile.ts';
import { planSettingsOf } from '../../../application/environments/plan-settings.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import {
  globalFlags,
  printData,
  printLines,
  say,
  withInstallation,
  type CommandContext,
} from '../command-context.ts';
import { compileRequestOf, type CompileFlags } from '../commands/compile-flags.ts';
import { explanationLines, planLines } from '../presenters/plan-text.ts';
import { warningDiagnosticLines } from '../presenters/warnings.ts';

export interface PlanFlags extends CompileFlags {
  readonly output: string;
  readonly explain?: boolean;
}

export async function showPlan(
  context: CommandContext,
  command: Command,
  branch: string | undefined,
  flags: PlanFlags,
): Promise<void> {
  const request = compileRequestOf(branch, flags);
  if (request.branch === null && flags.explain === true) {
    throw new OperationError('USAGE', '--explain needs a branch, not --changed');
  }
  const compiled =
    request.branch === null
      ? await compile(await offlinePorts(context, command), request)
      : await withInstallation(context, command, ({ environments }) => environments.plan(request));
  for (const line of warningDiagnosticLines(compiled.diagnostics, context.messagePaint)) {
    say(context, line);
  }
  if (flags.output === 'dot' || flags.output === 'mermaid') {
    await printDrawing(context, compiled.plan, flags.output);
  } else await printPlan(context, compiled, flags);
}

async function printPlan(
  context: CommandContext,
  { plan, findings, picks }: Compiled,
  { output, explain }: PlanFlags,
): Promise<void> {
  const document = {
    ...planDocument(plan),
    ...(explain === true ? explanationDocument({ findings, picks }) : {}),
  };
  await printData(context, output, document, () => [
    ...planLines(plan, context.paint),
    ...(explain === true ? ['', ...explanationLines(findings, picks, context.paint)] : []),
  ]);
}

async function printDrawing(
  context: CommandContext,
  plan: Plan,
  format: 'dot' | 'mermaid',
): Promise<void> {
  const { planDrawing, dotOf, mermaidOf } = await import('../../../domain/graph/export-graph.ts');
  const drawing = planDrawing(plan);
  printLines(context, [(format === 'dot' ? dotOf(drawing) : mermaidOf(drawing)).trimEnd()]);
}

/** With `--changed` no repository and no state is asked: a catalog is enough. */
async function offlinePorts(context: CommandContext, command: Command): Promise<CompilePorts> {
  const flags = globalFlags(command);
  const [catalogs, settings] = await Promise.all([
    context.services.catalog(flags),
    context.services.settings(flags),
  ]);
  return {
    catalogs,
    git: null,
    baselineRevisions: () => Promise.resolve(new Map()),
    domain: settings.domain,
    buildsFromSource: settings.engine === 'embedded',
    planSettings: planSettingsOf(settings),
  };
}
