import type { Command } from 'commander';
import type { DoctorFlags } from '../actions/doctor.ts';
import type { CommandContext } from '../command-context.ts';
import { outputOption } from '../flags.ts';

export function addDoctorCommand(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('look at the place where environments run, and say what to mend')
    .option('--image <image>', 'start short-lived pods from it: network policies, image pull')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  $ offshoot doctor
  $ offshoot doctor --context staging --image registry.example/shop/cart:main

Exit codes: 0 nothing fails, warnings too, 5 something does.`,
    )
    .action(async (flags: DoctorFlags, command: Command) => {
      const { examine } = await import('../actions/doctor.ts');
      await examine(context, command, flags);
    });
}
