import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { run } from '../commands.ts';
import { build, hasImage, withContext } from './buildah.ts';
import type { ImageCache } from './cache.ts';
import { filesBelow, keyOf } from './content-key.ts';

/**
 * The images that all others start from. Each is built once and kept under a key of what it is made of, so
 * that a changed Dockerfile or toolchain gives another base, and an old one is never taken for it.
 */

export const BASE_NAMES = ['debian', 'python', 'node', 'java', 'postgres', 'redis'] as const;

export type BaseName = (typeof BASE_NAMES)[number];

export interface Base {
  readonly name: BaseName;
  readonly key: string;
  /** Local name of the image. */
  readonly image: string;
}

export type Bases = Readonly<Record<BaseName, Base>>;

const FOLDER = join(import.meta.dirname, 'bases');

const DEBIAN = ['--variant=apt', '--include=ca-certificates,passwd', 'bookworm'];
const UNREAD = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*'];
const MODULES = 'java.base,java.net.http,jdk.httpserver';

/** What each base takes from this machine: `version` says which, `bring` puts it into the context. */
interface Ingredients {
  version(): Promise<string>;
  bring(context: string): Promise<void>;
}

const INGREDIENTS: Partial<Record<BaseName, Ingredients>> = {
  debian: {
    version: async () => await Promise.resolve([...DEBIAN, ...UNREAD].join(' ')),
    bring: async (context) => {
      const excluded = UNREAD.map((path) => `--dpkgopt=path-exclude=${path}`);
      await run('mmdebstrap', [...excluded, ...DEBIAN, join(context, 'rootfs.tar')]);
    },
  },
  node: {
    version: async () => await run(nodeProgram(), ['--version']),
    bring: async (context) => await cp(nodeProgram(), join(context, 'node')),
  },
  java: {
    version: async () => `${await run('jlink', ['--version'])} ${MODULES}`,
    bring: async (context) => {
      const small = ['--strip-debug', '--no-header-files', '--no-man-pages', '--compress=2'];
      const output = join(context, 'jre');
      await run('jlink', [...small, '--add-modules', MODULES, '--output', output]);
    },
  },
};

/** Keys and names of all bases, built or not; a tenth of a second. */
export async function knownBases(): Promise<Bases> {
  const debian = await baseOf('debian', '');
  const [python, node, java, postgres, redis] = await Promise.all(
    (['python', 'node', 'java', 'postgres', 'redis'] as const).map((name) =>
      baseOf(name, debian.key),
    ),
  );
  if (!python || !node || !java || !postgres || !redis) throw new Error('a base is missing');
  return { debian, python, node, java, postgres, redis };
}

/** Builds what is not there yet; a few minutes the first time. */
export async function ensureBases(
  cache: ImageCache,
  bases: Bases,
  say: (line: string) => void,
): Promise<void> {
  await ensureBase(cache, bases.debian, null, say);
  const others = BASE_NAMES.filter((name) => name !== 'debian');
  await Promise.all(others.map((name) => ensureBase(cache, bases[name], bases.debian.image, say)));
}

async function ensureBase(
  cache: ImageCache,
  { name, image }: Base,
  base: string | null,
  say: (line: string) => void,
): Promise<void> {
  if (await hasImage(cache, image)) return;
  say(`building the base "${name}"`);
  await withContext(cache, async (context) => {
    await cp(join(FOLDER, name), context, { recursive: true });
    await INGREDIENTS[name]?.bring(context);
    await build(cache, { image, context, base });
  });
}

async function baseOf(name: BaseName, parentKey: string): Promise<Base> {
  const version = (await INGREDIENTS[name]?.version()) ?? '';
  const key = keyOf([parentKey, version, ...(await filesBelow(join(FOLDER, name)))]);
  return { name, key, image: `localhost/offshoot-test/base-${name}:${key}` };
}

/** The program of the npm package `node`, a plain Linux binary. */
function nodeProgram(): string {
  const manifest = createRequire(import.meta.url).resolve('node/package.json');
  return join(dirname(manifest), 'bin', 'node');
}
