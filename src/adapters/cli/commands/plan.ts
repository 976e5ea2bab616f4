import type { Command } from 'commander';
import { planDocument } from '../../../application/documents.ts';
import { compile } from '../../../application/environments/compile.ts';
import { planDrawing, dotOf, mermaidOf } from '../../../domain/graph/export-graph.ts';
import {
  collectNames,
  globalFlags,
  printData,
  printLines,
  say,
  withInstallation,
  type CommandContext,
} from '../command-context.ts';
import { diagnosticLines } from '../failures.ts';
import { explanationLines, planLines } from '../presenters/plan-text.ts';
import { addCompileFlags, compileRequestOf, type CompileFlags } from './compile-flags.ts';

export function addPlanCommand(program: Command, context: CommandContext): void {
  addCompileFlags(
    program
      .command('plan')
      .description('show what an environment would be made of; writes nothing')
      .argument('[branch]'),
  )
    .option('--changed <components>', 'take these as changed and ask no Git', collectNames, [])
    .option('--explain', 'also say why each component changed and why it runs at its revision')
    .option('-o, --output <format>', 'table, json, yaml, dot or mermaid', 'table')
    .addHelpText(
      'after',
      `
Examples:
  $ offshoot plan feat/coupon
  $ offshoot plan --catalog catalog/shop/components --changed promotions -o json
  $ offshoot plan feat/coupon --isolation full -o mermaid`,
    )
    .action(async (branch: string | undefined, options: PlanFlags, command: Command) => {
      const request = compileRequestOf(branch, options);
      const { plan, findings, picks, diagnostics } =
        request.branch === null
          ? await compile(await offlinePorts(context, command), request)
          : await withInstallation(context, command, ({ environments }) =>
              environments.plan(request),
            );
      for (const line of diagnosticLines(diagnostics, context.paint)) say(context, line);
      if (options.output === 'dot') printLines(context, [dotOf(planDrawing(plan)).trimEnd()]);
      else if (options.output === 'mermaid') {
        printLines(context, [mermaidOf(planDrawing(plan)).trimEnd()]);
      } else {
        await printData(context, options.output, planDocument(plan), () => [
          ...planLines(plan, context.paint),
          ...(options.explain === true
            ? ['', ...explanationLines(findings, picks, context.paint)]
            : []),
        ]);
      }
    });
}

interface PlanFlags extends CompileFlags {
  readonly output: string;
  readonly explain?: boolean;
}

type CompilePorts = Parameters<typeof compile>[0];

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
  };
}
