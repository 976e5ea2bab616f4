import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { knownBases } from './bases.ts';
import { placed, withVariables, type Places } from './catalog-text.ts';
import { imagePath, type TestRegistry } from './registry.ts';
import { createRepositories, type Head } from './repositories.ts';
import { buildShopImages, datastoreTags, toolsKeys } from './shop-images.ts';

/** The polyglot shop, ready to be deployed: repositories, images in a registry, and a project that names both. */
export interface Shop {
  /** Folder of `offshoot.yaml`. */
  readonly project: string;
  /** Folder of the bare repositories. */
  readonly remotes: string;
  /** Manifests of what runs outside the shop (`kubectl apply -f`): the card network, in its own namespace. */
  readonly partners: string;
  /** Branch → repository → full sha, as things stand. */
  revisions(): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>;
  /** Each of these pushes the images of what it committed before it resolves. */
  push(branch: string, change: string): Promise<readonly string[]>;
  edit(branch: string, repository: string, edit: (clone: string) => Promise<void>): Promise<void>;
  merge(branch: string): Promise<readonly string[]>;
  /** Adds variables to a component of the project's catalog, for example `{ FAULT: 'status:500' }`. */
  setVariables(component: string, variables: Readonly<Record<string, string>>): Promise<void>;
}

export interface ShopOptions {
  readonly registry: TestRegistry;
  /** Branches that exist from the beginning, with the changes on them. */
  readonly branches?: Readonly<Record<string, readonly string[]>>;
  /** Namespace of what runs outside the shop. Default: `partners`. */
  readonly partnersNamespace?: string;
  readonly say?: (line: string) => void;
}

const SHOP = join(import.meta.dirname, '..', 'shop');
const BRANCHES = { 'feat/coupon': ['feat-coupon'], 'feat/express': ['feat-express'] };
const CARD_NETWORK_PORT = 8080;

/** @param folder - Empty or new; all but the images lies below it. */
export async function prepareShop(folder: string, options: ShopOptions): Promise<Shop> {
  const bases = await knownBases();
  const sources = { shop: SHOP, folder, toolsKeys: await toolsKeys(bases) };
  const repositories = await createRepositories(sources);
  for (const [branch, changes] of Object.entries(options.branches ?? BRANCHES)) {
    for (const change of changes) await repositories.push(branch, change);
  }
  const namespace = options.partnersNamespace ?? 'partners';
  const project = join(folder, 'project');
  await writeProject(project, {
    repositories: `${pathToFileURL(repositories.remotes).href}/`,
    registry: options.registry,
    tags: datastoreTags(bases),
    cardNetwork: {
      address: `card-network.${namespace}.svc.cluster.local`,
      port: CARD_NETWORK_PORT,
    },
  });
  const publish = async (): Promise<void> =>
    await buildShopImages(options.registry, imaged(await repositories.heads()), options.say);
  await publish();
  const heads = await repositories.heads();
  const partners = join(folder, 'partners.yaml');
  await writeFile(partners, await partnersManifest(options.registry, namespace, heads));
  return {
    project,
    remotes: repositories.remotes,
    partners,
    revisions: async () => byBranch(await repositories.heads()),

    async push(branch, change) {
      const changed = await repositories.push(branch, change);
      await publish();
      return changed;
    },

    async edit(branch, repository, edit) {
      await repositories.edit(branch, repository, edit);
      await publish();
    },

    async merge(branch) {
      const merged = await repositories.merge(branch);
      await publish();
      return merged;
    },

    async setVariables(component, variables) {
      const file = join(project, 'components', `${component}.yaml`);
      await writeFile(file, withVariables(await readFile(file, 'utf8'), variables));
    },
  };
}

/** The database's repository has files that are run, and no program. */
function imaged(heads: readonly Head[]): readonly Head[] {
  return heads.filter(({ name }) => name !== 'orders-db');
}

async function writeProject(project: string, places: Places): Promise<void> {
  const components = join(project, 'components');
  const secrets = join(project, 'secrets', 'payments');
  await mkdir(components, { recursive: true });
  await mkdir(secrets, { recursive: true });
  await cp(join(SHOP, 'offshoot.yaml'), join(project, 'offshoot.yaml'));
  for (const file of await readdir(join(SHOP, 'components'))) {
    const text = await readFile(join(SHOP, 'components', file), 'utf8');
    await writeFile(join(components, file), placed(text, places));
  }
  const key = join(secrets, 'merchant-key');
  await writeFile(key, 'test-merchant-key\n');
  await chmod(key, 0o600);
}

async function partnersManifest(
  registry: TestRegistry,
  namespace: string,
  heads: readonly Head[],
): Promise<string> {
  const head = heads.find(({ name, branch }) => name === 'card-network' && branch === 'main');
  const image = `${registry.inCluster}/${imagePath(registry, 'card-network', head?.sha ?? '')}`;
  const template = await readFile(join(SHOP, 'partners.yaml'), 'utf8');
  return template
    .replaceAll('partners-namespace', namespace)
    .replaceAll('card-network-image', image);
}

function byBranch(heads: readonly Head[]): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const branches = Map.groupBy(heads, ({ branch }) => branch);
  return new Map(
    [...branches].map(([branch, found]) => [
      branch,
      new Map(found.map(({ name, sha }) => [name, sha])),
    ]),
  );
}
