import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { alone } from '../locks.ts';
import { ensureBases, knownBases } from './bases.ts';
import { build, hasImage, push, withContext } from './buildah.ts';
import { imageCache, type ImageCache } from './cache.ts';
import { filesBelow, keyOf } from './content-key.ts';
import { isPushed, type TestRegistry } from './registry.ts';

interface TapImage {
  /** Its local name. */
  readonly image: string;
  /** A key of what it is made of. */
  readonly tag: string;
}

const FOLDER = join(import.meta.dirname, 'bases', 'tap');
const SILENT = (): void => undefined;

/** The image of the tap, in the registry; its name as nodes reach it. Built once. */
export async function pushTapImage(
  registry: Pick<TestRegistry, 'push' | 'inCluster'>,
): Promise<string> {
  const cache = imageCache();
  const { image, tag } = await ensureTapImage(cache, SILENT);
  const path = `offshoot-tap:${tag}`;
  await alone(`${cache.storage}.lock`, async () => {
    if (!(await isPushed(registry, path))) await push(cache, image, `${registry.push}/${path}`);
  });
  return `${registry.inCluster}/${path}`;
}

/** Builds it if it is not there: needs Debian's packages, which a cluster's own network does not reach. */
export async function ensureTapImage(
  cache: ImageCache,
  say: (line: string) => void,
): Promise<TapImage> {
  const bases = await knownBases();
  const tag = keyOf([bases.debian.key, ...(await filesBelow(FOLDER))]);
  const image = `localhost/offshoot-test/tap:${tag}`;
  await alone(`${cache.storage}.lock`, async () => {
    await ensureBases(cache, bases, say);
    if (await hasImage(cache, image)) return;
    say('building the image of the tap');
    await withContext(cache, async (context) => {
      await cp(FOLDER, context, { recursive: true });
      await build(cache, { image, context, base: bases.debian.image });
    });
  });
  return { image, tag };
}
