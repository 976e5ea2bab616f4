import { cpus, totalmem, loadavg } from 'node:os';
import { benchCatalogFiles } from './catalog-files.ts';
import { benchClosure } from './closure.ts';
import { benchCluster } from './cluster.ts';
import { benchCrowd } from './cluster-crowd.ts';
import { benchDecode } from './decode.ts';
import { benchDemo } from './demo.ts';
import { benchFuzz } from './fuzz.ts';
import { benchMatrix } from './matrix/run.ts';
import { benchOverhead } from './overhead/overhead.ts';
import { benchPassing } from './passing.ts';
import { benchPlan } from './plan.ts';
import { benchPrecision } from './precision/run.ts';
import { benchRelay } from './relay.ts';

/**
 * `npm run bench [-- name…]`: figures with the machine they were taken on. Nothing here passes or fails;
 * the budgets are in docs/benchmarks.md beside what was measured.
 */

type Rows = readonly object[];

const BENCHES: Readonly<Record<string, () => Rows | Promise<Rows>>> = {
  closure: () => benchClosure(),
  plan: () => benchPlan(),
  catalog: () => benchCatalogFiles(),
  decode: () => benchDecode(),
  relay: () => benchRelay(),
  demo: () => benchDemo(),
};

/** Only by name: they install servers or start a cluster, and take their time. */
const LONG: Readonly<Record<string, () => Rows | Promise<Rows>>> = {
  cluster: () => benchCluster(),
  crowd: () => benchCrowd(),
  fuzz: () => benchFuzz(),
  matrix: () => benchMatrix(),
  overhead: () => benchOverhead(),
  passing: () => benchPassing(),
  precision: () => benchPrecision(),
};
const ALL = { ...BENCHES, ...LONG };

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(ALL, name));
if (unknown.length > 0) {
  console.error(`no benchmark "${unknown.join('", "')}"; there are ${Object.keys(ALL).join(', ')}`);
  process.exit(2);
}

const [cpu] = cpus();
console.log(
  `${cpu?.model ?? 'unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`,
);
for (const [name, run] of Object.entries(wanted.length === 0 ? BENCHES : ALL)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n${name}`);
  console.table((await run()).map(rounded));
}

function rounded(row: object): object {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]: [string, unknown]) => [
      key,
      typeof value === 'number' ? Math.round(value * 100) / 100 : value,
    ]),
  );
}
