import { request, type ClientRequest, type IncomingMessage } from 'node:http';

interface ReceivedEvent {
  readonly id: string | null;
  readonly type: string | null;
  readonly data: unknown;
}

/** A client of server-sent events that a test can also leave unread. */
export interface EventClient {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly events: readonly ReceivedEvent[];
  /** Everything received, comments too. */
  readonly text: () => string;
  readonly isClosed: () => boolean;
  /** Stops and goes on reading. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly close: () => void;
}

export async function follow(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventClient> {
  const { promise, resolve, reject } = Promise.withResolvers<[ClientRequest, IncomingMessage]>();
  const sent = request(url, { headers: { accept: 'text/event-stream', ...headers } }, (response) =>
    resolve([sent, response]),
  );
  sent.on('error', reject);
  sent.end();
  const [, response] = await promise;
  let received = '';
  let isClosed = false;
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => (received += chunk));
  response.on('close', () => (isClosed = true));
  response.on('error', () => undefined);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    get events() {
      return received.split('\n\n').slice(0, -1).flatMap(parse);
    },
    text: () => received,
    isClosed: () => isClosed,
    pause: () => response.pause(),
    resume: () => response.resume(),
    close: () => sent.destroy(),
  };
}

function parse(piece: string): ReceivedEvent[] {
  const field = (name: string): string | null => {
    const line = piece.split('\n').find((one) => one.startsWith(`${name}: `));
    return line === undefined ? null : line.slice(name.length + 2);
  };
  const data = field('data');
  if (data === null) return [];
  return [{ id: field('id'), type: field('event'), data: JSON.parse(data) as unknown }];
}
