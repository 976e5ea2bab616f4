import { setTimeout as sleep } from 'node:timers/promises';
import { watchCluster } from './cluster-objects.ts';
import type { Kernel } from './kernel.ts';
import { rulesetOf } from './rules.ts';

/** Changes come in bursts: a pod alone makes four. */
const DEBOUNCE_MS = 100;

/** Heals what others did to our rules. */
const RESYNC_MS = 15_000;

const RETRY_MS = 1_000;

export interface Enforcement {
  readonly kubeconfig: string;
  readonly kernel: Kernel;
  readonly signal: AbortSignal;
  /** Called once, when the policies that are there hold. */
  readonly onReady: () => unknown;
}

/** Keeps the kernel's rules those of the cluster's policies until the signal; removes them then. */
export async function enforce({ kubeconfig, kernel, signal, onReady }: Enforcement): Promise<void> {
  const changes = changeBell(signal);
  const view = watchCluster(kubeconfig, () => changes.ring());
  let applied = '';
  let isReady = false;
  await Promise.race([view.complete, aborted(signal)]);
  while (!signal.aborted) {
    const isResync = !changes.answer();
    try {
      const ruleset = rulesetOf(view.objects());
      const wanted = JSON.stringify(ruleset);
      if (isResync || wanted !== applied) await kernel.apply(ruleset);
      applied = wanted;
      if (!isReady) onReady();
      isReady = true;
    } catch (error) {
      process.stderr.write(`${String(error)}\n`);
      applied = '';
      changes.ring();
      await pause(RETRY_MS, signal);
    }
    await changes.next();
    await pause(DEBOUNCE_MS, signal);
  }
  view.close();
  await kernel.clean();
}

interface ChangeBell {
  ring(): void;
  /** Whether it rang since the last answer. */
  answer(): boolean;
  /** Resolves when it rings, at once if it rang already, and when it is time to look again. */
  next(): Promise<void>;
}

function changeBell(signal: AbortSignal): ChangeBell {
  let rang = false;
  let wake = (): void => undefined;
  signal.addEventListener('abort', () => wake());
  return {
    ring: () => {
      rang = true;
      wake();
    },
    answer: () => {
      const was = rang;
      rang = false;
      return was;
    },
    next: async () => {
      if (rang || signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      const resync = setTimeout(resolve, RESYNC_MS);
      await promise;
      clearTimeout(resync);
    },
  };
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await sleep(durationMs, undefined, { signal }).catch(() => undefined);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}
