/**
 * Runs a function at most once at a time for each name. Whoever calls while it runs gets the run
 * after it, and shares that one with all who call before it begins: it will see what they know.
 */
export function onePassAtATime<T>(run: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const running = new Map<string, Promise<T>>();
  const queued = new Map<string, Promise<T>>();

  const start = (name: string): Promise<T> => {
    const pass = run(name).finally(() => running.delete(name));
    running.set(name, pass);
    return pass;
  };

  return (name) => {
    // Asked first: between two runs the next one is queued, and nothing is running.
    const next = queued.get(name);
    if (next !== undefined) return next;
    const current = running.get(name);
    if (current === undefined) return start(name);
    const after = current
      .catch(() => undefined)
      .then(() => {
        queued.delete(name);
        return start(name);
      });
    queued.set(name, after);
    return after;
  };
}
