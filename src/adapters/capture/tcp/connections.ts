import type {
  ConnectionContext,
  DecodedCall,
  Decoder,
  Detector,
} from '../../../domain/calls/protocols/decoder.ts';
import { Moments } from '../../../domain/calls/protocols/moments.ts';
import { addressText } from '../frames/addresses.ts';
import { RST, SYN, type Frame } from '../frames/frame.ts';
import { LINGER_US, type CaptureLimits } from '../limits.ts';
import { ClientGuess } from './client-guess.ts';
import { Connection, type ConnectionHost, type Endpoint, type Ends } from './connection.ts';
import { FlowMap, isFromFirst } from './flow-map.ts';
import type { From } from './reassembly.ts';
import { Recency } from './recency.ts';
import { Twins } from './twins.ts';

export interface ConnectionsOptions {
  readonly limits: CaptureLimits;
  readonly detectors: readonly Detector[];
  readonly decoderFor: (context: ConnectionContext) => Decoder;
  readonly record: (connection: Connection, call: DecodedCall) => void;
  readonly nameOf: (address: Int32Array, port: number) => string;
}

/** Grow only, but for what is open and held. */
export interface ConnectionCounters {
  connections: number;
  /** Given up for newer ones. */
  evicted: number;
  /** Seen again on the other side of an address translation. */
  twins: number;
  lostBytes: number;
  heldBytes: number;
}

/** How often, in capture time, quiet connections are looked at, and how many at once. */
const LOOK_US = 20_000;
const LOOKS_MAX = 64;
/** A server that was heard so near to a silent moment was there. */
const HEARD_NEAR_US = 10_000_000;
const HEARD_APART_US = 1_000_000;

