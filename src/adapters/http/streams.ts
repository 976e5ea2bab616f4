import { once } from 'node:events';
import type { Response } from 'express';
import { RequestFault } from './problem.ts';
import type { ServerSettings } from './settings.ts';

type Limits = Pick<ServerSettings, 'streamCountMax' | 'heartbeatMs' | 'stallTimeoutMs'>;

/**
 * Answers that go on: events and logs. At most `streamCountMax` at once.
 *
 * A writer waits for its client's buffer after every piece, so a stream holds one piece in memory,
 * whatever the client does; a client that leaves its buffer full for `stallTimeoutMs` is dropped.
 */
export class Streams {
  readonly #limits: Limits;
  readonly #open = new Set<Stream>();
  #isClosed = false;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#open.size;
  }

  /** @throws {OperationError} `SERVER_BUSY` */
  open(response: Response, mediaType: string): Stream {
    if (this.#isClosed || this.#open.size >= this.#limits.streamCountMax) {
      throw new RequestFault(
        503,
        `the server has ${this.#open.size} open streams and allows no more`,
        {
          code: 'SERVER_BUSY',
          hint: 'try again in a moment',
          headers: { 'Retry-After': '5' },
        },
      );
    }
    const stream = new Stream(response, mediaType, this.#limits);
    this.#open.add(stream);
    stream.signal.addEventListener('abort', () => this.#open.delete(stream));
    return stream;
  }

  /** Ends all of them and lets no more begin. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#open) stream.end();
  }
}

/** One answer that goes on until the client leaves, the writer ends it, or the server closes. */
export class Stream {
  /** Aborted when the stream is over, for whatever reason. */
  readonly signal: AbortSignal;
  readonly #over = new AbortController();
  readonly #response: Response;
  readonly #limits: Limits;
  readonly #heartbeat: NodeJS.Timeout | null;

  constructor(response: Response, mediaType: string, limits: Limits) {
    this.#response = response;
    this.#limits = limits;
    this.signal = this.#over.signal;
    response.on('close', () => this.#finish());
    response.on('error', () => this.#finish());
    response.status(200).set({
      'Content-Type': `${mediaType}; charset=utf-8`,
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    const isEventStream = mediaType === 'text/event-stream';
    this.#heartbeat = isEventStream ? setInterval(() => this.#beat(), limits.heartbeatMs) : null;
  }

  /** Resolves when the client can take more. False when the stream is over. */
  async write(piece: string): Promise<boolean> {
    if (this.signal.aborted) return false;
    if (this.#response.write(piece)) return true;
    const signal = AbortSignal.any([this.signal, AbortSignal.timeout(this.#limits.stallTimeoutMs)]);
    try {
      await once(this.#response, 'drain', { signal });
    } catch {
      this.#response.destroy();
      this.#finish();
    }
    return !this.signal.aborted;
  }

  end(): void {
    if (this.signal.aborted) return;
    this.#finish();
    this.#response.end();
  }

  /** A comment, only when the client keeps up: silence is what it is for. */
  #beat(): void {
    if (!this.signal.aborted && this.#response.writableLength === 0) this.#response.write(':\n\n');
  }

  #finish(): void {
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    this.#over.abort();
  }
}

/** One server-sent event. Data is JSON on one line, so nothing in it can end the event. */
export function serverSentEvent(event: {
  readonly id?: number;
  readonly type?: string;
  readonly data: unknown;
}): string {
  const id = event.id === undefined ? '' : `id: ${event.id}\n`;
  const type = event.type === undefined ? '' : `event: ${oneLine(event.type)}\n`;
  return `${id}${type}data: ${JSON.stringify(event.data)}\n\n`;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]/gu, ' ');
}
