import type { LogLine, LogOptions } from '../../../application/ports/engine.ts';
import { KubeApiError } from '../client/kube-api.ts';
import { failureOf } from './api-failures.ts';
import { podsOf, type Pod } from './pods.ts';
import type { Site } from './site.ts';

/** What components write: of all pods, put in order by the time the node stamped on each line. */

/** Between two looks for pods that began meanwhile. Unit: milliseconds. */
const FOLLOW_POLL_MS = 1_000;
/** More of one container is not read at once. */
const LOG_BYTES_MAX = 16 * 1024 * 1024;

export async function* readLogs(
  site: Site,
  of: { readonly environment: string; readonly component: string },
  options: LogOptions,
): AsyncGenerator<LogLine> {
  if (options.follow === true) {
    yield* followLogs(site, of, options);
    return;
  }
  const pods = await podsOf(site, of.environment, of.component);
  const texts = await Promise.all(
    pods.flatMap((pod) =>
      pod.containers.map((container) => textOf(site, pod, { container, options })),
    ),
  );
  const lines = texts.flatMap(linesOf).toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  yield* options.tail === undefined ? lines : lines.slice(Math.max(0, lines.length - options.tail));
}

interface Wanted {
  readonly container: string;
  readonly options: LogOptions;
}

/** Of this run, or of the one before; a container that has not begun has written nothing. */
async function textOf(site: Site, pod: Pod, { container, options }: Wanted): Promise<string> {
  const isPrevious = options.previous === true;
  if (isPrevious && !pod.restarted.has(container)) return '';
  try {
    return await site.api.podLog(pod.ref, {
      container,
      timestamps: true,
      previous: isPrevious,
      limitBytes: LOG_BYTES_MAX,
      ...(options.tail === undefined ? {} : { tailLines: options.tail }),
    });
  } catch (error) {
    if (isNotThere(error)) return '';
    throw failureOf(error, `log of pod "${pod.ref.name}"`);
  }
}

/** The container waits to begin, or its log was cleared away. */
function isNotThere(error: unknown): boolean {
  return error instanceof KubeApiError && (error.status === 400 || error.status === 404);
}

export function linesOf(text: string): readonly LogLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(lineOf);
}

/** `2026-08-20T09:00:00.000000000Z text`. The API tells standard output and error not apart. */
function lineOf(line: string): LogLine {
  const at = line.indexOf(' ');
  const stamp = at === -1 ? line : line.slice(0, at);
  if (!/^\d{4}-\d\d-\d\dT/u.test(stamp)) return { at: '', stream: 'stdout', text: line };
  return { at: stamp, stream: 'stdout', text: at === -1 ? '' : line.slice(at + 1) };
}

async function* followLogs(
  site: Site,
  { environment, component }: { readonly environment: string; readonly component: string },
  options: LogOptions,
): AsyncGenerator<LogLine> {
  const over = new AbortController();
  const signal =
    options.signal === undefined ? over.signal : AbortSignal.any([options.signal, over.signal]);
  const lines = createQueue<LogLine>();
  const followed = new Set<string>();
  const follow = async (pod: Pod, container: string): Promise<void> => {
    const from = options.tail === undefined ? {} : { tailLines: options.tail };
    const request = { container, timestamps: true, ...from };
    try {
      for await (const line of site.api.followPodLog(pod.ref, request, signal)) {
        lines.push(lineOf(line));
      }
    } catch (error) {
      // Tried again at the next look: it may not have begun yet.
      if (isNotThere(error)) followed.delete(`${pod.uid}/${container}`);
    }
  };
  const look = async (): Promise<void> => {
    while (!signal.aborted) {
      const pods = await podsOf(site, environment, component);
      const containers = pods.flatMap((pod) =>
        pod.containers.map((container) => ({ pod, container, key: `${pod.uid}/${container}` })),
      );
      for (const { pod, container, key } of containers.filter((one) => !followed.has(one.key))) {
        followed.add(key);
        void follow(pod, container);
      }
      await site.clock.sleep(FOLLOW_POLL_MS, signal);
    }
    lines.end(null);
  };
  void look().catch((error: unknown) =>
    lines.end(error instanceof Error ? error : new Error(String(error))),
  );
  try {
    yield* lines.items();
  } finally {
    over.abort();
  }
}

interface Queue<Item> {
  push(item: Item): void;
  /** @param error - Thrown after the last item; null for a plain end. */
  end(error: Error | null): void;
  items(): AsyncGenerator<Item>;
}

function createQueue<Item>(): Queue<Item> {
  let items: Item[] = [];
  let ended: { readonly error: Error | null } | null = null;
  let wake = (): void => undefined;
  return {
    push(item) {
      items.push(item);
      wake();
    },
    end(error) {
      ended ??= { error };
      wake();
    },
    async *items() {
      for (;;) {
        const ready = items;
        items = [];
        yield* ready;
        if (items.length > 0) continue;
        if (ended !== null) {
          if (ended.error !== null) throw ended.error;
          return;
        }
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
