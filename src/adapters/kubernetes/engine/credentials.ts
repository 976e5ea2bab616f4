import { randomBytes } from 'node:crypto';
import { KubeApiError } from '../client/kube-api.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS, MANAGED_BY } from '../labels.ts';
import { reported } from './api-failures.ts';
import { textsAt } from '../client/read-object.ts';
import { namespaceIn, type Site } from './site.ts';

/**
 * Passwords of the datastores of an environment: made by whoever asks first, kept in one Secret of its
 * namespace, gone with it.
 */

/** Name of the Secret; its keys are names of datastores. */
const CREDENTIALS_SECRET = 'offshoot-credentials';

const PASSWORD_BYTES = 18;
/** Rivals for the same Secret at once. */
const TRIES_MAX = 10;

/** Datastore → password, for each of these; those without one get one. */
export async function credentialsFor(
  site: Site,
  environment: string,
  datastores: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  for (let tries = 1; ; tries += 1) {
    const secret = await read(site, environment);
    const known = passwordsIn(secret);
    const missing = datastores.filter((name) => !known.has(name));
    if (missing.length === 0) return known;
    try {
      return passwordsIn(await write(site, environment, secret, missing));
    } catch (error) {
      // Somebody else was first: theirs counts.
      const isRival = error instanceof KubeApiError && error.status === 409;
      if (!isRival || tries >= TRIES_MAX) {
        return await reported(`Secret "${CREDENTIALS_SECRET}"`, () => Promise.reject(error));
      }
    }
  }
}

/** Those there are; nothing is made. For what another environment runs. */
export async function knownCredentials(
  site: Site,
  environment: string,
): Promise<ReadonlyMap<string, string>> {
  return passwordsIn(await read(site, environment));
}

async function read(site: Site, environment: string): Promise<KubeObject | null> {
  const ref = { namespace: namespaceIn(site, environment), name: CREDENTIALS_SECRET };
  return await reported(`Secret "${CREDENTIALS_SECRET}"`, () =>
    site.api.get(RESOURCE_TYPES.secret, ref),
  );
}

function passwordsIn(secret: KubeObject | null): ReadonlyMap<string, string> {
  const entries = Object.entries(textsAt(secret, 'data'));
  return new Map(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

async function write(
  site: Site,
  environment: string,
  present: KubeObject | null,
  missing: readonly string[],
): Promise<KubeObject> {
  const made = Object.fromEntries(
    missing.map((name) => {
      const password = randomBytes(PASSWORD_BYTES).toString('base64url');
      return [name, Buffer.from(password).toString('base64')];
    }),
  );
  if (present !== null) {
    const data = { ...textsAt(present, 'data'), ...made };
    return await site.api.replace(RESOURCE_TYPES.secret, { ...present, data });
  }
  return await site.api.create(RESOURCE_TYPES.secret, {
    apiVersion: RESOURCE_TYPES.secret.apiVersion,
    kind: RESOURCE_TYPES.secret.kind,
    metadata: {
      name: CREDENTIALS_SECRET,
      namespace: namespaceIn(site, environment),
      labels: { [LABELS.managedBy]: MANAGED_BY, [LABELS.environment]: environment },
    },
    type: 'Opaque',
    data: made,
  });
}
