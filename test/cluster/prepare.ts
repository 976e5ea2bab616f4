import { ensureOffshootImage } from '../cluster-tests/support/offshoot-image.ts';
import { BINARY_NAMES, ensureBinaries } from './binaries.ts';
import { ensureBases, knownBases } from './images/bases.ts';
import { imageCache } from './images/cache.ts';
import { ensureTapImage } from './images/tap-image.ts';
import { alone } from './locks.ts';
import { clusterNumbers } from './numbers.ts';
import { ensurePackages } from './packages.ts';

/**
 * `npm run cluster:prepare`: whatever a cluster and its tests need that is installed or built once. Starts
 * nothing, so it can run beside other work; ten minutes where nothing of it is there yet, else no time.
 */

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** They wait for downloads and disks while programs are compiled. */
async function prepareImages(): Promise<void> {
  await ensurePackages(say);
  const cache = imageCache();
  const bases = await knownBases();
  await alone(`${cache.storage}.lock`, async () => await ensureBases(cache, bases, say));
  await ensureTapImage(cache, say);
  await ensureOffshootImage(say);
}

// Each goes on to its end when the other fails: what is built is there for the next time.
const works = [ensureBinaries(clusterNumbers(), BINARY_NAMES, say), prepareImages()];
const outcomes = await Promise.allSettled(works);
const failures = outcomes.filter(({ status }) => status === 'rejected');
if (failures.length > 0) throw new AggregateError(failures, 'not all of it is there');
say('everything that the cluster needs is there');
