import { clusterState } from './cluster.ts';

/** `npm run cluster:status`: the cluster's processes. Exits with 1 unless all of them run. */

const states = await clusterState();
for (const [name, runs] of states)
  process.stdout.write(`${name.padEnd(20)} ${runs ? 'runs' : 'ended'}\n`);
if (states.size === 0) process.stdout.write('no cluster was started\n');
if (states.size === 0 || [...states.values()].includes(false)) process.exitCode = 1;
