import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { alone } from '../locks.ts';
import { ensureBases, knownBases } from './bases.ts';
import { build, hasImage, push, withContext } from './buildah.ts';
import { imageCache } from './cache.ts';
import { filesBelow, keyOf } from './content-key.ts';
import { isPushed, type TestRegistry } from './registry.ts';

const FOLDER = join(import.meta.dirname, 'bases', 'tap');

/** The image of the tap, in the registry; its name as nodes reach it. Built once. */
export async function pushTapImage(
  registry: Pick<TestRegistry, 'push' | 'inCluster'>,
): Promise<string> {
  const cache = imageCache();
  const bases = await knownBases();
  const tag = keyOf([bases.debian.key, ...(await filesBelow(FOLDER))]);
  const image = `localhost/offshoot-test/tap:${tag}`;
  const path = `offshoot-tap:${tag}`;
  await alone(`${cache.storage}.lock`, async () => {
    await ensureBases(cache, bases, () => undefined);
    if (!(await hasImage(cache, image))) {
      await withContext(cache, async (context) => {
        await cp(FOLDER, context, { recursive: true });
        await build(cache, { image, context, base: bases.debian.image });
      });
    }
    if (!(await isPushed(registry, path))) await push(cache, image, `${registry.push}/${path}`);
  });
  return `${registry.inCluster}/${path}`;
}
