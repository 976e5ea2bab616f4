import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Call } from '../../../domain/calls/call.ts';
import type { Attributes, Span } from '../../../domain/calls/spans/span.ts';
import { fieldsOf } from '../encoding/protobuf-reader.ts';
import { encodeSpans } from './encode-spans.ts';
import { spanOfCall } from './span-of-call.ts';

/** Hands captured calls on to somebody's own backend, as spans over OTLP/HTTP in protobuf. */

export interface ExporterOptions {
  /** Without the path `/v1/traces`. */
  readonly endpoint: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly environment: string;
  /** Between two attempts; doubled each time. Unit: milliseconds. Default: 1,000. */
  readonly retryMs?: number;
  /** Default: 10,000. */
  readonly queueMax?: number;
}

export interface CallExporter {
  /** Never blocks, never throws. What spans told is not told again: whoever sent it has its own backend. */
  record(call: Call): void;
  /** Calls that found no place in the queue, or that nobody took; grows only. */
  readonly dropped: number;
  readonly sent: number;
  /** Tries once more with what waits, for a few seconds. */
  close(): Promise<void>;
}

const QUEUE_MAX = 10_000;
const BATCH = 512;
const GATHER_MS = 1_000;
const ATTEMPTS_MAX = 5;
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 30_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** By the OTLP specification; everything else says that a second attempt is no use. */
const RETRIABLE = new Set([429, 502, 503, 504]);

export function startExporter(options: ExporterOptions): CallExporter {
  const { retryMs = RETRY_MS, queueMax = QUEUE_MAX, environment } = options;
  const resourceOf = resourcesOf(environment);
  const closing = new AbortController();
  let queue: Span[] = [];
  let [dropped, sent] = [0, 0];
  let timer: NodeJS.Timeout | null = null;
  let sending: Promise<void> | null = null;

  const sendBatch = async (batch: readonly Span[]): Promise<void> => {
    const body = await promisify(gzip)(encodeSpans(batch));
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const result = await post(options, body);
      if (result.kind === 'taken') {
        const rejected = Math.min(result.rejected, batch.length);
        sent += batch.length - rejected;
        dropped += rejected;
        return;
      }
      if (result.kind === 'refused' || closing.signal.aborted) break;
      const jittered = retryMs * 2 ** attempt * (0.5 + Math.random());
      await pause(Math.min(RETRY_MS_MAX, Math.max(result.waitMs || 0, jittered)), closing.signal);
    }
    dropped += batch.length;
  };

  const sendAll = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.slice(0, BATCH);
      queue = queue.slice(BATCH);
      await sendBatch(batch);
    }
  };

  const send = (): Promise<void> => {
    sending ??= sendAll().finally(() => (sending = null));
    return sending;
  };

  return {
    record(call) {
      if (call.source === 'spans' || call.endedAtUs === null) return;
      if (queue.length >= queueMax || closing.signal.aborted) {
        dropped += 1;
        return;
      }
      queue.push(spanOfCall(call, resourceOf));
      timer ??= setTimeout(() => {
        timer = null;
        void send();
      }, GATHER_MS).unref();
    },
    get dropped() {
      return dropped;
    },
    get sent() {
      return sent;
    },
    async close() {
      if (timer !== null) clearTimeout(timer);
      closing.abort();
      await sending;
      await send();
    },
  };
}

async function post(
  { endpoint, headers }: Pick<ExporterOptions, 'endpoint' | 'headers'>,
  body: Uint8Array,
): Promise<Sending> {
  try {
    const response = await fetch(`${endpoint.replace(/\/+$/u, '')}/v1/traces`, {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/x-protobuf',
        'content-encoding': 'gzip',
      },
      body: Buffer.from(body),
      redirect: 'error',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const answer = new Uint8Array(await response.arrayBuffer());
    if (response.ok) return { kind: 'taken', rejected: rejectedIn(answer) };
    if (!RETRIABLE.has(response.status)) return { kind: 'refused' };
    return { kind: 'later', waitMs: Number(response.headers.get('retry-after') ?? 0) * 1_000 };
  } catch {
    return { kind: 'later', waitMs: 0 };
  }
}

type Sending =
  | { readonly kind: 'taken'; readonly rejected: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'later'; readonly waitMs: number };

/** Of `ExportTraceServiceResponse`: how many spans were taken not. */
function rejectedIn(answer: Uint8Array): number {
  const partial = fieldsOf(answer)?.find(({ number }) => number === 1);
  const fields = partial === undefined ? null : fieldsOf(partial.bytes);
  return fields?.find(({ number }) => number === 1)?.integer ?? 0;
}

/** Services are few; one that is made up by whoever calls must not make memory grow. */
const RESOURCES_MAX = 4_096;

function resourcesOf(environment: string): (service: string) => Attributes {
  const known = new Map<string, Attributes>();
  return (service) => {
    const found = known.get(service);
    if (found !== undefined) return found;
    const resource = new Map([
      ['service.name', service],
      ['deployment.environment.name', environment],
      ['telemetry.sdk.name', 'offshoot'],
    ]);
    if (known.size >= RESOURCES_MAX) known.clear();
    known.set(service, resource);
    return resource;
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
