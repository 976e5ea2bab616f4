import type { KubeObject } from '../client/kube-object.ts';
import { listAt } from '../client/read-object.ts';
import type { Expedition } from './inspection.ts';
import { credentialsFor } from './pull-secrets.ts';

/** What is known of images without pulling any. */

/** Look-ups at once. */
const LOOKS_MAX = 8;

export interface ImageEvidence {
  readonly missing: readonly string[];
  /** Image → why nobody knows. */
  readonly unknown: ReadonlyMap<string, string>;
}

/**
 * Images that a node has, or that could be pulled lately, are there; for the others their registries are
 * asked from this machine.
 */
export async function evidenceOf(
  { registries }: Expedition,
  images: readonly string[],
  known: {
    readonly nodes: readonly KubeObject[];
    readonly pulled: readonly string[];
    readonly secrets: readonly KubeObject[];
  },
): Promise<ImageEvidence> {
  const there = new Set([...known.pulled, ...imagesOn(known.nodes)]);
  const asked = images.filter((image) => !there.has(image) && !there.has(wholeName(image)));
  const missing: string[] = [];
  const unknown = new Map<string, string>();
  const queue = asked.values();
  const ask = async (): Promise<void> => {
    for (const image of queue) {
      const look = await registries.look(image, credentialsFor(known.secrets, image));
      if (look.state === 'missing') missing.push(image);
      if (look.state === 'unknown') unknown.set(image, look.reason);
    }
  };
  await Promise.all(Array.from({ length: LOOKS_MAX }, ask));
  return { missing, unknown };
}

/** A node tells at most fifty of them. */
function imagesOn(nodes: readonly KubeObject[]): readonly string[] {
  return nodes
    .flatMap((node) => listAt(node, 'status', 'images'))
    .flatMap((image) => listAt(image, 'names'))
    .filter((name) => typeof name === 'string');
}

/** As nodes write it: `redis:7` is `docker.io/library/redis:7`. */
function wholeName(image: string): string {
  const [first = ''] = image.split('/');
  if (image.includes('/') && /[.:]|^localhost$/u.test(first)) return image;
  return image.includes('/') ? `docker.io/${image}` : `docker.io/library/${image}`;
}
