import type { Clock } from '../../../application/ports/clock.ts';
import { KubeApiError } from '../client/kube-api.ts';
import type { KubeApi, ListQuery, WatchEvent } from '../client/kube-api.ts';
import type { KubeObject, ResourceType } from '../client/kube-object.ts';
import { listPages } from './list-pages.ts';

/**
 * Follows one kind of object: lists it, then watches from there, for ever.
 *
 * Whatever a watch does (ends, breaks off, hangs until the client gives it up, is told 410), what follows
 * is another watch from the last version seen, or a list that also shows what went meanwhile. Nothing is
 * tried again at once that failed or ended early: pauses grow until something arrives.
 */

export interface InformerPorts {
  readonly api: KubeApi;
  readonly clock: Clock;
  /** Source of jitter, from 0 to below 1. */
  readonly random: () => number;
}

export interface InformerSink {
  beginList(): void;
  page(objects: readonly KubeObject[]): void;
  /** The list is whole: what it did not show is gone. */
  endList(resourceVersion: string): void;
  change(event: WatchEvent): void;
  /** Something failed; it is tried again. `isServed` is false for a kind that the cluster does not have. */
  trouble(error: unknown, isServed: boolean): void;
}

export interface Followed {
  readonly type: ResourceType;
  readonly query: ListQuery;
  readonly sink: InformerSink;
}

const PAUSE_FIRST_MS = 200;
const PAUSE_MAX_MS = 30_000;
/** A kind that the cluster does not have may come with an installation. Unit: milliseconds. */
const UNSERVED_PAUSE_MS = 60_000;
/** A watch that lasted as long as this was no failure, even if nothing came. Unit: milliseconds. */
const SOUND_WATCH_MS = 5_000;
/** After so many failures in a row the version itself is doubted, and a list begins anew. */
const DOUBT_AFTER = 5;

/** Where a follower stands. */
interface Progress {
  /** Version to watch from; null when a list is due. */
  version: string | null;
  failures: number;
  /** The last list took too long for its pages. */
  inOnePiece: boolean;
}

/** Resolves when the signal aborts; never rejects. */
export async function follow(
  followed: Followed,
  ports: InformerPorts,
  signal: AbortSignal,
): Promise<void> {
  const progress: Progress = { version: null, failures: 0, inOnePiece: false };
  while (!signal.aborted) {
    let pauseMs = 0;
    try {
      await listIfDue(followed, progress, ports, signal);
      const startedMs = ports.clock.nowMs();
      await watchOn(followed, progress, ports, signal);
      const isSound = ports.clock.nowMs() - startedMs >= SOUND_WATCH_MS;
      progress.failures = isSound ? 0 : progress.failures + 1;
    } catch (error) {
      if (signal.aborted) return;
      pauseMs = noteFailure(followed, progress, error);
    }
    pauseMs = Math.max(pauseMs, pauseAfter(progress.failures, ports.random()));
    if (pauseMs > 0 && !signal.aborted) await ports.clock.sleep(pauseMs, signal);
  }
}

async function listIfDue(
  { type, query, sink }: Followed,
  progress: Progress,
  { api }: InformerPorts,
  signal: AbortSignal,
): Promise<void> {
  if (progress.version !== null) return;
  sink.beginList();
  const whole = progress.inOnePiece ? { ...query, pageSize: 0 } : query;
  const pages = listPages(api, { type, query: whole }, signal);
  for (;;) {
    const page = await pages.next();
    if (signal.aborted) return;
    if (page.done === true) {
      sink.endList(page.value);
      progress.version = page.value;
      progress.inOnePiece = false;
      return;
    }
    sink.page(page.value);
  }
}

async function watchOn(
  { type, query, sink }: Followed,
  progress: Progress,
  { api }: InformerPorts,
  signal: AbortSignal,
): Promise<void> {
  const { version } = progress;
  if (version === null) return;
  for await (const event of api.watch(type, { ...query, resourceVersion: version }, signal)) {
    if (signal.aborted) return;
    sink.change(event);
    progress.version = event.object.metadata.resourceVersion ?? progress.version;
    progress.failures = 0;
  }
}

/** @returns The least pause that this failure asks for. Unit: milliseconds. */
function noteFailure({ sink }: Followed, progress: Progress, error: unknown): number {
  progress.failures += 1;
  const status = error instanceof KubeApiError ? error.status : null;
  const wasListing = progress.version === null;
  if (status === 410) {
    progress.inOnePiece = wasListing;
    progress.version = null;
  } else if (progress.failures % DOUBT_AFTER === 0) progress.version = null;
  const isServed = status !== 404;
  if (!isServed) progress.version = null;
  // That a watch begins anew is no trouble, only what keeps it from that.
  if (status !== 410) sink.trouble(error, isServed);
  if (!isServed) return UNSERVED_PAUSE_MS;
  return error instanceof KubeApiError ? (error.retryAfterMs ?? 0) : 0;
}

function pauseAfter(failures: number, random: number): number {
  if (failures === 0) return 0;
  return Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** (failures - 1)) * (0.5 + random / 2);
}
