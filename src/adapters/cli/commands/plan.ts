import { Option, type Command } from 'commander';
import type { PlanFlags } from '../actions/plan.ts';
import type { CommandContext } from '../command-context.ts';
import { collectNames, GRAPH_FORMATS, outputOption } from '../flags.ts';
import { addCompileFlags } from './compile-flags.ts';

export function addPlanCommand(program: Command, context: CommandContext): void {
  const plan = program
    .command('plan')
    .description('show what an environment would be made of, and why; writes nothing');
  addCompileFlags(plan)
    .addOption(
      new Option(
        '--changed <components>',
        'take these as changed, a,b or repeated, and ask no Git',
      ).argParser(collectNames),
    )
    .option('--explain', 'also say why each component changed and why it runs at its revision')
    .addOption(outputOption(GRAPH_FORMATS))
    .addHelpText(
      'after',
      `
Examples:
  $ offshoot plan feat/coupon
  $ offshoot plan --catalog catalog/shop/components --changed promotions -o json
  $ offshoot plan feat/coupon --isolation full -o mermaid`,
    )
    .action(async (branch: string | undefined, flags: PlanFlags, command: Command) => {
      const { showPlan } = await import('../actions/plan.ts');
      await showPlan(context, command, branch, flags);
    });
}
