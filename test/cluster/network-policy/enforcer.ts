import { parseArgs } from 'node:util';
import { enforce } from './enforcement.ts';
import { kernel } from './kernel.ts';

/**
 * Enforces NetworkPolicies on the one node of the test cluster, which must be this machine.
 *
 *     node test/cluster/network-policy/enforcer.ts --kubeconfig FILE [--chain-prefix OFFSHOOT]
 *     node test/cluster/network-policy/enforcer.ts --clean [--chain-prefix OFFSHOOT]
 *
 * Prints `network policies are enforced` once the policies that are there hold. Ends on SIGTERM or SIGINT and
 * removes its rules before; killed, it leaves them, still in force, to the next start or to `--clean`.
 */

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    'chain-prefix': { type: 'string', default: 'OFFSHOOT' },
    clean: { type: 'boolean', default: false },
  },
});

const prefix = values['chain-prefix'];
if (!/^[A-Z][A-Z0-9]{0,7}$/.test(prefix)) {
  throw new Error(`--chain-prefix "${prefix}" is not one to eight capital letters and digits`);
}

if (values.clean) await kernel(prefix).clean();
else if (values.kubeconfig === undefined) throw new Error('--kubeconfig FILE is missing');
else {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  await enforce({
    kubeconfig: values.kubeconfig,
    kernel: kernel(prefix),
    signal: stop.signal,
    onReady: () => process.stdout.write('network policies are enforced\n'),
  });
}
