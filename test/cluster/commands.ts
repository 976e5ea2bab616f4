import { execFile, type ExecFileException } from 'node:child_process';

/** Enough for the list of every object of a large cluster. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

export interface CommandOptions {
  readonly input?: string;
  readonly folder?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * What a command wrote to its standard output.
 *
 * @throws {Error} With what it wrote to its standard error, if it did not end with 0.
 */
export async function run(
  command: string,
  parameters: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  return await new Promise((resolve, reject) => {
    const settings = {
      encoding: 'utf8' as const,
      maxBuffer: MAX_OUTPUT_BYTES,
      cwd: options.folder,
      env: { ...process.env, ...options.variables },
    };
    const ended = (failure: ExecFileException | null, stdout: string, stderr: string): void => {
      if (failure === null) resolve(stdout);
      else {
        const told = `"${command} ${parameters.join(' ')}" failed: ${stderr.trim()}`;
        reject(new Error(told, { cause: failure }));
      }
    };
    const child = execFile(command, parameters, settings, ended);
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

/** Whether it ended with 0. */
export async function succeeds(command: string, parameters: readonly string[]): Promise<boolean> {
  return await run(command, parameters).then(
    () => true,
    () => false,
  );
}
