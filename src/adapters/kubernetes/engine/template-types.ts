import type { TemplateObject } from '../../../application/project.ts';
import type { KubeApi } from '../client/kube-api.ts';
import { KubeApiError } from '../client/kube-api.ts';
import type { ResourceType } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { reported } from './api-failures.ts';
import { listAt, textAt, valueAt } from '../client/read-object.ts';

/**
 * Kinds of the template's objects as the cluster serves them: how a kind is written in a path, and whether
 * it lies in a namespace, only discovery says. One request for each version of an API that Offshoot itself
 * does not use; what is not served is left out.
 */
export async function templateTypesOf(
  api: Pick<KubeApi, 'request'>,
  objects: readonly Pick<TemplateObject, 'apiVersion' | 'kind'>[],
): Promise<readonly ResourceType[]> {
  const own: readonly ResourceType[] = Object.values(RESOURCE_TYPES);
  const isSame = (a: TypeName, b: TypeName): boolean =>
    a.apiVersion === b.apiVersion && a.kind === b.kind;
  const known = own.filter((type) => objects.some((object) => isSame(type, object)));
  const unknown = objects.filter((object) => !own.some((type) => isSame(type, object)));
  const versions = new Set(unknown.map(({ apiVersion }) => apiVersion));
  const served = await Promise.all([...versions].map((version) => servedTypes(api, version)));
  const found = served.flat().filter((type) => unknown.some((object) => isSame(type, object)));
  return [...known, ...found];
}

type TypeName = Pick<ResourceType, 'apiVersion' | 'kind'>;

async function servedTypes(
  api: Pick<KubeApi, 'request'>,
  apiVersion: string,
): Promise<readonly ResourceType[]> {
  const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const body = await reported(`"${apiVersion}" of the cluster`, async () => {
    const answer = await api.request({ method: 'GET', path });
    if (answer.status === 200 || answer.status === 404) return answer.body;
    const reason = textAt(answer.body, 'reason') ?? '';
    const message = textAt(answer.body, 'message') ?? `answered ${answer.status}`;
    throw new KubeApiError({ status: answer.status, reason, message });
  });
  return listAt(body, 'resources').flatMap((resource) => {
    const kind = textAt(resource, 'kind');
    const plural = textAt(resource, 'name');
    // Subresources have a slash in them.
    if (kind === null || plural === null || plural.includes('/')) return [];
    return [{ apiVersion, kind, plural, isNamespaced: valueAt(resource, 'namespaced') === true }];
  });
}
