import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../cluster/commands.ts';
import { ensureBases, knownBases, type Base } from '../../cluster/images/bases.ts';
import { hasImage, push } from '../../cluster/images/buildah.ts';
import { imageCache } from '../../cluster/images/cache.ts';
import { filesBelow, keyOf } from '../../cluster/images/content-key.ts';
import { isPushed } from '../../cluster/images/registry.ts';
import { alone } from '../../cluster/locks.ts';
import { pack } from '../../support/pack.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** An image in a registry, as a chart wants to have it named. */
export interface PushedImage {
  readonly repository: string;
  /** A key of what it is made of. */
  readonly tag: string;
  /** What it has beyond Node and the system below it, uncompressed. */
  readonly ownBytes: number;
  readonly user: string;
}

export interface Registry {
  /** `host:port` as this machine reaches it. */
  readonly push: string;
  /** The same, as nodes reach it. */
  readonly inCluster: string;
}

const ROOT = new URL('../../..', import.meta.url).pathname;
const LOCAL = 'localhost/offshoot-test/offshoot';
const FILES = ['Dockerfile', 'package.json', 'package-lock.json', 'bin/offshoot'];

/**
 * Builds the repository's own Dockerfile from the packed package, on the base that the shop's Node services have,
 * and pushes the image. Half a minute; nothing when the same sources were built before.
 */
export async function pushOffshootImage(registry: Registry): Promise<PushedImage> {
  const cache = imageCache();
  const { image, tag, base } = await ensureOffshootImage();
  await alone(`${cache.storage}.lock`, async () => {
    if (await isPushed(registry, `offshoot:${tag}`)) return;
    await push(cache, image, `${registry.push}/offshoot:${tag}`);
  });
  const user = ['inspect', '--type', 'image', '--format', '{{.OCIv1.Config.User}}', image];
  return {
    repository: `${registry.inCluster}/offshoot`,
    tag,
    ownBytes: (await bytesOf(image)) - (await bytesOf(base.image)),
    user: (await buildah(...user)).trim(),
  };
}

interface LocalImage {
  readonly image: string;
  readonly tag: string;
  readonly base: Base;
}

/** Builds it if it is not there: needs Debian's packages, which a cluster's own network does not reach. */
export async function ensureOffshootImage(
  say: (line: string) => void = () => undefined,
): Promise<LocalImage> {
  const cache = imageCache();
  const bases = await knownBases();
  const tag = await sourcesKey(bases.node);
  const image = `${LOCAL}:${tag}`;
  await alone(`${cache.storage}.lock`, async () => {
    await ensureBases(cache, bases, say);
    if (await hasImage(cache, image)) return;
    say('building the image of Offshoot');
    await build(image, bases.node);
  });
  return { image, tag, base: bases.node };
}

async function sourcesKey(base: Base): Promise<string> {
  const texts = await Promise.all(FILES.map((file) => readFile(join(ROOT, file), 'utf8')));
  const sources = await filesBelow(join(ROOT, 'src'));
  return keyOf([base.key, ...texts, ...sources, ...(await filesBelow(join(ROOT, 'catalog')))]);
}

async function build(image: string, base: Base): Promise<void> {
  const folder = await temporaryFolder();
  try {
    const context = await installedPackage(folder.path);
    const parameters = ['--build-arg', `BASE=${base.image}`];
    const how = [
      '--layers',
      '--quiet',
      '--isolation',
      'chroot',
      '--pull-never',
      '--timestamp',
      '0',
    ];
    const file = ['--file', join(ROOT, 'Dockerfile'), '--tag', image];
    const former = await buildah('images', '--quiet', '--filter', `reference=${LOCAL}`);
    await buildah('bud', ...how, ...parameters, ...file, context);
    for (const id of new Set(former.split('\n').filter((line) => line !== ''))) {
      await buildah('rmi', '--force', id);
    }
  } finally {
    await folder.remove();
  }
}

/** What `npm install` of the tarball gives, with exactly the libraries of the lock file. */
async function installedPackage(folder: string): Promise<string> {
  const [context, libraries] = [join(folder, 'package'), join(folder, 'libraries')];
  await mkdir(context);
  await mkdir(libraries);
  for (const file of ['package.json', 'package-lock.json']) {
    await cp(join(ROOT, file), join(libraries, file));
  }
  const left = ['--omit=dev', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['ci', '--prefer-offline', ...left], { folder: libraries });
  const tarball = await pack(join(folder, 'packed'));
  await run('tar', ['--extract', '--strip-components=1', '--file', tarball, '-C', context]);
  await run('mv', [join(libraries, 'node_modules'), context]);
  return context;
}

async function bytesOf(image: string): Promise<number> {
  const listed = await buildah('images', '--json', image);
  const size = /"size": "([\d.]+) (MB|GB)"/u.exec(listed);
  if (size === null) throw new Error(`no size in ${listed}`);
  return Number(size[1]) * (size[2] === 'GB' ? 1e9 : 1e6);
}

async function buildah(...parameters: readonly string[]): Promise<string> {
  const { storage, runtime } = imageCache();
  const where = ['--root', storage, '--runroot', runtime, '--storage-driver', 'overlay'];
  return await run('buildah', [...where, ...parameters]);
}
