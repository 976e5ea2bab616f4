import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestProject } from './project.ts';

/** What a person saw of one command. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const PROGRAM = fileURLToPath(new URL('../../../bin/offshoot', import.meta.url));

/** `offshoot …` as a person calls it in the project's folder. */
export async function offshoot(
  project: TestProject,
  kubeconfig: string,
  ...args: readonly string[]
): Promise<Ran> {
  const child = spawn(PROGRAM, [...args], {
    cwd: project.folder,
    env: { ...process.env, KUBECONFIG: kubeconfig, OFFSHOOT_HOME: project.home, CI: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}
