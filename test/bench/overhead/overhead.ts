import { steadyLoad, type LoadResult } from './steady-load.ts';
import { openOverheadStage, type ContainerUse, type OverheadStage } from './overhead-stage.ts';

/**
 * What the tap and the analyser cost on the test cluster: latency of a service with and without them, in turns, and
 * what they use meanwhile; then many environments at once. `OFFSHOOT_BENCH_RATE` (1000 calls a second),
 * `OFFSHOOT_BENCH_SECONDS` (20), `OFFSHOOT_BENCH_ROUNDS` (3), `OFFSHOOT_BENCH_ENVIRONMENTS` (50), together
 * `OFFSHOOT_BENCH_CROWD_RATE` (5000). The load comes from the same machine.
 */

const RATE = numberFrom('OFFSHOOT_BENCH_RATE', 1000);
const SECONDS = numberFrom('OFFSHOOT_BENCH_SECONDS', 20);
const ROUNDS = numberFrom('OFFSHOOT_BENCH_ROUNDS', 3);
const ENVIRONMENTS = numberFrom('OFFSHOOT_BENCH_ENVIRONMENTS', 50);
const CROWD_RATE = numberFrom('OFFSHOOT_BENCH_CROWD_RATE', 5000);
const WARM_UP = { perSecond: 200, seconds: 3 } as const;

function numberFrom(name: string, otherwise: number): number {
  return Number(process.env[name] ?? otherwise);
}

export async function benchOverhead(): Promise<readonly object[]> {
  const stage = await openOverheadStage();
  try {
    const rows: object[] = [];
    const captured = await stage.up(['captured'], true);
    const plain = await stage.up(['plain'], false);
    for (let round = 1; round <= ROUNDS; round += 1) {
      rows.push(await measured(stage, `without, round ${round}`, plain, RATE));
      rows.push(await measured(stage, `with the tap, round ${round}`, captured, RATE));
    }
    await stage.down();
    if (ENVIRONMENTS > 0) {
      const names = Array.from({ length: ENVIRONMENTS }, (_, index) => `crowd-${index}`);
      const urls = await stage.up(names, true);
      rows.push(await measured(stage, `${ENVIRONMENTS} environments`, urls, CROWD_RATE));
      await stage.down();
    }
    return rows;
  } finally {
    await stage.close();
  }
}

async function measured(
  stage: OverheadStage,
  what: string,
  urls: readonly string[],
  perSecond: number,
): Promise<object> {
  await steadyLoad({ urls, ...WARM_UP });
  const before = await stage.use();
  const beganMs = performance.now();
  const fromMs = Date.now();
  const load = await steadyLoad({ urls, perSecond, seconds: SECONDS });
  const seconds = (performance.now() - beganMs) / 1000;
  const after = await stage.use();
  const { calls, dropped } = await stage.seen(fromMs, Date.now());
  return {
    what,
    ...shown(load),
    ...usedBy('tap', before, after, seconds),
    ...usedBy('analyser', before, after, seconds),
    calls,
    dropped,
  };
}

function shown({ p50Ms, p99Ms, failed, perSecond }: LoadResult): object {
  return { 'calls/s': perSecond, 'p50 ms': p50Ms, 'p99 ms': p99Ms, failed };
}

/** Of all its containers together: cores, and memory of its control groups at the end. */
function usedBy(
  role: ContainerUse['role'],
  before: readonly ContainerUse[],
  after: readonly ContainerUse[],
  seconds: number,
): object {
  const sum = (uses: readonly ContainerUse[], of: (use: ContainerUse) => number): number =>
    uses.filter((use) => use.role === role).reduce((total, use) => total + of(use), 0);
  const cores = (sum(after, ({ cpuS }) => cpuS) - sum(before, ({ cpuS }) => cpuS)) / seconds;
  return {
    [`${role} cores`]: cores,
    [`${role} MB`]: sum(after, ({ bytes }) => bytes) / 1e6,
  };
}
