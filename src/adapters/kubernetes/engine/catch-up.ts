import type { TaskOrder } from '../../../application/ports/engine.ts';
import type { ObservedTask } from '../../../domain/plan/task-states.ts';
import type { Site } from './site.ts';

/**
 * Waits until the view has seen what was just written: who applies and then observes must not find less
 * than there is. Many wait at once, so one look serves all who wait on one environment.
 */
export interface CatchUp {
  /** Resolves when the view shows it, or when it took too long: then the next look will show it. */
  until(environment: string, isSeen: (observed: readonly ObservedTask[]) => boolean): Promise<void>;
}

/** Longest wait. A watch is behind by milliseconds, unless it is broken. Unit: milliseconds. */
const TIMEOUT_MS = 3_000;
/** Pause between two looks, however many changes come. Unit: milliseconds. */
const LOOK_EVERY_MS = 10;

interface Waiting {
  readonly isSeen: (observed: readonly ObservedTask[]) => boolean;
  readonly endMs: number;
  readonly done: () => void;
}

export function createCatchUp({ view, clock }: Pick<Site, 'view' | 'clock'>): CatchUp {
  const waiting = new Map<string, Set<Waiting>>();

  const look = async (environment: string, waits: Set<Waiting>): Promise<void> => {
    while (waits.size > 0) {
      const observed = view().observe(environment);
      const nowMs = clock.nowMs();
      for (const wait of waits) {
        if (!wait.isSeen(observed) && nowMs < wait.endMs) continue;
        waits.delete(wait);
        wait.done();
      }
      if (waits.size > 0) await clock.sleep(LOOK_EVERY_MS);
    }
    waiting.delete(environment);
  };

  return {
    until(environment, isSeen) {
      return new Promise((done) => {
        const wait = { isSeen, endMs: clock.nowMs() + TIMEOUT_MS, done };
        const present = waiting.get(environment);
        if (present !== undefined) {
          present.add(wait);
          return;
        }
        const waits = new Set([wait]);
        waiting.set(environment, waits);
        void look(environment, waits);
      });
    },
  };
}

/** Whether the order was carried out as far as anybody can see. */
export function showsOrder(
  { task, generation, unavailable }: TaskOrder,
  observed: readonly ObservedTask[],
): boolean {
  const seen = observed.find((each) => each.task === task.id);
  return (
    seen?.fingerprint === task.fingerprint &&
    seen.generation >= generation &&
    (seen.unavailable ?? []).join() === unavailable.join()
  );
}
