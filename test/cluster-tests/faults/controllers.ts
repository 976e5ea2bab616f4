import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../../cluster/waiting.ts';
import type { TestProject } from './project.ts';

/** `offshoot controller` in a process of its own. */
export interface ControllerProcess {
  readonly pid: number;
  /** Its log so far. */
  readonly lines: readonly string[];
  isAlive(): boolean;
  /** Until it waits for its turn to lead. */
  waits(): Promise<void>;
  /** Until it leads. */
  leads(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Ends it, by SIGKILL unless told, and waits for that. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** It becomes Node, so that its pid is the controller's. */
const PROGRAM = fileURLToPath(new URL('../../../bin/offshoot', import.meta.url));
const BOUND_MS = 120_000;

export function startController(
  kubeconfig: string,
  project: Pick<TestProject, 'folder' | 'file' | 'home'>,
): ControllerProcess {
  const child: ChildProcess = spawn(
    PROGRAM,
    ['controller', '--project', project.file, '--health-port', '0'],
    {
      env: { ...process.env, KUBECONFIG: kubeconfig, OFFSHOOT_HOME: project.home },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: project.folder,
    },
  );
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', (line) => lines.push(line));
  }
  const exited = once(child, 'exit');
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  const says = async (message: string): Promise<void> => {
    await waitFor(
      `the controller says "${message}"`,
      () => {
        if (lines.some((line) => line.includes(`"msg":"${message}"`))) return Promise.resolve(true);
        if (!isAlive()) return Promise.reject(new Error(lines.join('\n')));
        return Promise.resolve(null);
      },
      BOUND_MS,
    ).catch((error: unknown) => {
      throw new Error(`the controller said:\n${lines.slice(-20).join('\n')}`, { cause: error });
    });
  };
  return {
    pid: child.pid ?? 0,
    lines,
    isAlive,
    waits: () => says('waiting to lead'),
    leads: () => says('leading'),
    signal: (signal) => void child.kill(signal),
    async end(signal = 'SIGKILL') {
      if (isAlive()) child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}
