import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A child process of a test and the lines it printed so far. */
export interface Child {
  readonly lines: readonly string[];
  /** Resolves with the first line that matches; rejects when the child ends without one. */
  line(matches: (line: string) => boolean): Promise<string>;
  /** Ends it at once, by SIGKILL, and waits until it is gone and all it printed was read. */
  kill(): Promise<void>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

/** Runs a TypeScript file in a process of its own. */
export function startChild(script: string, args: readonly string[]): Child {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (child.stdout === null) throw new Error('the child has no output');
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (text) => {
    lines.push(text);
    for (const check of waiting) check();
  });
  const read = once(reader, 'close');
  const ended = once(child, 'exit').then(async ([code]: unknown[]) => {
    await read;
    return typeof code === 'number' ? code : null;
  });
  return {
    lines,
    ended,
    line: (matches) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const found = lines.find(matches);
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
        ended.then(() => reject(new Error('the child ended before it said so')), reject);
      }),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
