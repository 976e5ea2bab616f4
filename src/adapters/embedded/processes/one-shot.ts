import type { ErrorCode } from '../../../domain/errors.ts';
import type { LogWriter } from '../logs/log-writer.ts';
import type { Exit } from '../child.ts';
import type { Site } from '../site.ts';
import { describeExit, lastLines } from './supervisor.ts';
import type { UnitContext } from '../works/unit.ts';

/** A command that runs to its end: jobs, builds, steps of datastores, test suites. */
export interface OneShot {
  /** Task id, or `test/<run>`. */
  readonly owner: string;
  readonly command: readonly string[];
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly log: LogWriter;
}

export type OneShotEnd =
  | { readonly kind: 'exited'; readonly exit: Exit }
  | { readonly kind: 'timeout' }
  /** Told to end from outside. */
  | { readonly kind: 'stopped' };

/** Runs it and ends its whole process group, however it ends. */
export async function runToEnd(
  site: Site,
  what: OneShot,
  signal: AbortSignal,
): Promise<OneShotEnd> {
  const process = await site.processes.start({
    environment: site.folder.environment,
    owner: what.owner,
    command: what.command,
    folder: what.folder,
    variables: what.variables,
  });
  what.log.follow(process.stdout, 'stdout');
  what.log.follow(process.stderr, 'stderr');
  const over = new AbortController();
  const stopped = new Promise<OneShotEnd>((resolve) => {
    const stop = (): void => resolve({ kind: 'stopped' });
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { signal: over.signal });
  });
  const end = await Promise.race([
    process.exited.then((exit): OneShotEnd => ({ kind: 'exited', exit })),
    site.clock.sleep(what.timeoutMs, over.signal).then((): OneShotEnd => ({ kind: 'timeout' })),
    stopped,
  ]);
  over.abort();
  await process.end();
  return end;
}

/** Runs the command of a Task to its end and reports how it ended. */
export async function performOneShot(
  site: Site,
  unit: UnitContext,
  what: OneShot,
  failureCode: Extract<
    ErrorCode,
    'JOB_FAILED' | 'BUILD_FAILED' | 'MIGRATION_FAILED' | 'SEED_FAILED'
  >,
): Promise<boolean> {
  const end = await runToEnd(site, what, unit.signal);
  if (end.kind === 'stopped') return false;
  const evidence = lastLines(what.log);
  const name = what.command[0] ?? '';
  if (end.kind === 'timeout') {
    const message = `"${name}" of "${what.owner}" did not end within ${Math.round(what.timeoutMs / 1_000)} s`;
    unit.failed({ code: 'TASK_TIMEOUT', message, evidence });
    return false;
  }
  if (end.exit.code === 0) return true;
  const code = end.exit.outOfMemory ? 'OUT_OF_MEMORY' : failureCode;
  const message = `"${name}" of "${what.owner}" ended with ${describeExit(end.exit)}`;
  unit.failed({ code, message, evidence });
  return false;
}
