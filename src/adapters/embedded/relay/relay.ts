import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { CallSink } from '../../../application/ports/call-store.ts';
import type { Ids } from '../../../application/ports/clock.ts';
import type { Call } from '../../../domain/calls/call.ts';
import type { ConnectionContext, Decoder } from '../../../domain/calls/protocols/decoder.ts';
import { decoderFor } from '../../../domain/calls/protocols/detect.ts';
import { relayFull } from '../../../domain/calls/protocols/transport.ts';
import type { RelayTarget } from './connect-failure.ts';
import { DecodeQueue } from './decode-queue.ts';
import { Observation } from './observation.ts';
import { RelayedConnection } from './relayed-connection.ts';

/**
 * The observing relay: the address at which one caller reaches one dependency.
 *
 * Because nobody else uses the address, who called whom is certain. It forwards TCP as it is and
 * tells the calls it saw. Whatever happens to decoding, forwarding goes on: a decoder that throws is
 * replaced by one that only counts, and bytes that cannot be decoded in time are counted and skipped.
 *
 * Connecting to a relay always succeeds, even where the target refuses: see `RelayedConnection`.
 */

/** Connections of one relay at one time; more are reset. */
const RELAY_CONNECTIONS_MAX = 4_096;

export interface RelayOptions {
  /** 0: any free one. */
  readonly listenPort: number;
  /** Default: loopback. */
  readonly host?: string;
  /** Component names, or `test` and `outside` for callers. */
  readonly client: string;
  readonly server: string;
  /** Asked anew for each connection; null while nobody runs the server. */
  readonly target: () => RelayTarget | null;
  readonly sink: CallSink;
  /** For connections; a call's id begins with its connection's. */
  readonly ids: Ids;
  readonly connectionsMax?: number;
  /** Shared by relays that should share one limit on what waits for decoding. */
  readonly queue?: DecodeQueue;
  /** Microseconds since the epoch. */
  readonly nowUs?: () => number;
  readonly decoder?: (context: ConnectionContext) => Decoder;
}

export interface RelayStats {
  /** Accepted since it was opened. */
  readonly connections: number;
  readonly openConnections: number;
  /** Target absent or not reachable. */
  readonly refusedConnections: number;
  readonly rejectedConnections: number;
  readonly droppedBytes: number;
  readonly decoderErrors: number;
}

export interface Relay {
  readonly port: number;
  stats(): RelayStats;
  /** Calls in flight, as they look now: told again, with the same id, when they end. */
  openCalls(): readonly Call[];
  /** Ends every connection and tells what was open. Idempotent. */
  close(): Promise<void>;
}

/**
 * @throws The error of the listening socket, as `EADDRINUSE`.
 */
export async function openRelay(options: RelayOptions): Promise<Relay> {
  const relay = new ListeningRelay(options);
  await relay.listen();
  return relay;
}

/** The machine's clock in microseconds; it never steps back while the process lives. */
function systemNowUs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

interface Live {
  readonly connection: RelayedConnection;
  readonly observation: Observation;
}

class ListeningRelay implements Relay {
  readonly #options: RelayOptions;
  readonly #server: Server;
  readonly #queue: DecodeQueue;
  readonly #nowUs: () => number;
  readonly #live = new Map<Socket, Live>();
  readonly #counters = { droppedBytes: 0, decoderErrors: 0 };
  #connections = 0;
  #refused = 0;
  #rejected = 0;
  #port = 0;
  #closing: Promise<void> | null = null;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#queue = options.queue ?? new DecodeQueue();
    this.#nowUs = options.nowUs ?? systemNowUs;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#accept(socket),
    );
  }

  get port(): number {
    return this.#port;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.listenPort, this.#options.host ?? '127.0.0.1', () => {
        this.#server.off('error', reject);
        // A later error is one accept that failed, as when descriptors run out: the next may succeed.
        this.#server.on('error', () => (this.#rejected += 1));
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  stats(): RelayStats {
    return {
      connections: this.#connections,
      openConnections: this.#live.size,
      refusedConnections: this.#refused,
      rejectedConnections: this.#rejected,
      ...this.#counters,
    };
  }

  openCalls(): readonly Call[] {
    this.#queue.drain();
    const atUs = this.#nowUs();
    return [...this.#live.values()].flatMap(({ observation }) => observation.openCalls(atUs));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const { connection } of this.#live.values()) connection.destroy();
    await closed;
    while (this.#live.size > 0) await new Promise((resolve) => setImmediate(resolve));
    this.#queue.drain();
  }

  #accept(client: Socket): void {
    this.#connections += 1;
    const startedAtUs = this.#nowUs();
    const observation = this.#observe(startedAtUs);
    const limit = this.#options.connectionsMax ?? RELAY_CONNECTIONS_MAX;
    if (this.#live.size >= limit || this.#closing !== null) {
      this.#rejected += 1;
      observation.failed(relayFull(limit), startedAtUs);
      client.on('error', () => client.destroy());
      client.resetAndDestroy();
      return;
    }
    const connection = new RelayedConnection({
      client,
      names: this.#options,
      target: this.#options.target(),
      observation,
      startedAtUs,
      nowUs: this.#nowUs,
      onClosed: () => this.#live.delete(client),
      onRefused: () => (this.#refused += 1),
    });
    this.#live.set(client, { connection, observation });
    connection.start();
  }

  #observe(startedAtUs: number): Observation {
    return new Observation({
      client: this.#options.client,
      server: this.#options.server,
      connectionId: this.#options.ids.next(),
      startedAtUs,
      sink: this.#options.sink,
      queue: this.#queue,
      decoder: this.#options.decoder ?? decoderFor,
      counters: this.#counters,
    });
  }
}
