import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { knownBases } from '../images/bases.ts';
import { imagePath, type TestRegistry } from '../images/registry.ts';
import { createRepositories } from '../images/repositories.ts';
import { buildShopImages, datastoreTags, toolsKeys } from '../images/shop-images.ts';
import { catalogOf, SECRET_NAME, TOUCHED, type CatalogPlaces } from './catalog.ts';
import { makeCertificates } from './certificates.ts';
import { EXTERNAL, SECRET_SERVICE } from './robot.ts';
import { gatewayObjects, stagingObjects } from './staging.ts';

/** The second topology, ready to be deployed: repositories, images in a registry, a project, and what runs outside. */
export interface Robot {
  /** Folder of `offshoot.yaml`. */
  readonly project: string;
  /** Objects that must be there first: namespaces, the secret, what runs outside. */
  readonly objects: readonly object[];
}

export interface RobotOptions {
  readonly registry: Pick<TestRegistry, 'push' | 'inCluster'>;
  /** Of the company that is external. */
  readonly partnersNamespace: string;
  /** Of the baseline. */
  readonly stagingNamespace: string;
  readonly controlNamespace: string;
  /** Lines of the project's `spec`. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The branch that changes something. */
  readonly branch: string;
  readonly isSecret: boolean;
}

const TOPOLOGY = import.meta.dirname;
const KITS = join(TOPOLOGY, '..', 'shop', 'kits');
const GATEWAY_PORT = 8080;
/** What of a kit of the shop a stand-in takes: the recipe of its image. */
const RECIPES = ['go/Dockerfile', 'go/go.mod', 'python/Dockerfile', 'node/Dockerfile'];

/** @param folder - Empty or new; all but the images lies below it. */
export async function prepareRobot(folder: string, options: RobotOptions): Promise<Robot> {
  const registry: TestRegistry = { ...options.registry, prefix: 'robot' };
  const bases = await knownBases();
  const sources = join(folder, 'sources');
  await gatherSources(sources);
  const tools = await toolsKeys(bases);
  const repositories = await createRepositories({ shop: sources, folder, toolsKeys: tools });
  const heads = await repositories.heads();
  await buildShopImages(
    registry,
    heads.filter(({ name }) => name !== 'robot'),
  );
  await repositories.edit(options.branch, 'robot', async (clone) => {
    for (const file of TOUCHED) await writeFile(join(clone, file), '2\n');
  });
  const imageOf = (name: string, tag: string): string =>
    `${registry.inCluster}/${imagePath(registry, name, tag)}`;
  const built = (name: string): string =>
    imageOf(name, heads.find((head) => head.name === name)?.sha ?? '');
  const tags = datastoreTags(bases);
  const images: CatalogPlaces['images'] = {
    go: built('stand-in-go'),
    python: built('stand-in-python'),
    suite: built('suite'),
    postgres: imageOf('postgres', tags.postgres),
    redis: imageOf('redis', tags.redis),
  };
  await writeProject(join(folder, 'project'), options, {
    repository: pathToFileURL(join(repositories.remotes, 'robot.git')).href,
    images,
    gateway: {
      address: `${EXTERNAL}.${options.partnersNamespace}.svc.cluster.local`,
      port: GATEWAY_PORT,
    },
    isSecret: options.isSecret,
  });
  const keys = join(folder, 'keys');
  await mkdir(keys);
  const { controlNamespace, partnersNamespace, stagingNamespace } = options;
  return {
    project: join(folder, 'project'),
    objects: [
      ...[controlNamespace, partnersNamespace, stagingNamespace].map(namespaceObject),
      secretObject(controlNamespace, await makeCertificates(keys, SECRET_SERVICE.callee)),
      ...gatewayObjects(partnersNamespace, images.go),
      ...(await stagingObjects(stagingNamespace, images)),
    ],
  };
}

/** As `createRepositories` wants them: the topology's own, and what it shares with the shop. */
async function gatherSources(sources: string): Promise<void> {
  await rm(sources, { recursive: true, force: true });
  await cp(join(TOPOLOGY, 'source'), join(sources, 'source'), { recursive: true });
  const client = join('source', 'cart', 'redis.py');
  await cp(
    join(TOPOLOGY, '..', 'shop', client),
    join(sources, 'source', 'stand-in-python', 'redis.py'),
  );
  for (const recipe of RECIPES) await cp(join(KITS, recipe), join(sources, 'kits', recipe));
  await cp(join(KITS, 'node', 'package.json'), join(sources, 'kits', 'node', 'package.json'));
}

async function writeProject(
  project: string,
  { settings, controlNamespace, stagingNamespace }: RobotOptions,
  places: CatalogPlaces,
): Promise<void> {
  const components = join(project, 'components');
  await mkdir(components, { recursive: true });
  for (const [name, document] of catalogOf(places)) {
    await writeFile(join(components, `${name}.yaml`), JSON.stringify(document, null, 2));
  }
  const document = {
    apiVersion: 'offshoot.dev/v1alpha1',
    kind: 'Project',
    metadata: { name: 'robot' },
    spec: {
      catalog: 'components',
      engine: 'kubernetes',
      controlNamespace,
      baseline: { namespaces: [stagingNamespace] },
      ...settings,
    },
  };
  await writeFile(join(project, 'offshoot.yaml'), JSON.stringify(document, null, 2));
}

function namespaceObject(name: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function secretObject(namespace: string, texts: Readonly<Record<string, string>>): object {
  const metadata = { name: SECRET_NAME, namespace };
  return { apiVersion: 'v1', kind: 'Secret', metadata, stringData: texts };
}
