import type { CallSink } from '../../../application/ports/call-store.ts';
import type { Ids } from '../../../application/ports/clock.ts';
import type { Call } from '../../../domain/calls/call.ts';
import type { RelayTarget } from './connect-failure.ts';
import { DecodeQueue } from './decode-queue.ts';
import { openRelay, type Relay, type RelayStats } from './relay.ts';

/** One relay as it should be. */
export interface RelayWish {
  /** Names it among the relays of its environment. */
  readonly key: string;
  readonly port: number;
  readonly client: string;
  readonly server: string;
  readonly resolveTarget: () => RelayTarget | null;
}

/** A relay that could not be opened; it is tried again by the next `apply`. */
export interface RelayFailure {
  readonly key: string;
  readonly port: number;
  readonly cause: unknown;
}

export interface RelaySetOptions {
  readonly host?: string;
  readonly sink: CallSink;
  readonly ids: Ids;
  readonly connectionsMax?: number;
  readonly nowUs?: () => number;
}

interface Opened {
  readonly relay: Relay;
  wish: RelayWish;
}

/** All relays of one environment. They share one limit on what waits for decoding. */
export class RelaySet {
  readonly #options: RelaySetOptions;
  readonly #queue = new DecodeQueue();
  readonly #opened = new Map<string, Opened>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: RelaySetOptions) {
    this.#options = options;
  }

  /**
   * Makes exactly these relays listen: opens what is missing, closes what is gone, leaves the rest
   * and its connections alone. Idempotent; concurrent calls take turns.
   *
   * @returns Those that could not be opened, empty when all listen.
   */
  apply(wishes: readonly RelayWish[]): Promise<readonly RelayFailure[]> {
    return this.#inTurn(() => this.#apply(wishes));
  }

  closeAll(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#apply([]);
    });
  }

  /** Calls in flight on any of them. */
  openCalls(): readonly Call[] {
    return [...this.#opened.values()].flatMap(({ relay }) => relay.openCalls());
  }

  stats(): ReadonlyMap<string, RelayStats> {
    return new Map([...this.#opened].map(([key, { relay }]) => [key, relay.stats()]));
  }

  async #apply(wishes: readonly RelayWish[]): Promise<readonly RelayFailure[]> {
    const wanted = new Map(wishes.map((wish) => [wish.key, wish]));
    const gone = [...this.#opened].filter(([key, { wish }]) => !isSame(wish, wanted.get(key)));
    await Promise.all(
      gone.map(([key, { relay }]) => {
        this.#opened.delete(key);
        return relay.close();
      }),
    );
    const failures: RelayFailure[] = [];
    for (const wish of wanted.values()) {
      const present = this.#opened.get(wish.key);
      if (present !== undefined) present.wish = wish;
      else await this.#open(wish).catch((cause: unknown) => failures.push({ ...wish, cause }));
    }
    return failures.map(({ key, port, cause }) => ({ key, port, cause }));
  }

  async #open(wish: RelayWish): Promise<void> {
    const current = (): RelayWish => this.#opened.get(wish.key)?.wish ?? wish;
    const relay = await openRelay({
      ...this.#options,
      listenPort: wish.port,
      client: wish.client,
      server: wish.server,
      target: () => current().resolveTarget(),
      queue: this.#queue,
    });
    this.#opened.set(wish.key, { relay, wish });
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function isSame(wish: RelayWish, other: RelayWish | undefined): boolean {
  return (
    other !== undefined &&
    wish.port === other.port &&
    wish.client === other.client &&
    wish.server === other.server
  );
}
