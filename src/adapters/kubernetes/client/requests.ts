import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { errorOf, isSuccess } from './answers.ts';
import type { Answer } from './answers.ts';
import { Connection, reasonOf, wasNeverSent } from './connection.ts';
import type { Exchange, OpenAnswer } from './connection.ts';
import { credentialsOf, readKubeConfig } from './credentials.ts';
import type { Credentials, KubeConfigChoice } from './credentials.ts';
import { KubeUnreachableError } from './kube-api.ts';
import type { ClientLimits } from './limits.ts';

/**
 * What happens when a request is sent twice. `safe`: the same as once, so it is repeated after any failure
 * that may pass. `unsafe`: repeated only when it certainly was not carried out.
 */
export type Repetition = 'safe' | 'unsafe';

export interface Sent {
  readonly answer: Answer;
  /** An earlier try may have been carried out although its answer was lost. */
  readonly isRepeated: boolean;
}

const REPEATED_STATUSES: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** Requests with credentials, deadlines and repetition. Knows nothing of objects. */
export class Requests {
  readonly #choice: KubeConfigChoice;
  readonly #limits: ClientLimits;
  readonly #connection: Connection;
  readonly #closed = new AbortController();
  #config: KubeConfig;
  #credentials: { readonly value: Promise<Credentials>; readonly untilMs: number } | null = null;

  constructor(choice: KubeConfigChoice, limits: ClientLimits, signal: AbortSignal | undefined) {
    this.#choice = choice;
    this.#limits = limits;
    this.#config = readKubeConfig(choice);
    this.#connection = new Connection(limits);
    if (signal?.aborted === true) this.close();
    signal?.addEventListener('abort', () => this.close(), { once: true });
  }

  get config(): KubeConfig {
    return this.#config;
  }

  /** Aborted by `close`. */
  get signal(): AbortSignal {
    return this.#closed.signal;
  }

  close(): void {
    this.#closed.abort(new KubeUnreachableError('the connection to the API server was closed'));
    this.#connection.close();
  }

  /**
   * The answer, whatever its status, after as many tries as it takes and the limits allow.
   *
   * @throws {KubeUnreachableError} when the last try brought none.
   */
  async send(exchange: Exchange, repetition: Repetition, signal?: AbortSignal): Promise<Sent> {
    const deadlineMs = performance.now() + this.#limits.requestMs;
    const ended = AbortSignal.any([this.#closed.signal, ...(signal === undefined ? [] : [signal])]);
    let isRepeated = false;
    for (let tries = 1; ; tries += 1) {
      const result = await this.#try(exchange, ended, deadlineMs - performance.now());
      const pauseMs = this.#pauseMs(result, tries);
      const isLast = tries >= this.#limits.triesMax || performance.now() + pauseMs >= deadlineMs;
      if (ended.aborted || isLast || !isRepeatable(result, repetition)) {
        if (result instanceof Error) throw result;
        return { answer: result, isRepeated };
      }
      isRepeated ||= mayBeDone(result);
      await sleep(pauseMs, undefined, { signal: ended }).catch(() => {});
      if (ended.aborted) throw reasonOf(ended);
    }
  }

  /** An answer whose body goes on; one try. @throws {KubeApiError} when it is no success. */
  async stream(exchange: Exchange, signal: AbortSignal): Promise<OpenAnswer> {
    const timer = new AbortController();
    const timeout = setTimeout(
      () => timer.abort(new KubeUnreachableError('the API server did not answer in time')),
      this.#limits.attemptMs,
    );
    const ended = AbortSignal.any([this.#closed.signal, signal, timer.signal]);
    try {
      const answer = await this.#openStream(exchange, ended);
      if (answer.status === 200) return answer;
      const chunks: Buffer[] = [];
      const body: AsyncIterable<Buffer> = answer.body;
      for await (const chunk of body) chunks.push(chunk);
      throw errorOf({ ...answer, body: Buffer.concat(chunks) });
    } finally {
      clearTimeout(timeout);
    }
  }

  async #openStream(exchange: Exchange, signal: AbortSignal): Promise<OpenAnswer> {
    const answer = await this.#connection.openStream(
      await this.#currentCredentials(),
      exchange,
      signal,
    );
    if (answer.status !== 401 || !this.#renew()) return answer;
    answer.body.destroy();
    return this.#connection.openStream(await this.#currentCredentials(), exchange, signal);
  }

  /** One try; refused credentials are asked for anew within it. Never throws what came from the line. */
  async #try(exchange: Exchange, ended: AbortSignal, leftMs: number): Promise<Answer | Error> {
    const timeMs = Math.max(1, Math.min(this.#limits.attemptMs, leftMs));
    const timer = new AbortController();
    const timeout = setTimeout(
      () => timer.abort(new KubeUnreachableError('the API server did not answer in time')),
      timeMs,
    );
    const signal = AbortSignal.any([ended, timer.signal]);
    try {
      const answer = await this.#exchange(exchange, signal);
      if (answer.status !== 401 || !this.#renew()) return answer;
      return await this.#exchange(exchange, signal);
    } catch (error) {
      if (error instanceof Error) return error;
      throw error;
    } finally {
      clearTimeout(timeout);
    }
  }

  async #exchange(exchange: Exchange, signal: AbortSignal): Promise<Answer> {
    return this.#connection.exchange(await this.#currentCredentials(), exchange, signal);
  }

  #currentCredentials(): Promise<Credentials> {
    if (this.#credentials === null || performance.now() >= this.#credentials.untilMs) {
      const value = credentialsOf(this.#config);
      this.#credentials = { value, untilMs: performance.now() + this.#limits.credentialsMs };
      value.catch(() => {
        this.#credentials = null;
      });
    }
    return this.#credentials.value;
  }

  /**
   * Reads the kubeconfig again, with nothing remembered of the old one: the library keeps the token of a
   * plugin until the date the plugin gave, and for ever without one. False when it cannot be read any more.
   */
  #renew(): boolean {
    try {
      this.#config = readKubeConfig(this.#choice);
    } catch {
      return false;
    }
    this.#credentials = null;
    return true;
  }

  #pauseMs(result: Answer | Error, tries: number): number {
    const { pauseFirstMs, pauseMaxMs } = this.#limits;
    const fullMs = Math.min(pauseMaxMs, pauseFirstMs * 2 ** (tries - 1));
    const jitteredMs = fullMs * (0.5 + Math.random() / 2);
    if (result instanceof Error || isSuccess(result)) return jitteredMs;
    const askedMs = errorOf(result).retryAfterMs ?? 0;
    return Math.min(pauseMaxMs, askedMs) + jitteredMs;
  }
}

function isRepeatable(result: Answer | Error, repetition: Repetition): boolean {
  if (result instanceof Error) {
    if (!(result instanceof KubeUnreachableError)) return false;
    return repetition === 'safe' || wasNeverSent(result);
  }
  if (result.status === 429) return true;
  return repetition === 'safe' && REPEATED_STATUSES.has(result.status);
}

/** A request may have been carried out unless it never left or was turned away at the door. */
function mayBeDone(result: Answer | Error): boolean {
  return result instanceof Error ? !wasNeverSent(result) : result.status !== 429;
}
