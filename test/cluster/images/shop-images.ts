import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../commands.ts';
import { alone } from '../locks.ts';
import { ensurePackages } from '../packages.ts';
import { ensureBases, knownBases, type Base, type Bases } from './bases.ts';
import { build, hasImage, push, withContext } from './buildah.ts';
import { imageCache, type ImageCache } from './cache.ts';
import { keyOf } from './content-key.ts';
import { LANGUAGES, languageOf, type Language } from './languages.ts';
import { imagePath, isPushed, type TestRegistry } from './registry.ts';

/** A commit of a service's own repository. */
export interface ServiceRevision {
  readonly name: string;
  /** The full sha: the tag of its image. */
  readonly sha: string;
  /** The bare repository. */
  readonly repository: string;
}

interface Builder {
  readonly cache: ImageCache;
  readonly registry: TestRegistry;
  readonly bases: Bases;
  readonly say: (line: string) => void;
}

/** The machines that tests run on have two processors. */
const AT_ONCE = 2;

const DATASTORES = { postgres: '15', redis: '7' } as const;

/** Tags of the datastores' images: version and a key of what they are made of. */
export function datastoreTags(bases: Bases): Readonly<Record<keyof typeof DATASTORES, string>> {
  return {
    postgres: `${DATASTORES.postgres}-${bases.postgres.key}`,
    redis: `${DATASTORES.redis}-${bases.redis.key}`,
  };
}

/**
 * Pushes `<registry>/<prefix>/<name>:<sha>` for every revision, and PostgreSQL and Redis beside them. What the
 * registry has already is not looked at again. Repositories without a main file of a known language have no image.
 */
export async function buildShopImages(
  registry: TestRegistry,
  revisions: readonly ServiceRevision[],
  say: (line: string) => void = () => undefined,
): Promise<void> {
  const bases = await knownBases();
  const missing = await missingFrom(registry, revisions);
  const datastores = await missingDatastores(registry, bases);
  if (missing.length === 0 && datastores.length === 0) return;
  await ensurePackages(say);
  const builder = { cache: imageCache(), registry, bases, say };
  await alone(`${builder.cache.storage}.lock`, async () => {
    await ensureBases(builder.cache, bases, say);
    await inTurns([
      ...datastores.map(({ image, path }) => async () => {
        await push(builder.cache, image, `${registry.push}/${path}`);
      }),
      ...missing.map((revision) => async () => await publish(builder, revision)),
    ]);
  });
}

/** Names the compilers and bases that a service of each language is made with, for the key of its image. */
export async function toolsKeys(bases: Bases): Promise<ReadonlyMap<Language['name'], string>> {
  return new Map(
    await Promise.all(
      LANGUAGES.map(async (language): Promise<[Language['name'], string]> => {
        const base = language.base === null ? '' : bases[language.base].key;
        const [program, ...rest] = language.version;
        const version = program === undefined ? '' : await run(program, rest);
        return [language.name, keyOf([base, version, ...language.compile])];
      }),
    ),
  );
}

async function missingFrom(
  registry: TestRegistry,
  revisions: readonly ServiceRevision[],
): Promise<readonly ServiceRevision[]> {
  const found = await Promise.all(
    revisions.map(({ name, sha }) => isPushed(registry, imagePath(registry, name, sha))),
  );
  return revisions.filter((_, index) => found[index] === false);
}

async function missingDatastores(
  registry: TestRegistry,
  bases: Bases,
): Promise<readonly { readonly image: string; readonly path: string }[]> {
  const tags = datastoreTags(bases);
  const all = (['postgres', 'redis'] as const).map((name) => ({
    image: bases[name].image,
    path: imagePath(registry, name, tags[name]),
  }));
  const found = await Promise.all(all.map(({ path }) => isPushed(registry, path)));
  return all.filter((_, index) => found[index] === false);
}

async function publish(builder: Builder, revision: ServiceRevision): Promise<void> {
  const { cache, registry, say } = builder;
  const image = await withContext(cache, async (context) => {
    await checkOut(revision, context);
    const language = languageOf(await readdir(context));
    return language === null ? null : await built(builder, { revision, context, language });
  });
  if (image === null) return;
  const path = imagePath(registry, revision.name, revision.sha);
  await push(cache, image, `${registry.push}/${path}`);
  say(`pushed ${path}`);
}

interface Source {
  readonly revision: ServiceRevision;
  readonly context: string;
  readonly language: Language;
}

async function built(
  { cache, bases }: Builder,
  { revision: { name, sha }, context, language }: Source,
): Promise<string> {
  const base: Base | null = language.base === null ? null : bases[language.base];
  const image = `localhost/offshoot-test/${name}:${sha}-${base?.key ?? 'static'}`;
  if (await hasImage(cache, image)) return image;
  const [program, ...parameters] = language.compile;
  if (program !== undefined) {
    const variables = { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' };
    await run(program, parameters, { folder: context, variables });
  }
  await build(cache, { image, context, base: base?.image ?? null });
  return image;
}

async function checkOut(revision: ServiceRevision, folder: string): Promise<void> {
  const archive = join(folder, '.source.tar');
  const where = ['--git-dir', revision.repository];
  await run('git', [...where, 'archive', '--output', archive, revision.sha]);
  await run('tar', ['--extract', '--file', archive, '--directory', folder]);
  await run('rm', [archive]);
}

async function inTurns(works: readonly (() => Promise<void>)[]): Promise<void> {
  const waiting = works.values();
  const worker = async (): Promise<void> => {
    for (const work of waiting) await work();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
