import { Option, type Command } from 'commander';
import type { DecodeFlags, ReplayFlags } from '../actions/calls.ts';
import type { CommandContext } from '../command-context.ts';
import { outputOption, REPORT_FORMATS } from '../flags.ts';

export function addCallsCommand(program: Command, context: CommandContext): void {
  const calls = program
    .command('calls')
    .description('read calls out of recorded packets')
    .addHelpText('after', '\nExample:\n  $ offshoot calls decode capture.pcap');
  addDecode(calls, context);
  addReplay(calls, context);
}

function addDecode(calls: Command, context: CommandContext): void {
  calls
    .command('decode')
    .description('list every call in a pcap or pcapng file, as it ends')
    .argument('<file>', 'the capture; - is standard input')
    .addOption(
      new Option('-o, --output <format>', 'how to print it')
        .choices(['table', 'json', 'yaml'])
        .default('table'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ offshoot calls decode capture.pcap -o json
  $ tcpdump -i any -U -w - | offshoot calls decode -

With json, one call a line.`,
    )
    .action(async (file: string, flags: DecodeFlags) => {
      const { decodeCalls } = await import('../actions/calls.ts');
      await decodeCalls(context, file, flags);
    });
}

function addReplay(calls: Command, context: CommandContext): void {
  calls
    .command('replay')
    .description('report on a recording: which component failed, and why')
    .option('--pcap <file>', 'the capture; - is standard input')
    .option('--otlp <file>', 'spans of OpenTelemetry, alone or with a capture; - is standard input')
    .option('--hosts <file>', 'JSON: address, or address:port, to component; else DNS answers')
    .addOption(outputOption(REPORT_FORMATS))
    .addHelpText(
      'after',
      `
Examples:
  $ offshoot calls replay --catalog catalog --pcap capture.pcap
  $ offshoot calls replay --catalog catalog --pcap capture.pcap --hosts hosts.json -o json
  $ offshoot calls replay --catalog catalog --otlp spans.json

Calls from addresses that are no component are the roots.`,
    )
    .action(async (flags: ReplayFlags, command: Command) => {
      const { replayCalls } = await import('../actions/calls.ts');
      await replayCalls(context, command, flags);
    });
}
