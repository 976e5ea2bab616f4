import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processHost } from '../../src/adapters/embedded/processes/process-host.ts';
import { fencesOf } from './markdown.ts';

/**
 * Does what a document tells its reader to do, in its order: fences with `file=` are written, each line
 * of an `sh` fence is run, a `text` fence is what the commands before it print. A line may end in
 * `# exits with N`.
 */

export type Step =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'command'; readonly command: string; readonly exitCode: number }
  | { readonly kind: 'output'; readonly lines: readonly string[] };

export function stepsOf(markdown: string): readonly Step[] {
  return fencesOf(markdown).flatMap(({ language, file, text }): readonly Step[] => {
    if (file !== null) return [{ kind: 'file', path: file, text }];
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (language === 'sh') return lines.map(commandOf);
    return language === 'text' ? [{ kind: 'output', lines }] : [];
  });
}

function commandOf(line: string): Step {
  const match = /^(.*?)\s+# exits with (\d+)$/u.exec(line);
  return { kind: 'command', command: match?.[1] ?? line, exitCode: Number(match?.[2] ?? 0) };
}

/** What differs from run to run, hashes and numbers above all, counts as equal; so does the width of columns. */
function comparable(line: string): string {
  return line
    .replaceAll(/\b[0-9a-f]{8}\b/gu, 'HASH')
    .replaceAll(/\d+(?:\.\d+)? m?s\b/gu, 'TIME')
    .replaceAll(/\d+(?:\.\d+)?/gu, 'N')
    .replaceAll(/\s+/gu, ' ')
    .trim();
}

export class Walkthrough {
  readonly #home: string;
  readonly #note: string;
  readonly #variables: NodeJS.ProcessEnv;
  #folder: string;
  /** Of the commands since the last file or output. */
  #printed = '';
  #isAfterOutput = false;

  /** @param root - An empty folder; everything happens inside. */
  constructor(root: string, programFolder: string) {
    this.#folder = root;
    this.#home = join(root, 'state');
    this.#note = join(root, 'working-folder');
    const { PATH, HOME, LANG, TMPDIR } = process.env;
    this.#variables = {
      HOME,
      LANG,
      TMPDIR,
      PATH: `${programFolder}:${PATH}`,
      OFFSHOOT_HOME: this.#home,
      NO_COLOR: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'Reader',
      GIT_AUTHOR_EMAIL: 'reader@example.invalid',
      GIT_COMMITTER_NAME: 'Reader',
      GIT_COMMITTER_EMAIL: 'reader@example.invalid',
    };
  }

  /** @throws {Error} with what the command printed, when a step ends otherwise than the document says. */
  async take(step: Step): Promise<void> {
    if (step.kind === 'file') this.#write(step.path, step.text);
    else if (step.kind === 'output') this.#compare(step.lines);
    else await this.#run(step.command, step.exitCode);
  }

  #write(path: string, text: string): void {
    const file = join(this.#folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  #compare(lines: readonly string[]): void {
    const printed = new Set(this.#printed.split('\n').map(comparable));
    const missing = lines.filter((line) => !printed.has(comparable(line)));
    this.#isAfterOutput = true;
    if (missing.length === 0) return;
    throw new Error(`the document shows\n${missing.join('\n')}\nbut it was\n${this.#printed}`);
  }

  async #run(command: string, exitCode: number): Promise<void> {
    if (this.#isAfterOutput) this.#printed = '';
    this.#isAfterOutput = false;
    const ended = await this.run(`${command}\nstatus=$?\npwd > '${this.#note}'\nexit $status`);
    this.#folder = readFileSync(this.#note, 'utf8').trimEnd();
    this.#printed += ended.stdout;
    if (ended.code === exitCode) return;
    const output = `${ended.stdout}${ended.stderr}`;
    throw new Error(`"${command}" ended with ${ended.code}, expected ${exitCode}:\n${output}`);
  }

  /** Runs a script in the present folder. */
  async run(
    script: string,
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
    const child = spawn('/bin/sh', ['-c', script], {
      cwd: this.#folder,
      env: this.#variables,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (part: Buffer) => (output.stdout += part.toString()));
    child.stderr.on('data', (part: Buffer) => (output.stderr += part.toString()));
    const code = await new Promise<number>((resolve) => {
      child.once('close', (ended) => resolve(ended ?? -1));
    });
    return { ...output, code };
  }

  /** Processes that the commands left, agents and components alike. */
  processes(): readonly number[] {
    const host = processHost();
    return host
      .table()
      .filter(({ isZombie }) => !isZombie)
      .map(({ pid }) => pid)
      .filter((pid) => host.hasVariables(pid, [`OFFSHOOT_HOME=${this.#home}`]));
  }

  /** Waits until nothing runs any more; what does after that is ended, by its own number. */
  async end(waitMs: number): Promise<readonly number[]> {
    const endMs = Date.now() + waitMs;
    while (this.processes().length > 0 && Date.now() < endMs) await sleep(50);
    const left = this.processes();
    for (const pid of left) endNow(pid);
    return left;
  }
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
