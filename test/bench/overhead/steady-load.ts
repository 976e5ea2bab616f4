import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Requests at a steady rate, whether or not the ones before are answered: else a slow server slows its own measure. */

export interface LoadOptions {
  /** `http://…`, taken in turns. */
  readonly urls: readonly string[];
  readonly perSecond: number;
  readonly seconds: number;
}

/** Latencies count from when a request was due. Unit: milliseconds. */
export interface LoadResult {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
  /** What was really asked in a second. */
  readonly perSecond: number;
}

const TICK_MS = 5;
const SOCKETS_MAX = 64;

export async function steadyLoad({ urls, perSecond, seconds }: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });
  const latencies: number[] = [];
  const pending: Promise<void>[] = [];
  let failed = 0;
  const beganMs = performance.now();
  const total = perSecond * seconds;
  for (let sent = 0; sent < total;) {
    const dueCount = Math.min(total, Math.ceil(((performance.now() - beganMs) / 1000) * perSecond));
    for (; sent < dueCount; sent += 1) {
      const dueMs = beganMs + (sent / perSecond) * 1000;
      const url = urls[sent % urls.length] ?? '';
      const asked = ask(url, agent).then(
        () => void latencies.push(performance.now() - dueMs),
        () => void (failed += 1),
      );
      pending.push(asked);
    }
    await sleep(TICK_MS);
  }
  const askedSeconds = (performance.now() - beganMs) / 1000;
  await Promise.all(pending);
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99), failed, perSecond: total / askedSeconds };
}

async function ask(url: string, agent: Agent): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const asked = request(url, { agent, timeout: 5_000 }, (answer) => {
      answer.resume();
      answer.once('end', resolve);
      answer.once('error', reject);
    });
    asked.once('timeout', () => asked.destroy(new Error('no answer')));
    asked.once('error', reject);
    asked.end();
  });
}
