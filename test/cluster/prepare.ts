import { binary } from './binaries.ts';
import { ensureHelm } from './helm.ts';
import { ensureBases, knownBases } from './images/bases.ts';
import { imageCache } from './images/cache.ts';
import { clusterNumbers } from './numbers.ts';
import { ensurePackages } from './packages.ts';

/**
 * `npm run cluster:prepare`: whatever a cluster and its tests need that is installed or built once. Starts
 * nothing, so it can run beside other work; twenty minutes where nothing of it is there yet, else no time.
 */

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const numbers = clusterNumbers();
await ensurePackages(say);
for (const name of ['kubernetes', 'pause', 'coredns', 'kwok', 'collector'] as const)
  await binary(numbers, name, say);
await ensureHelm(say);
await ensureBases(imageCache(), await knownBases(), say);
say('everything that the cluster needs is there');
