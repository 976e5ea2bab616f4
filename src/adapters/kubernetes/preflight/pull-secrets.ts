import type { RegistryCredentials } from '../../../application/ports/image-registries.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { isRecord, textAt, textsAt, valueAt } from '../client/read-object.ts';
import { PULL_SECRET_KEY } from '../render/needed-secrets.ts';
import type { Inspection } from './inspection.ts';

/** The secrets with which images of environments are pulled, as far as they may be read. */
export async function pullSecrets({ api, settings }: Inspection): Promise<readonly KubeObject[]> {
  const { imagePullSecrets, controlNamespace: namespace } = settings;
  const found = await Promise.all(
    imagePullSecrets.map((name) =>
      api.get(RESOURCE_TYPES.secret, { namespace, name }).catch(() => null),
    ),
  );
  return found.filter((secret) => secret !== null);
}

/** The same in another namespace. */
export function copyOfSecret({ metadata, ...secret }: KubeObject, namespace: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: metadata.name, namespace },
    type: secret['type'],
    data: secret['data'],
  };
}

/** What a secret says for the registry of an image: of the longest of its hosts and paths that fits. */
export function credentialsFor(
  secrets: readonly KubeObject[],
  image: string,
): RegistryCredentials | null {
  const fitting = secrets
    .flatMap((secret) => Object.entries(entriesOf(secret)))
    .map(([place, entry]) => ({ place: plainPlace(place), entry }))
    .filter(({ place }) => isWithin(image, place))
    .toSorted((a, b) => b.place.length - a.place.length);
  for (const { entry } of fitting) {
    const credentials = credentialsIn(entry);
    if (credentials !== null) return credentials;
  }
  return null;
}

const HUB = 'docker.io';

function isWithin(image: string, place: string): boolean {
  const [first = ''] = image.split('/');
  const isOfHub = !image.includes('/') || !/[.:]|^localhost$/u.test(first);
  const whole = isOfHub ? `${HUB}/${image}` : image;
  return place !== '' && whole.startsWith(`${place}/`);
}

/** `https://index.docker.io/v1/` is how the first registry of all is written to this day. */
function plainPlace(place: string): string {
  const plain = place.replace(/^https?:\/\//u, '').replace(/\/(?:v[12]\/?)?$/u, '');
  return plain === 'index.docker.io' || plain === 'registry-1.docker.io' ? HUB : plain;
}

function entriesOf(secret: KubeObject): Readonly<Record<string, unknown>> {
  try {
    const text = Buffer.from(textsAt(secret, 'data')[PULL_SECRET_KEY] ?? '', 'base64').toString();
    const auths = valueAt(JSON.parse(text), 'auths');
    return isRecord(auths) ? auths : {};
  } catch {
    return {};
  }
}

function credentialsIn(entry: unknown): RegistryCredentials | null {
  const both = Buffer.from(textAt(entry, 'auth') ?? '', 'base64').toString();
  const colon = both.indexOf(':');
  if (colon > 0) return { username: both.slice(0, colon), password: both.slice(colon + 1) };
  const username = textAt(entry, 'username');
  const password = textAt(entry, 'password');
  return username === null || password === null ? null : { username, password };
}
