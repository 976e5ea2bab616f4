import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { openRelay } from '../../src/adapters/embedded/relay/relay.ts';

/**
 * What the relay adds to a call: keep-alive HTTP on loopback, one call at a time, with the relay in
 * a process's main thread and client and server in a thread of their own. Direct and relayed calls
 * take turns, so that both see the same machine.
 */
export interface RelayBenchRow {
  readonly path: 'direct' | 'relayed' | 'added';
  readonly p50Us: number;
  readonly p99Us: number;
}

const CALLS = 4_000;
const WARM_UP = 500;
const WORKER = 'offshoot-bench-relay';

export async function benchRelay(): Promise<readonly RelayBenchRow[]> {
  const worker = new Worker(new URL(import.meta.url), { workerData: WORKER });
  const [serverPort] = (await once(worker, 'message')) as [number];
  let told = 0;
  let connection = 0;
  const relay = await openRelay({
    listenPort: 0,
    client: 'checkout',
    server: 'cart',
    target: () => ({ host: '127.0.0.1', port: serverPort }),
    sink: { record: () => (told += 1) },
    ids: { next: () => `c${(connection += 1)}` },
  });
  worker.postMessage(relay.port, []);
  const [{ direct, relayed }] = (await once(worker, 'message')) as [
    { direct: readonly number[]; relayed: readonly number[] },
  ];
  await worker.terminate();
  await relay.close();
  if (told < CALLS + WARM_UP) throw new Error(`the relay told ${told} calls`);
  const rows = [rowOf('direct', direct), rowOf('relayed', relayed)] as const;
  const added: RelayBenchRow = {
    path: 'added',
    p50Us: rows[1].p50Us - rows[0].p50Us,
    p99Us: rows[1].p99Us - rows[0].p99Us,
  };
  return [...rows, added];
}

function rowOf(path: 'direct' | 'relayed', times: readonly number[]): RelayBenchRow {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (ratio: number): number => Math.round(sorted[Math.floor(sorted.length * ratio)] ?? 0);
  return { path, p50Us: at(0.5), p99Us: at(0.99) };
}

/** Client and server, in the worker. */
async function serveAndCall(port: {
  postMessage(value: unknown): void;
  once(event: 'message', listener: (value: number) => void): unknown;
}): Promise<void> {
  const server = createServer((_, answer) => answer.end('{"items":[],"total":0}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const serverPort = (server.address() as AddressInfo).port;
  const relayPort = await new Promise<number>((resolve) => {
    port.once('message', resolve);
    port.postMessage(serverPort);
  });
  const agents = [serverPort, relayPort].map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
  const direct: number[] = [];
  const relayed: number[] = [];
  for (let call = 0; call < CALLS + WARM_UP; call += 1) {
    const directUs = await timeOf(serverPort, agents[0]);
    const relayedUs = await timeOf(relayPort, agents[1]);
    if (call < WARM_UP) continue;
    direct.push(directUs);
    relayed.push(relayedUs);
  }
  for (const agent of agents) agent.destroy();
  server.close();
  port.postMessage({ direct, relayed });
}

async function timeOf(port: number, agent: Agent | undefined): Promise<number> {
  const startedAt = performance.now();
  const sent = request({
    host: '127.0.0.1',
    port,
    path: '/carts/1',
    ...(agent && { agent }),
  }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return (performance.now() - startedAt) * 1000;
}

if (!isMainThread && workerData === WORKER && parentPort !== null) await serveAndCall(parentPort);
