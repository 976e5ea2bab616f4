import { clusterNameOf } from '../../../../domain/naming/names.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { reported } from '../api-failures.ts';
import { readRecords } from './logical-records.ts';
import { namespaceIn, type Site } from '../site.ts';

/**
 * Takes away places on servers whose environment is gone without a trace: neither an Environment nor a
 * namespace is left. As long as there is a namespace, its own removal takes them away.
 *
 * @returns Names of those environments.
 */
export async function sweepPlaces(
  site: Pick<Site, 'api' | 'settings'>,
  remove: (environment: string) => Promise<unknown>,
): Promise<readonly string[]> {
  const { api, settings } = site;
  // Records first: an environment is there before its first place.
  const records = await readRecords(site, null);
  const swept: string[] = [];
  for (const environment of new Set(records.map((record) => record.environment))) {
    const name = clusterNameOf(settings.prefix, environment);
    const [wish, namespace] = await reported(`environment "${environment}"`, () =>
      Promise.all([
        api.get(RESOURCE_TYPES.environment, { name }),
        api.get(RESOURCE_TYPES.namespace, { name: namespaceIn(site, environment) }),
      ]),
    );
    if (wish !== null || namespace !== null) continue;
    await remove(environment);
    swept.push(environment);
  }
  return swept;
}
