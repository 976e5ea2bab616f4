import { connect, type Socket } from 'node:net';
import type { Side } from '../../../domain/calls/protocols/decoder.ts';
import { clientAbort, noEndpoints } from '../../../domain/calls/protocols/transport.ts';
import { connectFailureOf, type RelayTarget } from './connect-failure.ts';
import type { Observation } from './observation.ts';

export interface RelayedConnectionOptions {
  /** Accepted with `allowHalfOpen`. */
  readonly client: Socket;
  readonly names: { readonly client: string; readonly server: string };
  readonly target: RelayTarget | null;
  readonly observation: Observation;
  readonly startedAtUs: number;
  readonly nowUs: () => number;
  /** Both sockets are closed. */
  readonly onClosed: () => void;
  /** The target could not be reached. */
  readonly onRefused: () => void;
}

/**
 * Two sockets joined so that neither end notices: bytes at once, each side's end and reset passed
 * on as what they are, and a side that reads slowly slows the other down.
 *
 * One thing differs from a direct connection: the caller is connected before the target is. A
 * target that refuses is seen by the caller as a reset right after connecting, not as a refusal.
 */
export class RelayedConnection {
  readonly #options: RelayedConnectionOptions;
  readonly #observation: Observation;
  #server: Socket | null = null;
  #isConnected = false;
  #isOver = false;
  #openSockets = 1;

  constructor(options: RelayedConnectionOptions) {
    this.#options = options;
    this.#observation = options.observation;
  }

  start(): void {
    const { client, target } = this.#options;
    client.on('close', () => this.#socketClosed());
    client.on('error', () => this.#failed('client'));
    if (target === null) {
      this.#refuse(noEndpoints(this.#options.names.server));
      return;
    }
    const server = connect({ ...target, allowHalfOpen: true, noDelay: true });
    this.#server = server;
    this.#openSockets = 2;
    server.on('close', () => this.#socketClosed());
    server.on('connect', () => {
      this.#isConnected = true;
      this.#observation.connected();
    });
    server.on('error', (error) => {
      if (this.#isConnected) this.#failed('server');
      else this.#connectFailed(error, target);
    });
    // Until the target is connected its socket keeps what is written, and asks to pause soon.
    this.#pump('client', client, server);
    this.#pump('server', server, client);
  }

  /** Ends both sides at once, whatever they are doing. */
  destroy(): void {
    this.#isOver = true;
    this.#options.client.destroy();
    this.#server?.destroy();
  }

  #pump(side: Side, from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => {
      const atUs = this.#options.nowUs();
      if (to.writable && !to.write(chunk)) from.pause();
      this.#observation.bytes(side, chunk, atUs);
    });
    to.on('drain', () => from.resume());
    from.on('end', () => {
      to.end();
      this.#observation.end(side, this.#options.nowUs());
    });
  }

  /** A socket broke: its side reset the connection, so the other side gets a reset too. */
  #failed(side: Side): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const atUs = this.#options.nowUs();
    if (side === 'client' && !this.#isConnected && this.#server !== null) {
      const ageUs = atUs - this.#options.startedAtUs;
      this.#observation.failed(clientAbort(this.#options.names.client, ageUs), atUs);
      this.#server.destroy();
      return;
    }
    this.#observation.reset(side, atUs);
    reset(side === 'client' ? this.#server : this.#options.client);
  }

  #connectFailed(error: unknown, target: RelayTarget): void {
    if (this.#isOver) return;
    const waitedUs = this.#options.nowUs() - this.#options.startedAtUs;
    const { server } = this.#options.names;
    this.#refuse(connectFailureOf(error, { server, target, waitedUs }));
  }

  #refuse(ending: ReturnType<typeof noEndpoints>): void {
    this.#isOver = true;
    this.#options.onRefused();
    this.#observation.failed(ending, this.#options.nowUs());
    reset(this.#options.client);
  }

  #socketClosed(): void {
    this.#openSockets -= 1;
    if (this.#openSockets > 0) return;
    if (this.#isConnected) this.#observation.finish(this.#options.nowUs());
    this.#options.onClosed();
  }
}

function reset(socket: Socket | null): void {
  if (socket !== null && !socket.destroyed) socket.resetAndDestroy();
}
