import { Command } from 'commander';
import { collectNames, type CommandContext } from './command-context.ts';
import { addBaselineCommand } from './commands/baseline.ts';
import { addCatalogCommand } from './commands/catalog.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addDownCommand } from './commands/down.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addListCommand, addStatusCommand } from './commands/list.ts';
import { addLogsCommand } from './commands/logs.ts';
import { addPlanCommand } from './commands/plan.ts';
import { addReportCommand } from './commands/report.ts';
import { addServeCommand } from './commands/serve.ts';
import { addTestCommand } from './commands/test.ts';
import { addUpCommand } from './commands/up.ts';
import { addWatchCommand } from './commands/watch.ts';
import { failureOf } from './failures.ts';
import { EXIT } from './exit-codes.ts';
import { createPaint } from './paint.ts';
import type { CliServices, Terminal } from './services.ts';

/**
 * The command line: parses, calls one use case, shows the answer, sets the exit code.
 *
 * Data goes to stdout, everything for people to stderr. No rule lives here: what a command does, the
 * server does too, by the same use case.
 */
export async function runProgram(
  args: readonly string[],
  services: CliServices,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const context: CommandContext = {
    services,
    terminal,
    paint: createPaint(terminal.hasColour),
    signal,
    exitCode: EXIT.fine,
  };
  try {
    await createProgram(context).parseAsync(args, { from: 'user' });
  } catch (error) {
    const failure = failureOf(error, context.paint);
    for (const line of failure.lines) terminal.stderr.write(`${line}\n`);
    return failure.exitCode;
  }
  return context.exitCode;
}

export function createProgram(context: CommandContext): Command {
  const program = new Command('offshoot')
    .description('a test environment of its own for every feature branch')
    .version(context.services.version, '-V, --version')
    .option('--project <file>', 'the project file, instead of offshoot.yaml found upward')
    .option('--catalog <folder>', 'a catalog folder (repeatable)', collectNames, [])
    .option('--engine <engine>', 'embedded or kubernetes')
    .option('--context <context>', 'kubeconfig context; implies the engine kubernetes')
    .configureOutput({
      writeOut: (text) => void context.terminal.stdout.write(text),
      writeErr: (text) => void context.terminal.stderr.write(text),
    })
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .addHelpText(
      'after',
      `
Examples:
  $ offshoot plan feat/coupon      what would run, and why
  $ offshoot up feat/coupon        bring it up
  $ offshoot test feat/coupon      test it: which component failed, and why
  $ offshoot down feat/coupon      take it away

Exit codes: 0 fine, 1 internal, 2 input, 3 tests failing, 4 deployment failed, 5 infrastructure,
6 wait ended, 7 superseded or cancelled, 8 refused, 9 failing but not through this change.`,
    );
  addUpCommand(program, context);
  addDownCommand(program, context);
  addListCommand(program, context);
  addStatusCommand(program, context);
  addPlanCommand(program, context);
  addExplainCommand(program, context);
  addLogsCommand(program, context);
  addTestCommand(program, context);
  addReportCommand(program, context);
  addWatchCommand(program, context);
  addBaselineCommand(program, context);
  addCatalogCommand(program, context);
  addServeCommand(program, context);
  addDemoCommand(program, context);
  addCompletionCommand(program, context);
  return program;
}
