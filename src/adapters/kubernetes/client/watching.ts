import { asObject, statusError } from './answers.ts';
import { isRecord } from './read-object.ts';
import { KubeApiError, KubeUnreachableError } from './kube-api.ts';
import type { ListQuery, WatchEvent } from './kube-api.ts';
import type { ResourceType } from './kube-object.ts';
import type { ClientLimits } from './limits.ts';
import { linesOf } from './lines.ts';
import { collectionPath, selectors, withQuery } from './paths.ts';
import type { Requests } from './requests.ts';

export interface Watching {
  readonly type: ResourceType;
  readonly query: ListQuery & { readonly resourceVersion: string };
  readonly limits: ClientLimits;
}

/** See `KubeApi.watch`. */
export async function* watchEvents(
  requests: Requests,
  { type, query, limits }: Watching,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, void, undefined> {
  const line = new AbortController();
  const ended = AbortSignal.any([signal, line.signal]);
  const timeoutMs = limits.watchMs * (1 + Math.random());
  const path = withQuery(collectionPath(type, query.namespace), {
    ...selectors(query),
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: query.resourceVersion,
    timeoutSeconds: Math.max(1, Math.round(timeoutMs / 1000)),
  });
  const silence = setTimeout(() => line.abort(), limits.silenceMs);
  try {
    const { body } = await requests.stream({ method: 'GET', path }, ended);
    for await (const text of linesOf(body, limits.objectBytes, () => tooLarge(type, limits))) {
      silence.refresh();
      const event = eventOf(text, type);
      if (event === null) return;
      yield event;
      // The time that the consumer took is no silence of the line.
      silence.refresh();
    }
  } catch (error) {
    if (!isEndOfLine(error, ended, requests)) throw error;
  } finally {
    clearTimeout(silence);
    line.abort();
  }
}

/** A line that breaks after it began is an end like any other: whoever watches lists or watches again. */
function isEndOfLine(error: unknown, ended: AbortSignal, requests: Requests): boolean {
  if (ended.aborted || requests.signal.aborted) return true;
  return !(error instanceof KubeApiError) && !(error instanceof KubeUnreachableError);
}

/** Null for a line that breaks off: the connection was cut mid-object. */
function eventOf(text: string, type: ResourceType): WatchEvent | null {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(event)) return null;
  const { type: change, object } = event;
  if (change === 'ERROR') {
    throw statusError(isRecord(object) ? object : {}, { status: 500, retryAfterMs: null });
  }
  return isChange(change) ? { type: change, object: asObject(object, type) } : null;
}

function isChange(value: unknown): value is WatchEvent['type'] {
  return ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'].includes(String(value));
}

function tooLarge(type: ResourceType, limits: ClientLimits): Error {
  return new KubeApiError({
    status: 413,
    reason: 'RequestEntityTooLarge',
    message: `an object of "${type.plural}" is larger than ${limits.objectBytes} bytes`,
  });
}
