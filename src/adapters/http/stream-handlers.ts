import { setTimeout as wait } from 'node:timers/promises';
import type { Request } from 'express';
import { eventQuerySchema, logQuerySchema } from '../../contract/rest.ts';
import type { LogLine } from '../../application/ports/engine.ts';
import type { EnvironmentEvent } from '../../application/ports/environment-store.ts';
import { livingEnvironment, type Handler, type Surroundings } from './handler.ts';
import { environmentNameIn, queryOf } from './input.ts';
import { RequestFault } from './problem.ts';
import { serverSentEvent, type Stream } from './streams.ts';

const EVENT_STREAM = 'text/event-stream';

/** Events read at once; what a stream holds in memory at most. */
const EVENTS_AT_ONCE = 100;

/** How long a log may take to say that there is no such component, before its answer begins. */
const FIRST_LINE_WAIT_MS = 250;

/** How long a client waits before it connects again. */
const RECONNECT = 'retry: 2000\n\n';

export function followEnvironment(surroundings: Surroundings): Handler {
  return async (request, response) => {
    const after = lastEventId(request);
    const { name } = await livingEnvironment(surroundings.useCases, environmentNameIn(request));
    const stream = surroundings.streams.open(response, EVENT_STREAM);
    await sendEvents(surroundings, stream, { environment: name, after });
  };
}

export function followAll(surroundings: Surroundings): Handler {
  return async (request, response) => {
    const after = lastEventId(request);
    const stream = surroundings.streams.open(response, EVENT_STREAM);
    await sendEvents(surroundings, stream, { after });
  };
}

export function readLogs({ useCases, streams }: Surroundings): Handler {
  return async (request, response) => {
    const { component, tail, follow } = queryOf(logQuerySchema, request);
    const { name } = await livingEnvironment(useCases, environmentNameIn(request));
    const over = new AbortController();
    const stop = (): void => over.abort();
    response.on('close', stop);
    const options = { follow, signal: over.signal, ...(tail === undefined ? {} : { tail }) };
    const log = useCases.views.logs(name, component, options);
    const lines = log[Symbol.asyncIterator]();
    try {
      const first = lines.next();
      await Promise.race([first, wait(FIRST_LINE_WAIT_MS)]);
      const isEvents = request.accepts(['text/plain', EVENT_STREAM]) === EVENT_STREAM;
      const stream = streams.open(response, isEvents ? EVENT_STREAM : 'text/plain');
      stream.signal.addEventListener('abort', stop);
      await sendLines(stream, { first, lines, isEvents });
    } finally {
      stop();
      // Not waited for: an iterator that sits in a read returns when that read does.
      lines.return?.().catch(() => undefined);
    }
  };
}

async function sendEvents(
  { useCases, changes }: Surroundings,
  stream: Stream,
  from: { readonly environment?: string; readonly after: number },
): Promise<void> {
  await stream.write(RECONNECT);
  try {
    let { after } = from;
    while (!stream.signal.aborted) {
      const seen = changes.changeCount;
      const events = await useCases.store.events({ ...from, after, limit: EVENTS_AT_ONCE });
      for (const event of events) await stream.write(pieceOf(event));
      after = events.at(-1)?.id ?? after;
      if (events.length === 0) await changes.next(seen, stream.signal);
    }
  } finally {
    // Also after an error: the client connects again and continues where it was.
    stream.end();
  }
}

function pieceOf(event: EnvironmentEvent): string {
  return serverSentEvent({ id: event.id, type: event.type, data: event });
}

interface OpenLog {
  readonly first: Promise<IteratorResult<LogLine>>;
  readonly lines: AsyncIterator<LogLine>;
  readonly isEvents: boolean;
}

async function sendLines(stream: Stream, { first, lines, isEvents }: OpenLog): Promise<void> {
  try {
    for (let line = await first; line.done !== true; line = await lines.next()) {
      const { at, stream: of, text } = line.value;
      const piece = isEvents ? serverSentEvent({ data: { at, stream: of, text } }) : `${text}\n`;
      if (!(await stream.write(piece))) return;
    }
  } finally {
    stream.end();
  }
}

function lastEventId(request: Request): number {
  const { after } = queryOf(eventQuerySchema, request);
  const header = request.get('Last-Event-ID');
  if (header === undefined || header === '') return after;
  if (!/^\d{1,15}$/u.test(header)) {
    throw new RequestFault(400, 'the header Last-Event-ID is not the id of an event');
  }
  return Number(header);
}
