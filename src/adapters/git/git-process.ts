import { spawn, type ChildProcess } from 'node:child_process';
import { OperationError } from '../../domain/errors.ts';
import { gitArguments, gitEnvironment } from './git-environment.ts';
import { redact } from './redact.ts';

/**
 * Runs Git: never a shell, never a prompt, never a hook, bounded in time, in output and in how many run
 * at once. What an exit code means is for the caller to say.
 */

export interface GitCommand {
  readonly args: readonly string[];
  readonly timeoutMs?: number;
  readonly input?: string;
  /** Beside the environment that every command gets. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface GitAnswer {
  /** Null when it was ended by its timeout or by a signal. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  /** Its last lines, redacted. */
  readonly stderr: string;
}

export interface Git {
  run(command: GitCommand): Promise<GitAnswer>;
  /** How many processes it has started. */
  readonly spawnCount: number;
}

export interface GitOptions {
  /** Of this process; Git sees what it needs of it. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Folder in which Git runs; it must exist. */
  readonly folder: string;
  /** Processes at once. */
  readonly concurrency?: number;
  readonly program?: string;
}

const CONCURRENCY_DEFAULT = 16;
const TIMEOUT_DEFAULT_MS = 60_000;
const PIPES_AFTER_EXIT_MS = 2000;
/** 100,000 branches of 300 bytes fit. */
const STDOUT_LIMIT_BYTES = 32 * 1024 * 1024;
const STDERR_LIMIT_BYTES = 4096;

export class GitProcess implements Git {
  readonly #options: GitOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #spawnCount = 0;

  constructor(options: GitOptions) {
    this.#options = options;
  }

  get spawnCount(): number {
    return this.#spawnCount;
  }

  async run(command: GitCommand): Promise<GitAnswer> {
    await this.#enter();
    try {
      this.#spawnCount += 1;
      return await this.#spawn(command);
    } finally {
      this.#leave();
    }
  }

  /** A free place is handed straight to the one who waited longest. */
  async #enter(): Promise<void> {
    if (this.#running < (this.#options.concurrency ?? CONCURRENCY_DEFAULT)) {
      this.#running += 1;
      return;
    }
    await new Promise<void>((enter) => this.#waiting.push(enter));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }

  #spawn(command: GitCommand): Promise<GitAnswer> {
    const { variables, folder, program = 'git' } = this.#options;
    // A session of its own: no terminal to ask a password on, and one signal ends its helpers too.
    const child = spawn(program, [...gitArguments(), ...command.args], {
      cwd: folder,
      env: { ...gitEnvironment(variables), ...command.variables },
      stdio: 'pipe',
      detached: true,
      windowsHide: true,
    });
    return answerOf(child, command);
  }
}

function answerOf(child: ChildProcess, command: GitCommand): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    let timedOut = false;
    const end = (): void => endGroup(child);
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, command.timeoutMs ?? TIMEOUT_DEFAULT_MS);
    const stdout = new Collected(STDOUT_LIMIT_BYTES, end);
    const stderr = new Collected(STDERR_LIMIT_BYTES, () => undefined);
    child.stdout?.on('data', (bytes: Buffer) => stdout.add(bytes));
    child.stderr?.on('data', (bytes: Buffer) => stderr.add(bytes));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(command.input ?? '');
    child.once('error', (cause) => {
      clearTimeout(timer);
      reject(notStarted(cause));
    });
    child.once('exit', () => {
      // A connection that ssh keeps for later holds our pipes open for as long.
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, PIPES_AFTER_EXIT_MS).unref();
    });
    child.once('close', (exitCode) => {
      clearTimeout(timer);
      if (stdout.isOverLimit) reject(tooMuch(command));
      else
        resolve({
          exitCode,
          timedOut,
          stdout: stdout.text(),
          stderr: redact(stderr.text()).trim(),
        });
    });
  });
}

class Collected {
  readonly #chunks: Buffer[] = [];
  readonly #limit: number;
  readonly #onOverflow: () => void;
  #bytes = 0;

  constructor(limit: number, onOverflow: () => void) {
    this.#limit = limit;
    this.#onOverflow = onOverflow;
  }

  get isOverLimit(): boolean {
    return this.#bytes > this.#limit;
  }

  /** What is beyond the limit is read, so that nobody blocks, and dropped. */
  add(bytes: Buffer): void {
    if (this.isOverLimit) return;
    this.#bytes += bytes.length;
    this.#chunks.push(bytes);
    if (this.isOverLimit) this.#onOverflow();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8').slice(0, this.#limit);
  }
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}

function notStarted(cause: unknown): OperationError {
  return new OperationError('GIT_FAILED', 'the program "git" could not be started', {
    hint: 'install Git 2.31 or newer and make sure that it is in the PATH',
    cause,
  });
}

function tooMuch(command: GitCommand): OperationError {
  const megabytes = STDOUT_LIMIT_BYTES / 1024 / 1024;
  return new OperationError(
    'GIT_FAILED',
    `"git ${command.args[0] ?? ''}" answered more than ${megabytes} MiB`,
  );
}
