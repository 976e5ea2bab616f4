import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callRecordings } from '../../../src/adapters/capture/recordings.ts';
import type { Call } from '../../../src/domain/calls/call.ts';
import { run } from '../../cluster/commands.ts';
import { clusterNumbers } from '../../cluster/numbers.ts';
import { installPackages } from '../../cluster/packages.ts';
import { DAMAGES, damaged } from './impair.ts';
import { score, type Label } from './score.ts';
import { tsharkRecall } from './tshark.ts';

/**
 * Precision and recall against the truth (docs/benchmarks.md): real servers and clients fail on command, the wire is recorded,
 * and each recording is read as it is and damaged. Needs root, Debian and Python; ten minutes with 1,200 calls a protocol
 * (`OFFSHOOT_PRECISION_CALLS`). `OFFSHOOT_PROTOCOLS` is a pattern of names.
 */
export async function benchPrecision(): Promise<readonly object[]> {
  const calls = Number(process.env['OFFSHOOT_PRECISION_CALLS'] ?? 1200);
  const pattern = new RegExp(process.env['OFFSHOOT_PROTOCOLS'] ?? '', 'u');
  const folder = join(clusterNumbers().cache, 'precision');
  const python = await preparePeers(folder);
  const rows: object[] = [];
  for (const protocol of PROTOCOLS.filter((name) => pattern.test(name))) {
    await run(python, [join(PEERS, 'record.py'), protocol, String(calls), folder]);
    rows.push(...(await rowsOf(protocol, folder)));
  }
  return rows;
}

const PEERS = join(import.meta.dirname, 'peers');
const PROTOCOLS = [
  'amqp',
  'dns',
  'grpc',
  'http',
  'memcached',
  'mqtt',
  'mysql',
  'nats',
  'postgres',
  'redis',
  'tls',
];
const SERVERS = [
  'mariadb-server',
  'memcached',
  'mosquitto',
  'nats-server',
  'openssl',
  'postgresql',
  'python3-venv',
  'rabbitmq-server',
  'redis-server',
  'tcpdump',
  'tshark',
];
const SEED = 20_261_122;

/** The interpreter that has the clients. */
async function preparePeers(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await installPackages(SERVERS, () => undefined);
  const environment = join(folder, 'python');
  await run('python3', ['-m', 'venv', environment]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--requirement', join(PEERS, 'requirements.txt')];
  await run(join(environment, 'bin', 'python'), pip);
  return join(environment, 'bin', 'python');
}

async function rowsOf(protocol: string, folder: string): Promise<readonly object[]> {
  const file = await readFile(join(folder, `${protocol}.pcap`));
  const text = await readFile(join(folder, `${protocol}.labels.json`), 'utf8');
  const labels = JSON.parse(text) as readonly Label[];
  const rows: object[] = [];
  const path = join(folder, `${protocol}-damaged.pcap`);
  for (const damage of DAMAGES) {
    await writeFile(path, damaged(file, damage, SEED));
    const { right, wrong, falselyOk } = score(labels, await decoded(path));
    const tshark = await Promise.all(
      [false, true].map(async (reorders) => await tsharkRecall(protocol, path, labels, reorders)),
    );
    rows.push({
      protocol,
      damage: damage.name,
      calls: labels.length,
      recall: right / labels.length,
      precision: right / Math.max(1, right + wrong),
      'falsely ok': falselyOk,
      'tshark: codes': tshark[0] ?? '-',
      'tshark, reordering': tshark[1] ?? '-',
    });
  }
  await rm(path);
  return rows;
}

async function decoded(path: string): Promise<readonly Call[]> {
  const calls: Call[] = [];
  for await (const lot of callRecordings(process.stdin).decode(path).lots) calls.push(...lot);
  return calls;
}
