import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from './commands.ts';
import { alone } from './locks.ts';
import type { ClusterNumbers } from './numbers.ts';

/**
 * Programs that no package registry has ready to run: built once from Go modules, kept outside the checkout.
 * Nearly all from one module, because programs that agree on the versions of their libraries compile them once.
 */

const SHARED = join(import.meta.dirname, 'binaries');
const KUBERNETES_VERSION = 'v1.34.4';
const VERSION_VARIABLE = 'k8s.io/component-base/version';

/** Packages of their module, or of one that it depends on. Their last words are the names of the programs. */
const PACKAGES = {
  kubernetes: './kubernetes',
  coredns: './coredns',
  pause: './pause',
  collector: './collector',
  kwok: 'sigs.k8s.io/kwok/cmd/kwok',
  helm: 'helm.sh/helm/v4/cmd/helm',
} as const;

const LINKED = [
  '-s -w',
  `-X ${VERSION_VARIABLE}.gitVersion=${KUBERNETES_VERSION}`,
  `-X ${VERSION_VARIABLE}.gitMajor=1`,
  `-X ${VERSION_VARIABLE}.gitMinor=34`,
];
const FLAGS = ['-trimpath', '-ldflags', LINKED.join(' ')];

/** What cannot agree with the others has a module of its own. */
const APART: Partial<Record<BinaryName, string>> = { helm: join(SHARED, 'helm') };

export type BinaryName = keyof typeof PACKAGES;

/** Begins the name of a folder in the cache that programs are built in. */
const HALVES = 'building.';

/** All that a cluster and its tests start. */
export const BINARY_NAMES: readonly BinaryName[] = [
  'kubernetes',
  'coredns',
  'pause',
  'collector',
  'kwok',
  'helm',
];

/** Path of the built program. Building takes up to ten minutes on two cores, finding it no time. */
export async function binary(
  numbers: ClusterNumbers,
  name: BinaryName,
  say: (line: string) => void,
): Promise<string> {
  await ensureBinaries(numbers, [name], say);
  return await pathOf(numbers, name);
}

/** Builds what is missing of these, those of a module in one go: while one program is linked, the next is compiled. */
export async function ensureBinaries(
  numbers: ClusterNumbers,
  names: readonly BinaryName[],
  say: (line: string) => void,
): Promise<void> {
  if ((await missingOf(numbers, names)).length === 0) return;
  await alone(join(numbers.cache, 'programs.lock'), async () => {
    const missing = await missingOf(numbers, names);
    if (missing.length === 0) return;
    say(`building ${missing.join(', ')} from Go modules (once)`);
    await removeHalves(numbers);
    for (const [module, together] of Map.groupBy(missing, moduleOf)) {
      await build(numbers, module, together);
    }
  });
}

/** `<cache>/bin/kubectl`, which people and tests can put on their PATH. */
export async function kubectlLink({ cache }: ClusterNumbers, kubernetes: string): Promise<string> {
  const folder = join(cache, 'bin');
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `kubectl.${process.pid}`);
  await rm(temporary, { force: true });
  await symlink(kubernetes, temporary);
  await rename(temporary, join(folder, 'kubectl'));
  return join(folder, 'kubectl');
}

/** A changed dependency, main function or flag is another program; one of a dependency has no main function here. */
export async function hashOf(module: string, name: string): Promise<string> {
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const file of ['go.mod', 'go.sum', join(name, 'main.go')]) {
    const text = await readFile(join(module, file)).catch(() => Buffer.alloc(0));
    hash.update(`${file} ${text.length}\n`).update(text);
  }
  return hash.digest('hex').slice(0, 20);
}

/** The folder of a dependency in Go's module cache: some carry files that their program needs. */
export async function moduleFolder(dependency: string): Promise<string> {
  await run('go', ['mod', 'download', dependency], { folder: SHARED });
  const folder = ['list', '-m', '-f', '{{.Dir}}', dependency];
  return (await run('go', folder, { folder: SHARED })).trim();
}

function moduleOf(name: BinaryName): string {
  return APART[name] ?? SHARED;
}

async function pathOf({ cache }: ClusterNumbers, name: BinaryName): Promise<string> {
  return join(cache, await hashOf(moduleOf(name), name), name);
}

async function missingOf(
  numbers: ClusterNumbers,
  names: readonly BinaryName[],
): Promise<readonly BinaryName[]> {
  const found = await Promise.all(
    names.map(async (name) => ({ name, there: await exists(await pathOf(numbers, name)) })),
  );
  return found.filter(({ there }) => !there).map(({ name }) => name);
}

async function build(
  numbers: ClusterNumbers,
  module: string,
  names: readonly BinaryName[],
): Promise<void> {
  const halves = join(numbers.cache, `${HALVES}${process.pid}`);
  await mkdir(halves, { recursive: true });
  // A path that ends like a folder's takes one program as well as several.
  const where = ['-o', `${halves}/`, ...names.map((name) => PACKAGES[name])];
  await run('go', ['build', ...FLAGS, ...where], {
    folder: module,
    variables: { CGO_ENABLED: '0' },
  });
  for (const name of names) {
    const path = await pathOf(numbers, name);
    await mkdir(dirname(path), { recursive: true });
    await rename(join(halves, name), path);
  }
  await rm(halves, { recursive: true });
}

/** Under the lock, so whoever left them was killed. */
async function removeHalves({ cache }: ClusterNumbers): Promise<void> {
  const left = (await readdir(cache)).filter((name) => name.startsWith(HALVES));
  await Promise.all(left.map((name) => rm(join(cache, name), { recursive: true, force: true })));
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
