import type { TaskOrder } from '../../../application/ports/engine.ts';
import { BASELINE } from '../../../application/ports/environment-store.ts';
import type { SecretRef } from '../../../domain/catalog/component.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { neededSecrets, type NeededSecrets } from '../render/needed-secrets.ts';
import { passwordKey } from '../render/surroundings.ts';
import { reported } from './api-failures.ts';
import { credentialsFor, knownCredentials } from './credentials.ts';
import { textsAt } from '../client/read-object.ts';
import type { Site } from './site.ts';

/** The secret values that rendering a Task needs; what is missing is left out, and rendering says so. */
export async function secretsOf(
  site: Site,
  order: TaskOrder,
): Promise<ReadonlyMap<string, string>> {
  return await valuesOf(site, order, neededSecrets(order, site.settings));
}

export async function valuesOf(
  site: Site,
  { plan }: Pick<TaskOrder, 'plan'>,
  { references, logins }: NeededSecrets,
): Promise<ReadonlyMap<string, string>> {
  const inside = new Set(plan.components.map(({ name }) => name));
  const [own, ofBaseline, referenced] = await Promise.all([
    ownPasswords(
      site,
      plan.environment,
      logins.filter((name) => inside.has(name)),
    ),
    baselinePasswords(
      site,
      plan.environment,
      logins.filter((name) => !inside.has(name)),
    ),
    referencedValues(site, references),
  ]);
  const passwords = [...ofBaseline, ...own].map(
    ([name, password]) => [passwordKey(name), password] as const,
  );
  return new Map([...referenced, ...passwords]);
}

async function ownPasswords(
  site: Site,
  environment: string,
  names: readonly string[],
): Promise<readonly [string, string][]> {
  if (names.length === 0) return [];
  const wanted = new Set(names);
  const passwords = await credentialsFor(site, environment, names);
  return [...passwords].filter(([name]) => wanted.has(name));
}

/** Of a baseline that Offshoot runs itself; those of another only its owners know. */
async function baselinePasswords(
  site: Site,
  environment: string,
  names: readonly string[],
): Promise<readonly [string, string][]> {
  const isOurs = site.settings.baselineNamespaces.length === 0;
  if (names.length === 0 || !isOurs || environment === BASELINE) return [];
  const wanted = new Set(names);
  return [...(await knownCredentials(site, BASELINE))].filter(([name]) => wanted.has(name));
}

async function referencedValues(
  { api, settings: { controlNamespace: namespace } }: Site,
  references: readonly SecretRef[],
): Promise<readonly [string, string][]> {
  const names = [...new Set(references.map(({ name }) => name))];
  const found = await Promise.all(
    names.map(async (name): Promise<readonly [string, string][]> => {
      const secret = await reported(`Secret "${name}"`, () =>
        api.get(RESOURCE_TYPES.secret, { namespace, name }),
      );
      return Object.entries(textsAt(secret, 'data')).map(([key, value]) => [
        `${name}/${key}`,
        Buffer.from(value, 'base64').toString('utf8'),
      ]);
    }),
  );
  return found.flat();
}
