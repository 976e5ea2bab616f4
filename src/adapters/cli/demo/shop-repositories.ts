import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/**
 * The example shop as a company would have it: one Git repository a component, a catalog that points to
 * them, and a project file. Everything lies below one temporary folder; no Git configuration is touched.
 */

const run = promisify(execFile);

/** The demo's own author, so that a machine without a Git identity can run it. */
const AUTHOR = {
  GIT_AUTHOR_NAME: 'Offshoot demo',
  GIT_AUTHOR_EMAIL: 'demo@offshoot.example',
  GIT_COMMITTER_NAME: 'Offshoot demo',
  GIT_COMMITTER_EMAIL: 'demo@offshoot.example',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

const REPOSITORIES_URL = 'https://git.example/shop/';
const KIT = 'kit';

export interface Shop {
  /** Folder of `offshoot.yaml`. */
  readonly project: string;
  /** A clone of a repository, as a developer has it. */
  cloneOf(repository: string): string;
  /** Applies a change of the example on a branch, starting it from main when it is new, and pushes it. */
  push(branch: string, change: string): Promise<readonly string[]>;
  /** Merges the branch into main in every repository that has it, pushes, and deletes the branch. */
  merge(branch: string): Promise<readonly string[]>;
}

export interface ShopOptions {
  /** `catalog/shop` of Offshoot. */
  readonly example: string;
  readonly folder: string;
  /** Where the card network, which runs elsewhere, listens. */
  readonly cardNetworkPort: number;
}

export async function createShop(options: ShopOptions): Promise<Shop> {
  const remotes = join(options.folder, 'git');
  const clones = join(options.folder, 'clones');
  const names = (await readdir(join(options.example, 'source'))).filter((name) => name !== KIT);
  await Promise.all([mkdir(remotes, { recursive: true }), mkdir(clones, { recursive: true })]);
  await Promise.all(names.map((name) => createRepository(options.example, remotes, clones, name)));
  const project = join(options.folder, 'project');
  await writeProject(options, remotes, project);

  const withBranch = async (branch: string): Promise<string[]> => {
    const found = await Promise.all(
      names.map(async (name) => {
        const heads = await git(join(clones, name), ['ls-remote', '--heads', 'origin', branch]);
        return heads === '' ? null : name;
      }),
    );
    return found.filter((name) => name !== null);
  };

  return {
    project,
    cloneOf: (repository) => join(clones, repository),

    async push(branch, change) {
      const patches = await readdir(join(options.example, 'changes', change));
      const changed = patches.map((patch) => patch.replace(/\.patch$/u, ''));
      const known = new Set(await withBranch(branch));
      await Promise.all(
        changed.map(async (name) => {
          const clone = join(clones, name);
          const start = known.has(name) ? `origin/${branch}` : 'origin/main';
          await git(clone, ['fetch', '--quiet', 'origin']);
          await git(clone, ['checkout', '--quiet', '-B', branch, start]);
          await git(clone, [
            'apply',
            '--index',
            join(options.example, 'changes', change, `${name}.patch`),
          ]);
          await git(clone, ['commit', '--quiet', '-m', change]);
          await git(clone, ['push', '--quiet', 'origin', branch]);
        }),
      );
      return changed;
    },

    async merge(branch) {
      const merged = await withBranch(branch);
      await Promise.all(
        merged.map(async (name) => {
          const clone = join(clones, name);
          await git(clone, ['checkout', '--quiet', 'main']);
          await git(clone, ['merge', '--quiet', '--no-ff', '-m', `Merge ${branch}`, branch]);
          await git(clone, ['push', '--quiet', 'origin', 'main', `:${branch}`]);
        }),
      );
      return merged;
    },
  };
}

async function createRepository(
  example: string,
  remotes: string,
  clones: string,
  name: string,
): Promise<void> {
  const remote = join(remotes, `${name}.git`);
  const clone = join(clones, name);
  await mkdir(clone, { recursive: true });
  await cp(join(example, 'source', name), join(clone, name), { recursive: true });
  await cp(join(example, 'source', KIT), join(clone, KIT), { recursive: true });
  await git(clone, ['init', '--quiet', '--initial-branch=main']);
  await git(clone, ['add', '--all']);
  await git(clone, ['commit', '--quiet', '-m', `${name}: first version`]);
  await git(remotes, ['clone', '--quiet', '--bare', clone, remote]);
  await git(clone, ['remote', 'add', 'origin', remote]);
  await git(clone, ['fetch', '--quiet', 'origin']);
}

/** The example's own project, with the repositories and the card network where they are here. */
async function writeProject(options: ShopOptions, remotes: string, project: string): Promise<void> {
  const components = join(project, 'components');
  const secrets = join(project, 'secrets', 'payments');
  await mkdir(components, { recursive: true });
  await mkdir(secrets, { recursive: true, mode: 0o700 });
  await cp(join(options.example, 'offshoot.yaml'), join(project, 'offshoot.yaml'));
  for (const file of await readdir(join(options.example, 'components'))) {
    const text = await readFile(join(options.example, 'components', file), 'utf8');
    const local =
      file === 'card-network.yaml' ? withCardNetwork(text, options.cardNetworkPort) : text;
    await writeFile(
      join(components, file),
      local.replaceAll(REPOSITORIES_URL, `${pathToFileURL(remotes).href}/`),
    );
  }
  await writeFile(join(secrets, 'merchant-key'), 'demo-merchant-key\n', { mode: 0o600 });
}

function withCardNetwork(text: string, port: number): string {
  return text
    .replace('address: card-network.example', 'address: 127.0.0.1')
    .replace('ports: { http: 8080 }', `ports: { http: ${port} }`);
}

async function git(folder: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', folder, ...args], {
    env: { ...process.env, ...AUTHOR },
  });
  return stdout.trim();
}
