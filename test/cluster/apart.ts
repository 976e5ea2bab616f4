import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { run, succeeds } from './commands.ts';
import { numbersOf } from './numbers.ts';

/**
 * `npm run cluster:apart -- NUMBER COMMAND…`: runs a command whose cluster is another one, in a network of its
 * own, so that it works beside that of this machine. It reaches nothing outside: what it needs is prepared
 * (`cluster:prepare`). Afterwards cluster and network are taken away. Ends as the command ended.
 */

const DOWN = fileURLToPath(new URL('down.ts', import.meta.url));

const [number = '', ...command] = process.argv.slice(2);
const { name } = numbersOf(Number(number), '');
const { OFFSHOOT_TEST_KUBECONFIG: _elsewhere, ...environment } = process.env;

/** What it ended with; a signal counts as 1. */
async function runInside(parameters: readonly string[]): Promise<number> {
  const child = spawn('nsenter', [`--net=/run/netns/${name}`, ...parameters], {
    stdio: 'inherit',
    env: { ...environment, OFFSHOOT_TEST_CLUSTER_NUMBER: number },
  });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

// What is pressed ends the command; the cluster is taken away after it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
// A network that a killed run has left is taken over: its cluster is cleaned up by the next start.
if (!(await succeeds('ip', ['netns', 'pids', name]))) await run('ip', ['netns', 'add', name]);
await run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
try {
  process.exitCode = await runInside(command);
} finally {
  await runInside([process.execPath, DOWN]);
  await run('ip', ['netns', 'delete', name]);
}
