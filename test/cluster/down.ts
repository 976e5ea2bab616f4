import { stopCluster } from './cluster.ts';

/** `npm run cluster:down`: ends the cluster of this machine and takes back everything that it changed. */

const begun = performance.now();
await stopCluster();
process.stdout.write(`nothing runs (${((performance.now() - begun) / 1000).toFixed(1)} s)\n`);
