import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { watchCluster } from './cluster-objects.ts';
import { kernel } from './kernel.ts';
import { rulesetOf } from './rules.ts';

/**
 * Enforces NetworkPolicies on the one node of the test cluster, which must be this machine.
 *
 *     node test/cluster/network-policy/enforcer.ts --kubeconfig FILE [--chain-prefix OST]
 *     node test/cluster/network-policy/enforcer.ts --clean [--chain-prefix OST]
 *
 * Prints `network policies are enforced` once the policies that are there hold. Ends on SIGTERM or SIGINT and
 * removes its rules before; killed, it leaves them, still in force, to the next start or to `--clean`.
 */

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    'chain-prefix': { type: 'string', default: 'OST' },
    clean: { type: 'boolean', default: false },
  },
});

const prefix = values['chain-prefix'];
if (!/^[A-Z][A-Z0-9]{0,5}$/.test(prefix)) {
  throw new Error(`--chain-prefix "${prefix}" is not one to six capital letters and digits`);
}

if (values.clean) await kernel(prefix).clean();
else if (values.kubeconfig === undefined) throw new Error('--kubeconfig FILE is missing');
else await enforce(values.kubeconfig);

/** Changes come in bursts: a pod alone makes four. */
const DEBOUNCE_MS = 100;

/** Heals what others did to our rules. */
const RESYNC_MS = 15_000;

const RETRY_MS = 1_000;

async function enforce(kubeconfig: string): Promise<void> {
  const rules = kernel(prefix);
  const stop = new AbortController();
  let wake = (): void => undefined;
  let hasChanged = false;
  const view = watchCluster(kubeconfig, () => {
    hasChanged = true;
    wake();
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stop.abort();
      wake();
    });
  }
  const change = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    const resync = setTimeout(resolve, RESYNC_MS);
    if (!hasChanged && !stop.signal.aborted) await promise;
    clearTimeout(resync);
    await pause(DEBOUNCE_MS, stop.signal);
  };
  let applied = '';
  let isReady = false;
  await Promise.race([view.complete, aborted(stop.signal)]);
  while (!stop.signal.aborted) {
    const isResync = !hasChanged;
    hasChanged = false;
    try {
      const ruleset = rulesetOf(view.objects());
      const wanted = JSON.stringify(ruleset);
      if (isResync || wanted !== applied) await rules.apply(ruleset);
      applied = wanted;
      if (!isReady) process.stdout.write('network policies are enforced\n');
      isReady = true;
    } catch (error) {
      process.stderr.write(`${String(error)}\n`);
      hasChanged = true;
      applied = '';
      await pause(RETRY_MS, stop.signal);
    }
    await change();
  }
  view.close();
  await rules.clean();
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await sleep(durationMs, undefined, { signal }).catch(() => undefined);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}
