import type { Holding } from '../adapters/kubernetes/store/holding.ts';

/** The Leases of environments that one process holds, each asked for once at a time. */
export interface TakenEnvironments {
  /** False when somebody else reconciles it. `onLost` is called when the Lease is not ours any more. */
  take(environment: string, onLost: () => void): Promise<boolean>;
  /** Resolves when nothing is being asked for. */
  settled(): Promise<void>;
  /** Idempotent. */
  giveBack(environment: string): Promise<void>;
  giveBackAll(): Promise<void>;
}

export function createTakenEnvironments(
  holding: Pick<Holding, 'takeEnvironment'>,
): TakenEnvironments {
  const releases = new Map<string, () => Promise<void>>();
  const taking = new Map<string, Promise<boolean>>();

  const begin = async (environment: string, onLost: () => void): Promise<boolean> => {
    const held = await holding.takeEnvironment(environment);
    if (held === null) return false;
    releases.set(environment, () => held.release());
    held.signal.addEventListener('abort', onLost, { once: true });
    return true;
  };

  const giveBack = async (environment: string): Promise<void> => {
    const release = releases.get(environment);
    releases.delete(environment);
    await release?.();
  };

  return {
    async take(environment, onLost) {
      const present = taking.get(environment);
      if (present !== undefined) return await present;
      const taken = begin(environment, onLost).finally(() => taking.delete(environment));
      taking.set(environment, taken);
      return await taken;
    },
    async settled() {
      await Promise.allSettled(taking.values());
    },
    giveBack,
    async giveBackAll() {
      await Promise.all([...releases.keys()].map(giveBack));
    },
  };
}
