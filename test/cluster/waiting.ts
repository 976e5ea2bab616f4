import { setTimeout as sleep } from 'node:timers/promises';

const STEP_MS = 100;

/**
 * Asks again and again until the answer is something.
 *
 * @param what - Told when it took too long.
 * @throws {Error} After `limitMs`, with the last failure of `ask` as its cause.
 */
export async function waitFor<Answer>(
  what: string,
  ask: () => Promise<Answer | null>,
  limitMs = 60_000,
): Promise<Answer> {
  const end = performance.now() + limitMs;
  let failure: unknown;
  while (performance.now() < end) {
    try {
      const answer = await ask();
      if (answer !== null) return answer;
    } catch (error) {
      failure = error;
    }
    await sleep(STEP_MS);
  }
  throw new Error(`${what}: not within ${limitMs / 1000} s`, { cause: failure });
}
