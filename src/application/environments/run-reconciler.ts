import type { Clock } from '../ports/clock.ts';
import type { TaskEngine } from '../ports/engine.ts';
import type { PassResult, Reconcile } from './reconcile.ts';

/**
 * The loop around `reconcile` for one environment: a pass at once, then another whenever the engine
 * says that something changed, somebody calls `wake`, the last pass asked for it, or the resync time is
 * over. Signals carry nothing, so one that is lost costs time and never correctness.
 */

/** A look without any signal, so that nothing stays unseen for longer. Unit: milliseconds. */
export const RESYNC_MS = 5_000;

/**
 * Pause before every further pass, so that a storm of signals is one pass and no mistake makes a hot
 * loop. Unit: milliseconds.
 */
export const PASS_INTERVAL_MS = 5;

export interface ReconcileLoop {
  /** Looks again, soon. */
  wake(): void;
  /** Resolves when the loop has stopped; the pass that was running has ended. */
  readonly finished: Promise<void>;
}

export interface ReconcileLoopOptions {
  readonly name: string;
  readonly reconcile: Reconcile;
  readonly engine: Pick<TaskEngine, 'onChange'>;
  readonly clock: Clock;
  /** Ends the loop after the pass that is running. */
  readonly signal: AbortSignal;
  /** Told of every pass; what it returns is waited for. */
  readonly onPass?: (result: PassResult) => void | Promise<void>;
  readonly resyncMs?: number;
}

export function runReconciler(options: ReconcileLoopOptions): ReconcileLoop {
  const bell = createBell(options.signal);
  const unsubscribe = options.engine.onChange(options.name, bell.ring);
  const finished = loop(options, bell).finally(unsubscribe);
  return { wake: bell.ring, finished };
}

async function loop(options: ReconcileLoopOptions, bell: Bell): Promise<void> {
  const { name, reconcile, clock, signal, onPass, resyncMs = RESYNC_MS } = options;
  while (!signal.aborted) {
    const beganMs = clock.nowMs();
    // Whatever rings from here on may be about something that this pass did not see.
    const rung = bell.listen();
    const result = await reconcile(name);
    await onPass?.(result);
    const latestMs = beganMs + resyncMs;
    const untilMs = result.kind === 'again' ? Math.min(result.atMs, latestMs) : latestMs;
    await clock.sleep(Math.max(0, untilMs - clock.nowMs()), rung);
    await clock.sleep(PASS_INTERVAL_MS, signal);
  }
}

interface Bell {
  readonly ring: () => void;
  /** Aborts at the next ring, or when the loop is to stop. */
  listen(): AbortSignal;
}

function createBell(stop: AbortSignal): Bell {
  let current = new AbortController();
  stop.addEventListener('abort', () => current.abort(), { once: true });
  return {
    ring: () => current.abort(),
    listen() {
      if (current.signal.aborted && !stop.aborted) current = new AbortController();
      return current.signal;
    },
  };
}
