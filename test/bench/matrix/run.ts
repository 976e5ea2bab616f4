import { FAULTS, type Fault } from './faults.ts';
import { judge, type Judgement } from './judge.ts';
import { openFaultStage, type FaultStage } from './stage.ts';

/**
 * The fault matrix (docs/benchmarks.md): each fault injected into the five-language shop on the test cluster, and whom the report
 * named. Needs what `npm run test:cluster` needs; half an hour. `OFFSHOOT_FAULTS` is a pattern of names, `OFFSHOOT_PASSING_RUNS` how
 * many runs without a fault are looked at for a false red.
 */
export async function benchMatrix(): Promise<readonly object[]> {
  const pattern = new RegExp(process.env['OFFSHOOT_FAULTS'] ?? '', 'u');
  const passing = Number(process.env['OFFSHOOT_PASSING_RUNS'] ?? 5);
  const stage = await openFaultStage();
  try {
    await stage.up();
    const rows: Row[] = [];
    for (const fault of FAULTS.filter(({ name }) => pattern.test(name))) {
      const row = await rowOf(stage, fault);
      console.log(JSON.stringify(row));
      rows.push(row);
    }
    await stage.up();
    return [...rows, ...sums(rows), await falseReds(stage, passing)];
  } finally {
    await stage.close();
  }
}

interface Row extends Judgement {
  readonly fault: string;
  readonly kind: Fault['kind'];
  /** The suite did not even fail. */
  readonly passed: boolean;
}

async function rowOf(stage: FaultStage, fault: Fault): Promise<Row> {
  const { name, kind, breaks, mends } = fault;
  await stage.restore();
  try {
    const isOfCatalog = mends === undefined;
    if (isOfCatalog) await breaks(stage);
    await stage.up();
    if (!isOfCatalog) await breaks(stage);
    const report = await stage.test();
    return { fault: name, kind, passed: report.outcome === 'passed', ...judge(fault, report) };
  } catch (error) {
    const named = error instanceof Error ? error.message.slice(0, 2000) : String(error);
    return { fault: name, kind, passed: false, top1: false, top3: false, unknown: true, named };
  } finally {
    await mends?.(stage);
    await stage.restore();
  }
}

function sums(rows: readonly Row[]): readonly object[] {
  return (['fails', 'delays'] as const).map((kind) => {
    const those = rows.filter((row) => row.kind === kind);
    const share = (key: 'top1' | 'top3' | 'unknown'): string =>
      `${those.filter((row) => row[key]).length} of ${those.length}`;
    return {
      fault: `all that ${kind.replace(/s$/u, '')}`,
      top1: share('top1'),
      top3: share('top3'),
      unknown: share('unknown'),
    };
  });
}

async function falseReds(stage: FaultStage, runs: number): Promise<object> {
  let reds = 0;
  for (let count = 0; count < runs; count += 1) {
    const { verdicts } = await stage.test();
    if (verdicts.some(({ verdict }) => verdict === 'Failing')) reds += 1;
  }
  return { fault: `none, ${runs} runs`, named: `${reds} with a red component` };
}
