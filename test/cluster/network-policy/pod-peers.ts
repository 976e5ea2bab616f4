import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/** The hand of `pod-peer.ts` in the network of one pod. */
export interface PodPeer {
  /** `connects`, `times out`, or what the system said. */
  reach(target: Target): Promise<string>;
  close(): Promise<void>;
}

export interface Target {
  readonly protocol: 'TCP' | 'UDP';
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

const answerSchema = z.object({ id: z.number(), outcome: z.string() });

/** @param uid - Of a running pod of this machine; null is the machine itself. */
export async function startPodPeer(uid: string | null): Promise<PodPeer> {
  const script = new URL('pod-peer.ts', import.meta.url).pathname;
  const program = [process.execPath, script, ...(uid === null ? ['--silent'] : [])];
  const within = uid === null ? [] : ['nsenter', `--net=/proc/${await processOf(uid)}/ns/net`];
  const [command = '', ...args] = [...within, ...program];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Map<number, (outcome: string) => void>();
  const { promise: listening, resolve: listens } = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'listening') return listens();
    const { id, outcome } = answerSchema.parse(JSON.parse(line));
    waiting.get(id)?.(outcome);
  });
  await Promise.race([listening, failed(child)]);
  let count = 0;
  return {
    reach: (target) =>
      new Promise((resolve) => {
        count += 1;
        waiting.set(count, resolve);
        child.stdin.write(`${JSON.stringify({ id: count, ...target })}\n`);
      }),
    close: async () => {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}

async function failed(child: ChildProcess): Promise<void> {
  await once(child, 'exit');
  throw new Error('the process in a pod’s network ended');
}

/** Any process of the pod: its containers' cgroups are below one that has the pod's id in its name. */
async function processOf(uid: string): Promise<string> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of processes) {
    const cgroups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    if (cgroups.includes(uid) || cgroups.includes(uid.replaceAll('-', '_'))) return pid;
  }
  throw new Error(`no process of the pod "${uid}" runs on this machine`);
}
