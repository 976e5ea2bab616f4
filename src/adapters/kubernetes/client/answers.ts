import { KubeApiError, KubeUnreachableError } from './kube-api.ts';
import type { KubeList } from './kube-api.ts';
import type { KubeObject, ResourceType } from './kube-object.ts';
import { isRecord } from './read-object.ts';

/** What came back, not yet judged. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export function isSuccess(answer: Answer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

/** The body of an answer: parsed when it is JSON, else its text. */
export function bodyOf(answer: Answer): unknown {
  const text = answer.body.toString('utf8');
  const isJson = answer.headers['content-type']?.includes('json') ?? false;
  return isJson ? parsed(text) : text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new KubeUnreachableError('the API server sent JSON that breaks off', error);
  }
}

/** The object of a success; throws what else came. */
export function objectOf(answer: Answer, type: ResourceType): KubeObject {
  if (!isSuccess(answer)) throw errorOf(answer);
  return asObject(bodyOf(answer), type);
}

/** @throws {KubeUnreachableError} when it is no object: something else than an API server answered. */
export function asObject(value: unknown, type: ResourceType): KubeObject {
  if (!isRecord(value) || !isRecord(value['metadata'])) throw notKubernetes(type);
  // Items of lists come without the two, metadata alone with others; bookmarks come without a name.
  const { apiVersion, kind } = type;
  return { ...value, apiVersion, kind, metadata: { name: '', ...value['metadata'] } };
}

/** One page; `rest` is where the next begins, empty at the end. */
export function pageOf(answer: Answer, type: ResourceType): KubeList & { readonly rest: string } {
  if (!isSuccess(answer)) throw errorOf(answer);
  const body = bodyOf(answer);
  if (!isRecord(body)) throw notKubernetes(type);
  const items = body['items'] ?? [];
  const metadata = body['metadata'];
  if (!Array.isArray(items) || !isRecord(metadata)) throw notKubernetes(type);
  return {
    items: items.map((item) => asObject(item, type)),
    resourceVersion: textOf(metadata['resourceVersion']),
    rest: textOf(metadata['continue']),
  };
}

function notKubernetes(type: ResourceType): KubeUnreachableError {
  return new KubeUnreachableError(`what answered for "${type.plural}" is no API server`);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** An answer that is no success, as an error with the words of its Status object. */
export function errorOf(answer: Answer): KubeApiError {
  const retryAfterMs = retryAfterOf(answer.headers['retry-after']);
  let status: unknown;
  try {
    status = JSON.parse(answer.body.toString('utf8'));
  } catch {
    status = null;
  }
  return statusError(isRecord(status) ? status : {}, { status: answer.status, retryAfterMs });
}

/** A Status object as an error; `fallback` says what the object leaves out. */
export function statusError(
  status: Readonly<Record<string, unknown>>,
  fallback: { readonly status: number; readonly retryAfterMs: number | null },
): KubeApiError {
  const code = typeof status['code'] === 'number' ? status['code'] : fallback.status;
  const message = textOf(status['message']);
  return new KubeApiError({
    status: code,
    reason: textOf(status['reason']),
    message: message === '' ? `the API server answered ${code}` : message,
    retryAfterMs: fallback.retryAfterMs,
    details: isRecord(status['details']) ? status['details'] : {},
  });
}

/** Seconds; the API server never sends a date. Null when absent or senseless. */
function retryAfterOf(header: string | undefined): number | null {
  const seconds = Number(header ?? '');
  return header !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}
