import { Command, Option } from 'commander';
import type { CommandContext } from './command-context.ts';
import { addBaselineCommand } from './commands/baseline.ts';
import { addCallsCommand } from './commands/calls.ts';
import { addCatalogCommand } from './commands/catalog.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addControllerCommand } from './commands/controller.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addDownCommand } from './commands/down.ts';
import { addExecCommand } from './commands/exec.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addListCommand, addStatusCommand } from './commands/list.ts';
import { addLogsCommand } from './commands/logs.ts';
import { addPlanCommand } from './commands/plan.ts';
import { addReportCommand } from './commands/report.ts';
import { addServeCommand } from './commands/serve.ts';
import { addTapCommand } from './commands/tap.ts';
import { addTestCommand } from './commands/test.ts';
import { addUpCommand } from './commands/up.ts';
import { addWatchCommand } from './commands/watch.ts';
import { EXIT } from './exit-codes.ts';
import { failureOf } from './failures.ts';
import { collectNames } from './flags.ts';
import { createPaint } from './paint.ts';
import { guarded, printable } from './safe-text.ts';
import type { CliServices, Terminal } from './services.ts';

/**
 * The command line: parses, calls one use case, shows the answer, sets the exit code.
 *
 * Data goes to stdout, everything for people to stderr. No rule lives here: what a command does, the
 * server does too, by the same use case. `commands/` says what each takes; `actions/` does it and is
 * loaded only when it runs, so that `--version` and `--help` load next to nothing.
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
    paint: createPaint(terminal.hasColour.stdout),
    messagePaint: createPaint(terminal.hasColour.stderr),
    signal,
    exitCode: EXIT.fine,
  };
  try {
    await createProgram(context).parseAsync(args, { from: 'user' });
  } catch (error) {
    const failure = failureOf(error, context.messagePaint);
    for (const line of failure.lines) {
      terminal.stderr.write(`${guarded(line, terminal.hasColour.stderr)}\n`);
    }
    return failure.exitCode;
  }
  return context.exitCode;
}

/** Lines of help are not longer than people read, however wide the window. */
const HELP_COLUMNS_MAX = 100;

export function createProgram(context: CommandContext): Command {
  const program = new Command('offshoot')
    .description('a test environment of its own for every feature branch')
    .version(context.services.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addOption(new Option('--project <file>', 'the project file, else offshoot.yaml found upward'))
    .addOption(
      new Option('--catalog <folder>', 'a catalog folder (repeatable)').argParser(collectNames),
    )
    .addOption(
      new Option('--engine <engine>', 'what runs components').choices(['embedded', 'kubernetes']),
    )
    .addOption(new Option('--context <context>', 'kubeconfig context; implies kubernetes'))
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: 20 })
    .exitOverride()
    .showHelpAfterError('(see --help)');
  configureOutput(program, context);
  addCommands(program, context);
  program.addHelpText(
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
  return program;
}

function configureOutput(program: Command, { terminal, messagePaint }: CommandContext): void {
  const columns = (): number => Math.min(terminal.size().columns, HELP_COLUMNS_MAX);
  program.configureOutput({
    writeOut: (text) => void terminal.stdout.write(text),
    writeErr: (text) => void terminal.stderr.write(text),
    // Like every other error: its code first. What it quotes was typed or pasted by somebody.
    outputError: (text, write) =>
      write(`${messagePaint.bad(printable(text.trimEnd().replace(/^error: /u, 'USAGE: ')))}\n`),
    getOutHelpWidth: columns,
    getErrHelpWidth: columns,
  });
}

/** In the order in which `--help` lists them: as a person meets them. */
function addCommands(program: Command, context: CommandContext): void {
  addUpCommand(program, context);
  addDownCommand(program, context);
  addListCommand(program, context);
  addStatusCommand(program, context);
  addPlanCommand(program, context);
  addExplainCommand(program, context);
  addLogsCommand(program, context);
  addExecCommand(program, context);
  addTestCommand(program, context);
  addReportCommand(program, context);
  addWatchCommand(program, context);
  addBaselineCommand(program, context);
  addCatalogCommand(program, context);
  addCallsCommand(program, context);
  addServeCommand(program, context);
  addControllerCommand(program, context);
  addTapCommand(program, context);
  addDoctorCommand(program, context);
  addDemoCommand(program, context);
  addCompletionCommand(program, context);
}