/** All TCP connections of a capture, within the limits. */
export class Connections implements ConnectionHost {
  readonly limits: CaptureLimits;
  readonly counters: ConnectionCounters = {
    connections: 0,
    evicted: 0,
    twins: 0,
    lostBytes: 0,
    heldBytes: 0,
  };
  readonly #options: ConnectionsOptions;
  readonly #guess: ClientGuess;
  readonly #flows = new FlowMap();
  readonly #twins = new Twins();
  readonly #heard = new Moments(HEARD_APART_US);
  readonly #muted = new FlowMap();
  readonly #mutedByAge = new Recency<Connection>();
  readonly #open = new Recency<Connection>();
  readonly #closed = new Recency<Connection>();
  readonly #holding = new Set<Connection>();
  #lastLookAtUs = 0;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.limits = options.limits;
    this.#guess = new ClientGuess(options.detectors);
  }

  get openCount(): number {
    return this.#flows.size;
  }

  segment(frame: Frame): void {
    const known = this.#flows.find(frame);
    const connection = known === null ? this.#unknown(frame) : this.#known(known, frame);
    if (connection === null) return;
    connection.segment(frame, isFromFirst(connection, frame) ? 0 : 1);
    if (connection.isHolding) this.#holding.add(connection);
    if (!connection.isClosed) this.#open.touch(connection);
    else if (connection.home !== this.#closed) this.#closed.add(connection);
    if (this.counters.heldBytes > this.limits.heldBytesMax) this.#forceOldest();
  }

  unreachable(frame: Frame): void {
    const connection = this.#flows.find(frame);
    const address = addressText(frame.destination);
    connection?.unreachable(address, frame.unreachableCode, frame.atUs);
  }

  /** Ends what was quiet too long, in capture time. Cheap: to be called with every packet. */
  advance(atUs: number): void {
    if (atUs - this.#lastLookAtUs < LOOK_US) return;
    this.#lastLookAtUs = atUs;
    this.#endQuiet(this.#closed, atUs - LINGER_US);
    this.#endQuiet(this.#open, atUs - this.limits.idleUsMax);
    const muted = this.#mutedByAge.quietest;
    if (muted !== null && muted.lastAtUs < atUs - this.limits.idleUsMax) this.#unmute(muted);
    let looks = 0;
    for (const connection of this.#holding) {
      if ((looks += 1) > LOOKS_MAX) break;
      this.#holding.delete(connection);
      connection.advance(atUs);
      if (connection.isHolding) this.#holding.add(connection);
    }
  }

  end(atUs: number): void {
    this.#endQuiet(this.#closed, Infinity, atUs);
    this.#endQuiet(this.#open, Infinity, atUs);
  }

  openConnections(): readonly Connection[] {
    const found: Connection[] = [];
    for (let next = this.#open.quietest; next !== null; next = next.newer) found.push(next);
    return found;
  }

  guessClient(ends: Ends, first: readonly (Uint8Array | null)[]): From {
    return this.#guess.guess(ends, first);
  }

  contextOf(connection: Connection, emit: (call: DecodedCall) => void): ConnectionContext {
    const { nameOf } = this.#options;
    const name = ({ address, port }: Endpoint): string => nameOf(address, port);
    let index = 0;
    return {
      client: name(connection.client),
      server: name(connection.server),
      startedAtUs: connection.startedAtUs,
      nextIndex: () => {
        index += 1;
        return index - 1;
      },
      emit,
    };
  }

  decoderFor(context: ConnectionContext): Decoder {
    return this.#options.decoderFor(context);
  }

  heard(connection: Connection, atUs: number): void {
    this.#heard.note(pathOf(connection), atUs);
  }

  isHeard(connection: Connection): boolean {
    const { startedAtUs } = connection;
    const [fromUs, toUs] = [startedAtUs - HEARD_NEAR_US, startedAtUs + HEARD_NEAR_US];
    return this.#heard.hasWithin(pathOf(connection), fromUs, toUs);
  }

  record(connection: Connection, call: DecodedCall): void {
    this.#options.record(connection, call);
  }

  countHeld(difference: number): void {
    this.counters.heldBytes += difference;
  }

  countLost(bytes: number): void {
    if (Number.isFinite(bytes)) this.counters.lostBytes += bytes;
  }

  /** Only what begins something or carries bytes makes a connection. */
  #unknown(frame: Frame): Connection | null {
    const isSyn = (frame.flags & SYN) !== 0;
    if (!isSyn && (frame.payloadLength === 0 || (frame.flags & RST) !== 0)) return null;
    if (this.#isMuted(frame)) return null;
    return this.#create(frame, isSyn);
  }

  #known(connection: Connection, frame: Frame): Connection | null {
    if (connection.isOwn(frame, isFromFirst(connection, frame) ? 0 : 1)) return connection;
    if ((frame.flags & RST) !== 0) return null;
    this.#remove(connection, frame.atUs);
    return this.#unknown(frame);
  }

  #create(frame: Frame, isSyn: boolean): Connection {
    if (this.#flows.size >= this.limits.connectionsMax) this.#evict(frame.atUs);
    const connection = new Connection(this, endsOf(frame), {
      number: this.counters.connections,
      atUs: frame.atUs,
    });
    this.counters.connections += 1;
    this.#flows.add(connection);
    this.#open.add(connection);
    if (isSyn) {
      this.#guess.sawServer(frame.destination, frame.destinationPort);
      this.#twins.sawAsk(frame, connection);
    }
    return connection;
  }

  #isMuted(frame: Frame): boolean {
    const muted = this.#muted.find(frame);
    const isCopy = this.#twins.isCopy(frame);
    if (muted !== null) {
      this.#mutedByAge.touch(muted);
      muted.lastAtUs = frame.atUs;
      if (isCopy || muted.isOwn(frame, isFromFirst(muted, frame) ? 0 : 1)) return true;
      this.#unmute(muted);
      return false;
    }
    if (!isCopy) return false;
    this.#mute(frame);
    return true;
  }

  /** Followed by nobody; it only remembers which packets are copies. */
  #mute(frame: Frame): void {
    if (this.#muted.size >= this.limits.connectionsMax) this.#unmute(this.#mutedByAge.quietest);
    const twin = new Connection(this, endsOf(frame), { number: -1, atUs: frame.atUs });
    twin.segment(frame, 0);
    this.counters.twins += 1;
    this.#muted.add(twin);
    this.#mutedByAge.add(twin);
  }

  #unmute(twin: Connection | null): void {
    if (twin === null) return;
    this.#muted.remove(twin);
    this.#mutedByAge.remove(twin);
  }

  #evict(atUs: number): void {
    const quietest = this.#closed.quietest ?? this.#open.quietest;
    if (quietest === null) return;
    if (!quietest.isClosed) this.counters.evicted += 1;
    this.#remove(quietest, atUs);
  }

  #endQuiet(list: Recency<Connection>, beforeUs: number, atUs?: number): void {
    for (;;) {
      const { quietest } = list;
      if (quietest === null || quietest.lastAtUs > beforeUs) return;
      this.#remove(quietest, atUs ?? Math.max(quietest.lastAtUs, this.#lastLookAtUs));
    }
  }

  #remove(connection: Connection, atUs: number): void {
    connection.home?.remove(connection);
    this.#flows.remove(connection);
    this.#holding.delete(connection);
    connection.finish(atUs);
  }

  #forceOldest(): void {
    for (const connection of this.#holding) {
      this.#holding.delete(connection);
      connection.force();
      if (this.counters.heldBytes <= this.limits.heldBytesMax / 2) return;
    }
  }
}

/** Who asks whom, from whatever port. */
function pathOf({ client, server }: Connection): string {
  return `${addressText(client.address)} ${addressText(server.address)} ${server.port}`;
}

function endsOf(frame: Frame): Ends {
  return [
    { address: frame.source.slice(), port: frame.sourcePort },
    { address: frame.destination.slice(), port: frame.destinationPort },
  ];
}
