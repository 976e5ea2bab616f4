import type { TestRegistry } from './registry.ts';

/** The shop's catalog with the addresses of one machine in it: texts in, texts out. */

export interface Places {
  /** URL of the folder with the repositories, with a slash at its end. */
  readonly repositories: string;
  readonly registry: TestRegistry;
  /** Tags of the datastores' images. */
  readonly tags: Readonly<Record<string, string>>;
  /** Where the card network, which runs elsewhere, is reached. */
  readonly cardNetwork: { readonly address: string; readonly port: number };
}

const REPOSITORIES = 'https://git.example/shop/';
const IMAGES = 'registry.example/shop/';
const CARD_NETWORK = 'card-network.example';

export function placed(text: string, places: Places): string {
  const { registry, cardNetwork } = places;
  const images = `${registry.inCluster}/${registry.prefix ?? 'shop'}/`;
  const tagged = text.replaceAll(
    /registry\.example\/shop\/([a-z]+):\d+$/gmu,
    (whole, name: string) =>
      Object.hasOwn(places.tags, name) ? `${IMAGES}${name}:${places.tags[name]}` : whole,
  );
  const local = tagged.replaceAll(REPOSITORIES, places.repositories).replaceAll(IMAGES, images);
  if (!local.includes(CARD_NETWORK)) return local;
  return local
    .replace(CARD_NETWORK, cardNetwork.address)
    .replace('ports: { http: 8080 }', `ports: { http: ${cardNetwork.port} }`);
}

/**
 * The document of a component with variables added to, or replaced in, its environment.
 *
 * Works on the form that the shop's files have: `environment:` with one variable a line, four spaces in.
 */
export function withVariables(text: string, variables: Readonly<Record<string, string>>): string {
  const names = Object.keys(variables);
  const others = text
    .split('\n')
    .filter((line) => !names.some((name) => line.startsWith(`    ${name}: `)))
    .join('\n');
  const lines = names.map((name) => `    ${name}: ${JSON.stringify(variables[name])}\n`).join('');
  if (/^ {2}environment:$/mu.test(others)) {
    return others.replace(/^ {2}environment:\n/mu, () => `  environment:\n${lines}`);
  }
  return others.replace(/^ {2}resources:/mu, () => `  environment:\n${lines}  resources:`);
}
