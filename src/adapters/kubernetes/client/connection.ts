import http from 'node:http';
import https from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './answers.ts';
import type { Credentials } from './credentials.ts';
import { KubeUnreachableError } from './kube-api.ts';
import type { ClientLimits } from './limits.ts';

/** One HTTP request as it goes over the line. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** The beginning of an answer, its body still to come. */
export interface OpenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: http.IncomingMessage;
}

/** Idle connections are closed before a load balancer forgets them. Unit: milliseconds. */
const IDLE_MS = 30_000;

type Agent = http.Agent | https.Agent;

/**
 * Connections to one API server, kept open between requests. Watches have an agent of their own, so that
 * they never take the place of requests. New certificates mean new agents.
 */
export class Connection {
  readonly #limits: ClientLimits;
  #tls: Credentials['tls'] | null = null;
  #requests: Agent | null = null;
  #streams: Agent | null = null;

  constructor(limits: ClientLimits) {
    this.#limits = limits;
  }

  /**
   * Sends a request and waits for the whole answer.
   *
   * @throws {KubeUnreachableError} when none comes. An aborted signal: its reason.
   */
  async exchange(
    credentials: Credentials,
    exchange: Exchange,
    signal: AbortSignal,
  ): Promise<Answer> {
    const answer = await this.#open(credentials, exchange, signal, false);
    return { ...answer, body: await this.#wholeBody(answer.body, credentials.server, signal) };
  }

  /** Sends a request and returns as soon as the answer begins. Whoever asked ends its body. */
  openStream(
    credentials: Credentials,
    exchange: Exchange,
    signal: AbortSignal,
  ): Promise<OpenAnswer> {
    return this.#open(credentials, exchange, signal, true);
  }

  close(): void {
    this.#requests?.destroy();
    this.#streams?.destroy();
  }

  #open(
    credentials: Credentials,
    { method, path, headers, body }: Exchange,
    signal: AbortSignal,
    isStream: boolean,
  ): Promise<OpenAnswer> {
    const { server } = credentials;
    const send = server.protocol === 'http:' ? http.request : https.request;
    const prefix = server.pathname.replace(/\/$/u, '');
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(reasonOf(signal));
      const request = send(
        {
          ...credentials.tls,
          host: server.hostname.replace(/^\[|\]$/gu, ''),
          port: server.port,
          path: prefix + path,
          method,
          agent: this.#agent(credentials, isStream),
          headers: {
            'user-agent': 'offshoot',
            ...headers,
            ...credentials.headers,
            ...(body === undefined ? {} : { 'content-length': String(body.length) }),
          },
          signal,
        },
        (answer) => {
          // Aborting after this point ends the body with an error; without a listener it would end us.
          answer.on('error', () => {});
          resolve({
            status: answer.statusCode ?? 0,
            headers: flatHeaders(answer.headers),
            body: answer,
          });
        },
      );
      request.on('error', (error) => reject(failure(error, server, signal)));
      request.end(body);
    });
  }

  #agent(credentials: Credentials, isStream: boolean): Agent | undefined {
    if (credentials.proxyAgent !== null) {
      return credentials.proxyAgent;
    }
    if (this.#tls === null || !isDeepStrictEqual(this.#tls, credentials.tls)) {
      this.#tls = credentials.tls;
      // The old ones are not destroyed: requests under way may finish, idle connections time out.
      this.#requests = newAgent(credentials, this.#limits.connections);
      this.#streams = newAgent(credentials, Infinity);
    }
    return (isStream ? this.#streams : this.#requests) ?? undefined;
  }

  async #wholeBody(body: http.IncomingMessage, server: URL, signal: AbortSignal): Promise<Buffer> {
    const incoming: AsyncIterable<Buffer> = body;
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of incoming) {
        bytes += chunk.length;
        if (bytes > this.#limits.answerBytes) throw new Error('too large');
        chunks.push(chunk);
      }
    } catch (error) {
      if (bytes > this.#limits.answerBytes) {
        throw new KubeUnreachableError(
          `an answer of the API server is larger than ${this.#limits.answerBytes} bytes`,
          error,
        );
      }
      throw failure(error, server, signal);
    }
    return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
  }
}

function newAgent({ server, tls }: Credentials, maxSockets: number): Agent {
  const options = {
    keepAlive: true,
    maxSockets,
    maxFreeSockets: 64,
    timeout: IDLE_MS,
    scheduling: 'lifo',
  } as const;
  return server.protocol === 'http:'
    ? new http.Agent(options)
    : new https.Agent({ ...options, ...tls });
}

function flatHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/** Only the code of the failure and the address: a system error holds no secret, a wrapped one might. */
function failure(error: unknown, server: URL, signal: AbortSignal): Error {
  if (signal.aborted) return reasonOf(signal);
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
  return new KubeUnreachableError(`the API server at ${server.host} cannot be reached: ${code}`, {
    code,
  });
}

/** What an aborted signal says, as an error. */
export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new DOMException('aborted', 'AbortError');
}

/** True when the request was certainly never sent. */
export function wasNeverSent(error: unknown): boolean {
  if (!(error instanceof KubeUnreachableError)) return false;
  const { cause } = error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : '';
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(
    String(code),
  );
}
