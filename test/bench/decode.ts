import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCapture } from './decode-captures.ts';
import { TRAFFIC, type Traffic } from './decode-traffic.ts';
import { benchHttp1, LARGE } from './http1.ts';

/**
 * From pcap files to calls, each decoded by a process of its own on one core, beside tshark in the same run;
 * and memory over a large file. Rates are by processor time.
 *
 * `OFFSHOOT_BENCH_CALLS=1000000` for another size, `OFFSHOOT_BENCH_PROTOCOLS=http,kafka` for some,
 * `OFFSHOOT_BENCH_TSHARK_CALLS=1000000` for tshark on files as large.
 */

const SIZES = (process.env['OFFSHOOT_BENCH_CALLS'] ?? '10000,100000').split(',').map(Number);
const PROTOCOLS = process.env['OFFSHOOT_BENCH_PROTOCOLS']?.split(',') ?? null;
const ROUNDS = Number(process.env['OFFSHOOT_BENCH_ROUNDS'] ?? 3);
/** Tshark takes minutes for more, and gigabytes. */
const TSHARK_CALLS_MAX = Number(process.env['OFFSHOOT_BENCH_TSHARK_CALLS'] ?? 100_000);
const LARGE_FILE_CALLS = 16_000;

interface Taken {
  readonly cpuS: number;
  readonly peakBytes: number;
}

export function benchDecode(): readonly object[] {
  const folder = mkdtempSync(join(tmpdir(), 'offshoot-bench-'));
  try {
    const wanted = TRAFFIC.filter(({ protocol }) => PROTOCOLS?.includes(protocol) ?? true);
    return [
      ...(PROTOCOLS === null ? benchHttp1() : []),
      ...wanted.flatMap((traffic) => SIZES.map((calls) => benchTraffic(folder, traffic, calls))),
      ...(PROTOCOLS === null ? [benchMemory(folder)] : []),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function benchTraffic(folder: string, traffic: Traffic, calls: number): object {
  const file = join(folder, `${traffic.protocol}.pcap`);
  const bytes = writeCapture(file, { ...traffic, calls });
  const ours: Taken[] = [];
  const theirs: (Taken | null)[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(decodedByUs(file, calls));
    if (calls <= TSHARK_CALLS_MAX) theirs.push(decodedByTshark(file, traffic));
  }
  const rate = calls / median(ours.map(({ cpuS }) => cpuS));
  const known = theirs.filter((each) => each !== null);
  const theirRate = known.length === 0 ? null : calls / median(known.map(({ cpuS }) => cpuS));
  return {
    protocol: traffic.protocol,
    calls,
    'MB of pcap': bytes / 1e6,
    'calls/s': Math.round(rate),
    'peak MB': median(ours.map(({ peakBytes }) => peakBytes)) / 1e6,
    'tshark calls/s': theirRate === null ? 'not measured' : Math.round(theirRate),
    'tshark peak MB':
      known.length === 0 ? '' : median(known.map(({ peakBytes }) => peakBytes)) / 1e6,
    ratio: theirRate === null ? '' : rate / theirRate,
  };
}

/** @throws When calls are missing. */
function decodedByUs(file: string, calls: number): Taken {
  const { told, cpuS, peak } = child(file);
  if (told < calls) throw new Error(`decoded ${told} of ${calls} calls`);
  return { cpuS, peakBytes: peak };
}

function child(file: string): {
  readonly told: number;
  readonly cpuS: number;
  readonly peak: number;
  readonly highest: number;
  readonly highestEarly: number;
} {
  const script = join(import.meta.dirname, 'decode-child.ts');
  const { stdout } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
  const said: unknown = JSON.parse(stdout);
  const of = (name: string): number => Number(Object(said)[name]);
  return {
    told: of('calls'),
    cpuS: of('cpuS'),
    peak: of('peak'),
    highest: of('highest'),
    highestEarly: of('highestEarly'),
  };
}

/** Null where tshark, or a `time` that tells memory, is not installed. */
function decodedByTshark(file: string, { tshark: { dissector, fields } }: Traffic): Taken | null {
  const columns = ['frame.time_epoch', 'ip.src', 'ip.dst', ...fields].flatMap((each) => [
    '-e',
    each,
  ]);
  const decodeAs = dissector === 'data' ? [] : ['-d', `tcp.port==8080,${dissector}`];
  const { error, status, stderr } = spawnSync(
    'env',
    ['time', '-f', '%U %S %M', 'tshark', '-r', file, ...decodeAs, '-T', 'fields', ...columns],
    { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
  );
  const [user, system, kilobytes] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  const isTold = error === undefined && status === 0;
  if (!isTold || user === undefined || system === undefined || kilobytes === undefined) return null;
  return { cpuS: user + system, peakBytes: kilobytes * 1_024 };
}

function benchMemory(folder: string): object {
  const file = join(folder, 'large.pcap');
  const shape = { calls: LARGE_FILE_CALLS, opening: [], exchange: () => LARGE };
  const bytes = writeCapture(file, shape);
  const { highest, highestEarly, peak } = child(file);
  return {
    protocol: 'http, answers of 65 kB',
    calls: LARGE_FILE_CALLS,
    'MB of pcap': bytes / 1e6,
    'resident MB in the first eighth': highestEarly / 1e6,
    'resident MB in all': highest / 1e6,
    'peak MB': peak / 1e6,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
