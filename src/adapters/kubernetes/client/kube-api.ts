import type { KubeObject, ObjectRef, ResourceType } from './kube-object.ts';

/**
 * The Kubernetes API as Offshoot uses it: few verbs, plain objects, nothing of Offshoot's own words.
 *
 * Every method throws `KubeApiError` for an answer that is no success and `KubeUnreachableError` when there
 * is none. What may be repeated safely is repeated inside, with capped and jittered pauses and the server's
 * `Retry-After`, a bounded number of times.
 */
export interface KubeApi {
  /** Null when there is none of that name. */
  get(type: ResourceType, ref: ObjectRef, signal?: AbortSignal): Promise<KubeObject | null>;
  /** All that match, read in pages. */
  list(type: ResourceType, query?: ListQuery, signal?: AbortSignal): Promise<KubeList>;
  create(type: ResourceType, object: KubeObject): Promise<KubeObject>;
  /** Server-side apply under the field manager `offshoot`; `force` takes over fields of others. */
  apply(
    type: ResourceType,
    object: KubeObject,
    options?: {
      readonly force?: boolean;
      readonly dryRun?: boolean;
      readonly subresource?: string;
    },
  ): Promise<KubeObject>;
  /** Replaces; with a `resourceVersion` only that version (else status 409). */
  replace(
    type: ResourceType,
    object: KubeObject,
    options?: { readonly subresource?: string },
  ): Promise<KubeObject>;
  /** JSON merge patch. */
  patch(
    type: ResourceType,
    ref: ObjectRef,
    patch: Readonly<Record<string, unknown>>,
    options?: { readonly subresource?: string },
  ): Promise<KubeObject>;
  /** One background deletion. False when it was gone already. */
  delete(
    type: ResourceType,
    ref: ObjectRef,
    options?: {
      readonly uid?: string;
      /** Only this version of it (else status 409). */
      readonly resourceVersion?: string;
      readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
      readonly graceSeconds?: number;
    },
  ): Promise<boolean>;
  /**
   * Changes after a resource version, until the server ends the watch, the signal aborts or the line is
   * dead: silent for longer than bookmarks are apart. A 410 is thrown as `KubeApiError` with `status` 410.
   */
  watch(
    type: ResourceType,
    query: ListQuery & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent>;
  /** Text of a pod's log. */
  podLog(ref: ObjectRef, options: PodLogOptions): Promise<string>;
  /** Lines of a pod's log as they come. */
  followPodLog(ref: ObjectRef, options: PodLogOptions, signal: AbortSignal): AsyncIterable<string>;
  /** Runs a command in a container; resolves to its exit code. */
  exec(ref: ObjectRef, options: ExecOptions): Promise<number>;
  /** Any other request; for discovery, version, access reviews and the proxies of the API server. */
  request(request: RawRequest, signal?: AbortSignal): Promise<RawAnswer>;
  close(): Promise<void>;
}

export interface ListQuery {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Only `metadata` of each object comes; for what is large and not read. */
  readonly metadataOnly?: boolean;
  /** Objects per page; 500 unless told. */
  readonly pageSize?: number;
}

export interface KubeList {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubeObject;
}

export interface PodLogOptions {
  readonly container?: string;
  readonly tailLines?: number;
  /** The run before the last restart. */
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  readonly limitBytes?: number;
}

export interface ExecOptions {
  readonly container?: string;
  readonly command: readonly string[];
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly stdin?: NodeJS.ReadableStream;
}

export interface RawRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Beginning with `/`, with its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed when it is JSON, else its text. */
  readonly body: unknown;
}

/** An answer of the API server that is no success. */
export class KubeApiError extends Error {
  readonly status: number;
  /** `reason` of the Status object: `AlreadyExists`, `Forbidden`, `Conflict` … */
  readonly reason: string;
  readonly retryAfterMs: number | null;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(answer: {
    readonly status: number;
    readonly reason: string;
    readonly message: string;
    readonly retryAfterMs?: number | null;
    readonly details?: Readonly<Record<string, unknown>>;
  }) {
    super(answer.message);
    this.name = 'KubeApiError';
    this.status = answer.status;
    this.reason = answer.reason;
    this.retryAfterMs = answer.retryAfterMs ?? null;
    this.details = answer.details ?? {};
  }
}

/** No answer: refused, reset, timed out, name unknown. */
export class KubeUnreachableError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'KubeUnreachableError';
  }
}
