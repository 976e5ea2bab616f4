import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callRecordings } from '../../src/adapters/capture/recordings.ts';
import { writeHttp1Capture } from './decode-captures.ts';
import { LARGE, MIXED, benchHttp1 } from './http1.ts';

/** From pcap files to calls, on one core, beside tshark where it is installed; and memory over a large file. */

export interface DecodeRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

const CALLS = 200_000;
const ROUNDS = 3;
const LARGE_FILE_CALLS = 16_000;

export async function benchDecode(): Promise<readonly DecodeRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'offshoot-bench-'));
  try {
    return [...benchHttp1(), ...(await benchSpeed(folder)), ...(await benchMemory(folder))];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function benchSpeed(folder: string): Promise<readonly DecodeRow[]> {
  const file = join(folder, 'http1.pcap');
  const bytes = writeHttp1Capture(file, { calls: CALLS, exchanges: MIXED });
  let best = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAt = process.cpuUsage();
    const told = await countCalls(file);
    const { user, system } = process.cpuUsage(startedAt);
    if (told !== CALLS) throw new Error(`decoded ${told} of ${CALLS} calls`);
    best = Math.max(best, (CALLS / (user + system)) * 1e6);
  }
  return [
    { name: 'pcap, HTTP/1', value: Math.round(best), unit: 'calls/s' },
    { name: 'pcap, HTTP/1', value: (best * bytes) / CALLS / 1e6, unit: 'MB/s' },
    ...tsharkSpeed(file),
  ];
}

/** The same columns of the same calls, by the time that the processor spent on it, like ours. */
function tsharkSpeed(file: string): readonly DecodeRow[] {
  const fields = ['frame.time_epoch', 'ip.src', 'ip.dst', 'http.request.uri', 'http.response.code'];
  const args = ['-r', file, '-Y', 'http', '-d', 'tcp.port==8080,http', '-T', 'fields'];
  const { error, status, stderr } = spawnSync(
    'bash',
    ['-c', TIMED, 'bash', ...args, ...fields.flatMap((field) => ['-e', field])],
    { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
  );
  const [user, system] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  if (error !== undefined || status !== 0 || user === undefined || system === undefined) {
    return [{ name: 'tshark is not installed', value: 0, unit: 'calls/s' }];
  }
  return [{ name: 'tshark', value: CALLS / (user + system), unit: 'calls/s' }];
}

/** The last line on standard error: seconds in the program, seconds in the system for it. */
const TIMED = `TIMEFORMAT='%U %S'; time tshark "$@"`;

async function benchMemory(folder: string): Promise<readonly DecodeRow[]> {
  const file = join(folder, 'large.pcap');
  const bytes = writeHttp1Capture(file, { calls: LARGE_FILE_CALLS, exchanges: [LARGE] });
  globalThis.gc?.();
  const residents: number[] = [];
  await countCalls(file, () => residents.push(process.memoryUsage.rss()));
  const tenth = residents.slice(0, Math.ceil(residents.length / 10));
  return [
    { name: 'file for memory', value: bytes / 1e6, unit: 'MB' },
    { name: 'resident, highest in its first tenth', value: Math.max(...tenth) / 1e6, unit: 'MB' },
    { name: 'resident, highest in all of it', value: Math.max(...residents) / 1e6, unit: 'MB' },
  ];
}

async function countCalls(file: string, onLot: () => void = () => undefined): Promise<number> {
  let told = 0;
  for await (const lot of callRecordings(process.stdin).decode(file).lots) {
    told += lot.length;
    onLot();
  }
  return told;
}
