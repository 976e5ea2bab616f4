import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../commands.ts';
import type { ImageCache } from './cache.ts';

/** The builder, with a storage of its own: what else is on the machine is neither used nor touched. */

export interface BuildOrder {
  /** Local name of the image. */
  readonly image: string;
  /** Folder with a Dockerfile. */
  readonly context: string;
  /** Local name of the image that `ARG BASE` stands for. */
  readonly base: string | null;
}

export async function hasImage(cache: ImageCache, image: string): Promise<boolean> {
  const found = await buildah(cache, ['images', '--quiet', '--filter', `reference=${image}`]);
  return found.trim() !== '';
}

/** Times in the image are those of 1970, so that the same files give the same layer everywhere. */
export async function build(cache: ImageCache, order: BuildOrder): Promise<void> {
  const base = order.base === null ? [] : ['--build-arg', `BASE=${order.base}`];
  const how = ['--quiet', '--isolation', 'chroot', '--pull-never', '--timestamp', '0'];
  await buildah(cache, ['bud', ...how, ...base, '--tag', order.image, order.context]);
}

/** Layers travel as they are: compressing them costs more than sending them within a machine. */
export async function push(cache: ImageCache, image: string, address: string): Promise<void> {
  const how = ['--quiet', '--tls-verify=false', '--disable-compression'];
  await buildah(cache, ['push', ...how, image, `docker://${address}`]);
}

/** Runs `work` with an empty folder, which is gone afterwards. */
export async function withContext<Result>(
  cache: ImageCache,
  work: (context: string) => Promise<Result>,
): Promise<Result> {
  await mkdir(cache.contexts, { recursive: true });
  const context = await mkdtemp(join(cache.contexts, 'context-'));
  try {
    return await work(context);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

async function buildah(cache: ImageCache, parameters: readonly string[]): Promise<string> {
  const storage = ['--root', cache.storage, '--runroot', cache.runtime];
  return await run('buildah', [...storage, '--storage-driver', 'overlay', ...parameters]);
}
