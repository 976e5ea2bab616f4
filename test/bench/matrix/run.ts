import { judge, type Judgement } from './judge.ts';
import type { Label, Matrix } from './matrix.ts';
import { openRobotMatrix } from './robot-matrix.ts';
import { openShopMatrix } from './shop-matrix.ts';

/**
 * The fault matrix (docs/fault-matrix.md): each fault injected into a topology on the test cluster, and whom the report named.
 * Needs what `npm run test:cluster` needs; the shop takes half an hour. `OFFSHOOT_TOPOLOGY` is `shop`, `second` or `tls`,
 * `OFFSHOOT_FAULTS` a pattern of names, `OFFSHOOT_PASSING_RUNS` how many runs without a fault are looked at for a false red.
 */
export async function benchMatrix(): Promise<readonly object[]> {
  const topology = process.env['OFFSHOOT_TOPOLOGY'] ?? 'shop';
  if (topology === 'shop') return await measured(await openShopMatrix());
  if (topology === 'second') return await measured(await openRobotMatrix({ isSecret: false }));
  if (topology === 'tls') return await measured(await openRobotMatrix({ isSecret: true }));
  throw new Error(`OFFSHOOT_TOPOLOGY is shop, second or tls, not "${topology}"`);
}

async function measured<Fault extends Label>(matrix: Matrix<Fault>): Promise<readonly object[]> {
  const pattern = new RegExp(process.env['OFFSHOOT_FAULTS'] ?? '', 'u');
  const passing = Number(process.env['OFFSHOOT_PASSING_RUNS'] ?? 5);
  try {
    // As in life, the tests have passed before something breaks: reports compare with such runs.
    if (passing > 0) await matrix.passing();
    const rows: Row[] = [];
    for (const fault of matrix.faults.filter(({ name }) => pattern.test(name))) {
      const row = await rowOf(matrix, fault);
      console.log(JSON.stringify(row));
      rows.push(row);
    }
    return [...rows, ...sums(rows), await falseReds(matrix, passing)];
  } finally {
    await matrix.close();
  }
}

interface Row extends Judgement {
  readonly fault: string;
  readonly group: string;
  readonly kind: Label['kind'];
  /** The suite did not even fail. */
  readonly passed: boolean;
}

async function rowOf<Fault extends Label>(matrix: Matrix<Fault>, fault: Fault): Promise<Row> {
  const { name, group, kind } = fault;
  const labels = { fault: name, group, kind };
  try {
    const report = await matrix.report(fault);
    return { ...labels, passed: report.outcome === 'passed', ...judge(fault, report) };
  } catch (error) {
    const named = error instanceof Error ? error.message.slice(0, 2000) : String(error);
    return { ...labels, passed: false, top1: false, top3: false, unknown: true, named };
  }
}

/** One row for each group and kind; what is neither right nor unknown is wrong. */
function sums(rows: readonly Row[]): readonly object[] {
  const kinds = Map.groupBy(rows, ({ group, kind }) => `${group}, ${kind}`);
  return [...kinds].map(([name, those]) => {
    const share = (count: (row: Row) => boolean): string =>
      `${those.filter(count).length} of ${those.length}`;
    return {
      fault: `all of ${name}`,
      top1: share(({ top1 }) => top1),
      top3: share(({ top3 }) => top3),
      unknown: share(({ unknown }) => unknown),
      wrong: share(({ top1, unknown }) => !top1 && !unknown),
    };
  });
}

async function falseReds<Fault extends Label>(
  matrix: Matrix<Fault>,
  runs: number,
): Promise<object> {
  let reds = 0;
  for (let count = 0; count < runs; count += 1) {
    const { verdicts } = await matrix.passing();
    if (verdicts.some(({ verdict }) => verdict === 'Failing')) reds += 1;
  }
  return { fault: `none, ${runs} runs`, named: `${reds} with a red component` };
}
