import { Option, type Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { parsePort } from '../flags.ts';
import type { TapOptions } from '../services.ts';

export function addTapCommand(program: Command, context: CommandContext): void {
  program
    .command('tap')
    .description('decode what the taps of one environment capture, and tell its calls')
    .addOption(
      new Option('--tap-port <port>', 'where taps send packets; 0 for a free one')
        .argParser(parsePort)
        .default(7480),
    )
    .addOption(
      new Option('--calls-port <port>', 'of /calls, /status and /healthz; 0 for a free one')
        .argParser(parsePort)
        .default(7481),
    )
    .addOption(
      new Option('--otlp-grpc-port <port>', 'where spans come by gRPC; 0 for a free one')
        .argParser(parsePort)
        .default(4317),
    )
    .addOption(
      new Option('--otlp-http-port <port>', 'where spans come by HTTP; 0 for a free one')
        .argParser(parsePort)
        .default(4318),
    )
    .option(
      '--otlp-host <address>',
      'where spans are taken; * is every address. Nobody is asked who they are',
      '127.0.0.1',
    )
    .option('--export-endpoint <url>', 'where calls are handed on to as spans, without /v1/traces')
    .option(
      '--export-folder <folder>',
      'of files: names.json, which says whose addresses are whose; headers',
    )
    .option(
      '--baseline <namespaces...>',
      "take packets from nodes in place of taps: those of these namespaces' pods",
    )
    .option(
      '--environments <prefix>',
      "take packets from nodes in place of taps: those of the pods of this installation's environments",
    )
    .addHelpText(
      'after',
      `
Runs in every environment on a cluster; nobody starts it by hand. See docs/capture.md.

Example:
  $ offshoot tap
  $ offshoot tap --baseline payments shop
  $ offshoot tap --environments offshoot`,
    )
    .action(async (flags: TapOptions) => {
      const code = await context.services.tap(flags, context.signal);
      context.exitCode = code === 0 ? EXIT.fine : EXIT.infrastructure;
    });
}
