import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callRecordings } from '../../../src/adapters/capture/recordings.ts';
import type { Call } from '../../../src/domain/calls/call.ts';
import { run } from '../../cluster/commands.ts';
import { clusterNumbers } from '../../cluster/numbers.ts';
import { installPackages } from '../../cluster/packages.ts';
import { beginsAtUs, DAMAGES, damaged } from './impair.ts';
import { add, newScore, score, type Label, type Score } from './score.ts';
import { tsharkRecall } from './tshark.ts';

/**
 * Precision and recall against the truth (docs/benchmarks.md): real servers and clients fail on command, the wire is recorded,
 * and each recording is read as it is and damaged. Needs root, Debian and Python; twenty minutes with 1,200 calls a protocol
 * (`OFFSHOOT_PRECISION_CALLS`). `OFFSHOOT_PROTOCOLS` is a pattern of names; `OFFSHOOT_PRECISION_RECORDED=1` reads what was
 * recorded last.
 */
export async function benchPrecision(): Promise<readonly object[]> {
  const pattern = new RegExp(process.env['OFFSHOOT_PROTOCOLS'] ?? '', 'u');
  const folder = join(clusterNumbers().cache, 'precision');
  const protocols = PROTOCOLS.filter((name) => pattern.test(name));
  if (process.env['OFFSHOOT_PRECISION_RECORDED'] !== '1') await recordAll(protocols, folder);
  const rows: object[] = [];
  const classes = new Map<string, Map<string, Score>>();
  for (const protocol of protocols) rows.push(...(await rowsOf(protocol, folder, classes)));
  console.table(rows);
  return classRows(classes);
}

async function recordAll(protocols: readonly string[], folder: string): Promise<void> {
  const calls = process.env['OFFSHOOT_PRECISION_CALLS'] ?? '1200';
  const python = await preparePeers(folder);
  for (const protocol of protocols) {
    await run(python, [join(PEERS, 'record.py'), protocol, calls, folder], {
      variables: { OFFSHOOT_PEER_JARS: join(folder, 'jars') },
    });
  }
}

const PEERS = join(import.meta.dirname, 'peers');
const PROTOCOLS = [
  'amqp',
  'dns',
  'dubbo',
  'grpc',
  'http',
  'kafka',
  'memcached',
  'mongodb',
  'mqtt',
  'mysql',
  'nats',
  'postgres',
  'redis',
  'thrift',
  'tls',
];
const SERVERS = [
  'mariadb-server',
  'maven',
  'memcached',
  'mosquitto',
  'nats-server',
  'openjdk-17-jdk-headless',
  'openssl',
  'postgresql',
  'python3-venv',
  'rabbitmq-server',
  'redis-server',
  'tcpdump',
  'tshark',
];
const SEED = 20_261_122;

/** Servers that come as Java packages. */
const JAVA_PEERS = ['dubbo', 'kafka', 'mongodb'];

/** The interpreter that has the clients. */
async function preparePeers(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await installPackages(SERVERS, () => undefined);
  const environment = join(folder, 'python');
  await run('python3', ['-m', 'venv', environment]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--requirement', join(PEERS, 'requirements.txt')];
  await run(join(environment, 'bin', 'python'), pip);
  for (const peer of JAVA_PEERS) {
    const into = [`-DoutputDirectory=${join(folder, 'jars', peer)}`, '-DincludeScope=runtime'];
    const file = ['-f', join(PEERS, 'java', `${peer}.xml`)];
    await run('mvn', ['-q', '-B', ...file, 'dependency:copy-dependencies', ...into]);
  }
  return join(environment, 'bin', 'python');
}

/** One row for each damage; the scores of each class are added to those of other protocols. */
async function rowsOf(
  protocol: string,
  folder: string,
  classes: Map<string, Map<string, Score>>,
): Promise<readonly object[]> {
  const file = await readFile(join(folder, `${protocol}.pcap`));
  const text = await readFile(join(folder, `${protocol}.labels.json`), 'utf8');
  const all = JSON.parse(text) as readonly Label[];
  const rows: object[] = [];
  const path = join(folder, `${protocol}-damaged.pcap`);
  for (const damage of DAMAGES) {
    const bytes = damaged(file, damage, SEED);
    await writeFile(path, bytes);
    // A call that began before the recording did is none that it could show.
    const labels = all.filter(({ fromUs }) => damage.isWhole || fromUs >= beginsAtUs(bytes));
    const sum = newScore();
    for (const [name, each] of score(labels, await decoded(path), damage.isEarly)) {
      add(sum, each);
      add(scoreOf(classes, name, damage.name), each);
    }
    const tshark = await Promise.all(
      [false, true].map(async (reorders) => await tsharkRecall(protocol, path, labels, reorders)),
    );
    rows.push({
      protocol,
      damage: damage.name,
      ...shown(sum),
      'falsely ok': sum.falselyOk,
      'tshark: codes': rounded(tshark[0] ?? null),
      'tshark, reordering': rounded(tshark[1] ?? null),
    });
  }
  await rm(path);
  return rows;
}

function scoreOf(classes: Map<string, Map<string, Score>>, name: string, damage: string): Score {
  const byDamage = classes.get(name) ?? new Map<string, Score>();
  classes.set(name, byDamage);
  const found = byDamage.get(damage) ?? newScore();
  byDamage.set(damage, found);
  return found;
}

/** Recall and precision of each class under each damage, all protocols together. */
function classRows(classes: ReadonlyMap<string, ReadonlyMap<string, Score>>): readonly object[] {
  return [...classes]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, byDamage]) => {
      const cells = [...byDamage].map(([damage, { labels, right, wrong }]) => [
        damage,
        `${rounded(labels === 0 ? null : right / labels)} / ${rounded(right / Math.max(1, right + wrong))}`,
      ]);
      const calls = byDamage.get('clean')?.labels ?? 0;
      return { class: name, calls, ...Object.fromEntries(cells) };
    });
}

function shown({ labels, right, wrong, named }: Score): object {
  return {
    calls: labels,
    recall: rounded(right / labels),
    precision: rounded(right / Math.max(1, right + wrong)),
    'with operation': rounded(named / labels),
  };
}

/** Never up to one; a dash for none. */
function rounded(share: number | null): number | string {
  return share === null ? '-' : Math.floor(share * 1000) / 1000;
}

async function decoded(path: string): Promise<readonly Call[]> {
  const calls: Call[] = [];
  for await (const lot of callRecordings(process.stdin).decode(path).lots) calls.push(...lot);
  return calls;
}
