import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { OperationError } from '../../domain/errors.ts';

/** How a child of ours began and ended, in our words. */

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The kernel ended it for lack of memory. */
  readonly outOfMemory: boolean;
}

/** Children that keep the pipes open must not hold back the news that the leader is dead. */
const OUTPUT_WAIT_MS = 200;

/** Why there is no process, told by an event that is still to come. */
export async function startFailure(
  child: ChildProcess,
  order: { readonly command: readonly string[]; readonly folder: string },
): Promise<OperationError> {
  const cause = await new Promise<Error>((resolve) => {
    child.once('error', resolve);
    child.once('exit', () => resolve(new Error('it ended before it could be recorded')));
  });
  const code = 'code' in cause ? String(cause.code) : '';
  if (!existsSync(order.folder)) {
    return new OperationError('COMMAND_NOT_FOUND', `its folder "${order.folder}" does not exist`);
  }
  const isCommand = ['ENOENT', 'EACCES', 'ENOTDIR', 'ENOEXEC', 'EISDIR'].includes(code);
  return new OperationError(
    isCommand ? 'COMMAND_NOT_FOUND' : 'INTERNAL',
    `"${order.command[0] ?? ''}" could not be started: ${code || cause.message}`,
    { cause },
  );
}

export function exitOf(child: ChildProcess): Promise<Omit<Exit, 'outOfMemory'>> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const timer = setTimeout(() => resolve({ code, signal }), OUTPUT_WAIT_MS);
      child.once('close', () => {
        clearTimeout(timer);
        resolve({ code, signal });
      });
    });
  });
}
