/** Turns at something that only so many may do at once. */
export interface FairTurns {
  /**
   * Runs it when it is its turn. Who waits for the same key goes in order; keys take turns, so that one with
   * a thousand waiting never makes another wait for more than one of them.
   */
  take<Result>(key: string, act: () => Promise<Result>): Promise<Result>;
}

export function createFairTurns(max: number): FairTurns {
  /** The key whose turn is next comes first. */
  const waiting = new Map<string, (() => void)[]>();
  let count = 0;

  const enter = async (key: string): Promise<void> => {
    if (count < max) {
      count += 1;
      return;
    }
    await new Promise<void>((admit) => {
      const others = waiting.get(key);
      if (others === undefined) waiting.set(key, [admit]);
      else others.push(admit);
    });
  };

  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      count -= 1;
      return;
    }
    const [key, [admit, ...rest]] = next;
    waiting.delete(key);
    if (rest.length > 0) waiting.set(key, rest);
    admit?.();
  };

  return {
    async take(key, act) {
      await enter(key);
      try {
        return await act();
      } finally {
        leave();
      }
    },
  };
}
