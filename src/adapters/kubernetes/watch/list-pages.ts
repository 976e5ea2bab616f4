import { asObject, statusError } from '../client/answers.ts';
import { isRecord } from '../client/read-object.ts';
import type { KubeApi, ListQuery } from '../client/kube-api.ts';
import type { KubeObject, ResourceType } from '../client/kube-object.ts';
import { collectionPath, selectors, withQuery } from '../client/paths.ts';
import { listAt, textAt } from '../client/read-object.ts';

export interface Listing {
  readonly type: ResourceType;
  readonly query: ListQuery;
}

/** Pods are some ten kilobytes each, and a page is in memory as a whole. */
const PAGE_SIZE = 250;

/**
 * A list page by page, so that no more than one of them is in memory.
 *
 * @param query - `pageSize` 0 asks for everything in one piece.
 * @returns The resource version that the list is of.
 * @throws {KubeApiError} 410 when reading took longer than the server keeps the rest.
 */
export async function* listPages(
  api: KubeApi,
  { type, query }: Listing,
  signal: AbortSignal,
): AsyncGenerator<readonly KubeObject[], string, undefined> {
  const limit = query.pageSize ?? PAGE_SIZE;
  let rest: string | undefined;
  for (;;) {
    const path = withQuery(collectionPath(type, query.namespace), {
      ...selectors(query),
      limit: limit === 0 ? undefined : limit,
      continue: rest,
    });
    const { status, body } = await api.request({ method: 'GET', path }, signal);
    if (status !== 200) {
      throw statusError(isRecord(body) ? body : {}, { status, retryAfterMs: null });
    }
    yield listAt(body, 'items').map((item) => asObject(item, type));
    rest = textAt(body, 'metadata', 'continue') ?? '';
    if (rest === '') return textAt(body, 'metadata', 'resourceVersion') ?? '';
  }
}
