import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/adapters/cli/demo/free-port.ts';
import { createShop } from '../../src/adapters/cli/demo/shop-repositories.ts';
import { reportDocumentSchema } from '../../src/contract/report-document.ts';

/**
 * Runs of tests that pass, one after another, on this machine: the example shop with two branches, real
 * processes and a real database, every call read from what is said. How many reports accuse somebody?
 * `OFFSHOOT_PASSING_RUNS` (1,000).
 */

const RUNS = Number(process.env['OFFSHOOT_PASSING_RUNS'] ?? 1_000);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Each with what is pushed to it. */
const BRANCHES: readonly (readonly [branch: string, changes: readonly string[]])[] = [
  ['feat/coupon', ['feat-coupon', 'feat-coupon-fix']],
  ['feat/express', ['feat-express']],
];
const SHOWN_EVERY = 100;

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export async function benchPassing(): Promise<readonly object[]> {
  const folder = await mkdtemp(join(tmpdir(), 'offshoot-passing-'));
  // As root, databases run as another user, who must come by here.
  await chmod(folder, 0o711);
  const port = await freePort();
  const shop = await createShop({
    example: join(ROOT, 'catalog', 'shop'),
    folder,
    cardNetworkPort: port,
  });
  const cards = spawn(process.execPath, ['card-network/main.ts'], {
    cwd: shop.cloneOf('card-network'),
    env: { PORT: String(port) },
    stdio: 'ignore',
  });
  const offshoot = async (...args: readonly string[]): Promise<Ended> =>
    await ended(
      spawn(join(ROOT, 'bin', 'offshoot'), args, {
        cwd: shop.project,
        env: { ...process.env, OFFSHOOT_HOME: join(folder, 'state') },
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
  try {
    for (const [branch, changes] of BRANCHES) {
      for (const change of changes) await shop.push(branch, change);
      const { code } = await offshoot('up', branch);
      if (code !== 0) throw new Error(`"up ${branch}" ended with ${code}`);
    }
    return [await passing(offshoot)];
  } finally {
    for (const [branch] of BRANCHES) await offshoot('down', branch);
    await offshoot('baseline', 'down');
    cards.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  }
}

async function passing(offshoot: (...args: readonly string[]) => Promise<Ended>): Promise<object> {
  const counts = { cases: 0, failed: 0, red: 0, accusing: 0 };
  for (let run = 1; run <= RUNS; run += 1) {
    const [branch = ''] = BRANCHES[run % BRANCHES.length] ?? [];
    const { code, output } = await offshoot('test', branch, '-o', 'json');
    const { outcome, verdicts, breaches, wiring, cases } = reportDocumentSchema.parse(
      JSON.parse(output),
    );
    const found = {
      failed: code !== 0 || outcome !== 'passed',
      red: verdicts.some(({ verdict }) => verdict === 'Failing'),
      accusing: breaches.length + wiring.length > 0,
    };
    counts.cases += cases.length;
    counts.failed += Number(found.failed);
    counts.red += Number(found.red);
    counts.accusing += Number(found.accusing);
    if (Object.values(found).includes(true)) console.error(`run ${run}: ${output.slice(0, 2_000)}`);
    if (run % SHOWN_EVERY === 0) console.error(`${run} runs: ${JSON.stringify(counts)}`);
  }
  return {
    runs: RUNS,
    cases: counts.cases,
    'tests that failed': counts.failed,
    'reports with a red component': counts.red,
    'with a breach or an edge that does not hold': counts.accusing,
  };
}

async function ended(child: ChildProcess): Promise<Ended> {
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return await new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}
