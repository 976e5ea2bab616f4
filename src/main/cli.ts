import { runProgram } from '../adapters/cli/program.ts';
import type { CliServices } from '../adapters/cli/services.ts';
import { terminalOf } from '../adapters/cli/terminal.ts';
import { systemClock } from './clock.ts';
import { exampleFolder, scriptOf, versionOf } from './places.ts';
import { settingsFor } from './settings.ts';

/** The command line. What a command does not need is not even loaded: `--version` answers at once. */

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  // The second one ends the process at once: whoever waits must be able to go.
  process.once(name, () => stopping.abort());
}

const services: CliServices = {
  version: versionOf(),
  clock: systemClock,
  settings: (flags) => settingsFor(flags, process.cwd(), false),
  async catalog(flags) {
    const { catalogOf } = await import('./catalog.ts');
    return catalogOf(await settingsFor(flags, process.cwd(), true));
  },
  async recordings() {
    const { callRecordings } = await import('../adapters/capture/recordings.ts');
    return callRecordings(process.stdin);
  },
  async spans() {
    const { spanFiles } = await import('../adapters/otlp/files/span-files.ts');
    return spanFiles(process.stdin);
  },
  async installation(flags) {
    const { openInstallation } = await import('./installation.ts');
    return await openInstallation(await settingsFor(flags, process.cwd(), false));
  },
  async serve(flags, options, signal) {
    const { serve } = await import('./server.ts');
    return await serve(await settingsFor(flags, process.cwd(), true), options, signal);
  },
  async controller(flags, options, signal) {
    const { runController } = await import('./controller.ts');
    return await runController(await settingsFor(flags, process.cwd(), false), options, signal);
  },
  async tap(options, signal) {
    if (options.baseline !== undefined || options.environments !== undefined) {
      const { runNodeTap } = await import('./node-tap.ts');
      return await runNodeTap(options, signal);
    }
    const { runTap } = await import('./tap.ts');
    return await runTap(options, signal);
  },
  async doctor(flags) {
    const { openDoctor } = await import('./doctor.ts');
    return openDoctor(await settingsFor(flags, process.cwd(), false));
  },
  async reportToJunit(report) {
    const { reportToJunit } = await import('../adapters/junit/write-junit.ts');
    return reportToJunit(report);
  },
  command: [process.execPath, '--disable-warning=ExperimentalWarning', scriptOf('cli')],
  example: exampleFolder(),
};

const { stdout, stderr, env: variables } = process;
const terminal = terminalOf({ stdout, stderr, variables });

// A reader that went away (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runProgram(process.argv.slice(2), services, terminal, stopping.signal);
