import { createHash } from 'node:crypto';
import { access, chmod, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './commands.ts';
import { alone } from './locks.ts';
import type { ClusterNumbers } from './numbers.ts';

/** Programs that no package registry has ready to run: built once from Go modules, kept outside the checkout. */

const SOURCES = join(import.meta.dirname, 'binaries');
const KUBERNETES_VERSION = 'v1.34.4';
const VERSION_VARIABLE = 'k8s.io/component-base/version';

const BINARIES = {
  kubernetes: {
    package: '.',
    variables: [
      `${VERSION_VARIABLE}.gitVersion=${KUBERNETES_VERSION}`,
      `${VERSION_VARIABLE}.gitMajor=1`,
      `${VERSION_VARIABLE}.gitMinor=34`,
    ],
  },
  coredns: { package: '.', variables: [] },
  pause: { package: '.', variables: [] },
  kwok: { package: 'sigs.k8s.io/kwok/cmd/kwok', variables: [] },
  helm: { package: 'helm.sh/helm/v4/cmd/helm', variables: [] },
  collector: { package: '.', variables: [] },
} as const;

export type BinaryName = keyof typeof BINARIES;

/** Path of the built program. Building takes up to ten minutes on two cores, finding it no time. */
export async function binary(
  { cache }: ClusterNumbers,
  name: BinaryName,
  say: (line: string) => void,
): Promise<string> {
  const source = join(SOURCES, name);
  const folder = join(cache, await hashOf(source));
  const path = join(folder, name);
  if (await exists(path)) return path;
  return await alone(join(cache, `${name}.lock`), async () => {
    if (await exists(path)) return path;
    say(`building ${name} from its Go module (once)`);
    await build(name, source, path);
    return path;
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

/** A changed dependency or main function is another program; a module without dependencies has no `go.sum`. */
export async function hashOf(source: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) {
    const text = await readFile(join(source, file)).catch(() => Buffer.alloc(0));
    hash.update(`${file} ${text.length}\n`).update(text);
  }
  return hash.digest('hex').slice(0, 20);
}

/** A module's own folder in Go's module cache: some carry files that their program needs. */
export async function moduleFolder(name: BinaryName, module: string): Promise<string> {
  const folder = join(SOURCES, name);
  await run('go', ['mod', 'download', module], { folder });
  return (await run('go', ['list', '-m', '-f', '{{.Dir}}', module], { folder })).trim();
}

async function build(name: BinaryName, source: string, path: string): Promise<void> {
  const { package: target, variables } = BINARIES[name];
  const flags = ['-s', '-w', ...variables.flatMap((variable) => ['-X', variable])].join(' ');
  await mkdir(join(path, '..'), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  await run('go', ['build', '-trimpath', '-ldflags', flags, '-o', temporary, target], {
    folder: source,
    variables: { CGO_ENABLED: '0' },
  });
  await chmod(temporary, 0o755);
  await rename(temporary, path);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
