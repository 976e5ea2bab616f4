import type {
  ConnectionContext,
  DecodedCall,
  Decoder,
} from '../../../domain/calls/protocols/decoder.ts';
import { ACK, FIN, RST, SYN, type Frame } from '../frames/frame.ts';
import { REORDER_US_MAX, type CaptureLimits } from '../limits.ts';
import { withEvidence } from './evidence.ts';
import { Handshake } from './handshake.ts';
import { otherOf, Reassembly, type From, type ReassemblyHost } from './reassembly.ts';
import type { Listed, Recency } from './recency.ts';
import { plus } from './sequence.ts';
import { Stalls } from './stalls.ts';

/** What a connection asks of whoever keeps it. */
export interface ConnectionHost {
  readonly limits: CaptureLimits;
  /** Whose bytes are the client's, when the handshake was not seen. */
  guessClient(ends: Ends, first: readonly (Uint8Array | null)[]): From;
  contextOf(connection: Connection, emit: (call: DecodedCall) => void): ConnectionContext;
  decoderFor(context: ConnectionContext): Decoder;
  /** The server granted or refused this client a connection. */
  heard(connection: Connection, atUs: number): void;
  /** It did so for any connection of this client near that time. */
  isHeard(connection: Connection): boolean;
  record(connection: Connection, call: DecodedCall): void;
  countHeld(difference: number): void;
  countLost(bytes: number): void;
}

export interface Endpoint {
  readonly address: Int32Array;
  readonly port: number;
}

export type Ends = readonly [Endpoint, Endpoint];

/** One TCP connection: its handshake, its bytes to a decoder, and the calls that come of both. */
export class Connection implements ReassemblyHost, Listed<Connection> {
  readonly ends: Ends;
  readonly number: number;
  readonly startedAtUs: number;
  lastAtUs: number;
  /** Both ended, or reset: kept for a moment for what still comes. */
  isClosed = false;
  /** All was told. */
  isFinished = false;
  /** Its places among the others; managed by whoever keeps it. */
  nextInBucket: Connection | null = null;
  newer: Connection | null = null;
  older: Connection | null = null;
  home: Recency<Connection> | null = null;
  readonly #host: ConnectionHost;
  readonly #reassembly: Reassembly;
  readonly #stalls: readonly [Stalls, Stalls] = [new Stalls(), new Stalls()];
  #client: From | null = null;
  #clientSequence: number | null = null;
  #context: ConnectionContext | null = null;
  #handshake: Handshake | null = null;
  #decoder: Decoder | null = null;

  constructor(
    host: ConnectionHost,
    ends: Ends,
    of: { readonly number: number; readonly atUs: number },
  ) {
    this.#host = host;
    this.ends = ends;
    this.number = of.number;
    this.startedAtUs = of.atUs;
    this.lastAtUs = of.atUs;
    this.#reassembly = new Reassembly(this);
  }

  get limits(): CaptureLimits {
    return this.#host.limits;
  }

  get client(): Endpoint {
    return this.ends[this.#client ?? 0];
  }

  get server(): Endpoint {
    return this.ends[otherOf(this.#client ?? 0)];
  }

  /** What its two ends are called. */
  get names(): ConnectionContext {
    return this.#mustContext();
  }

  /** First sequence number of the client, where its SYN was seen. */
  get clientSequence(): number | null {
    return this.#clientSequence;
  }

  /** Asked for and not granted, with nothing said yet. */
  get isOpening(): boolean {
    return this.#handshake !== null && !this.#handshake.isGranted && this.#decoder === null;
  }

  get isHolding(): boolean {
    return this.#reassembly.isHolding;
  }

  /** False for what belongs to another connection of the same ends, before or after this one. */
  isOwn(frame: Frame, from: From): boolean {
    const { flags, sequence, atUs } = frame;
    if ((flags & (SYN | ACK)) === SYN) {
      const isCopy = sequence === this.#clientSequence && from === this.#client;
      if (this.isClosed) return isCopy && atUs - this.lastAtUs <= REORDER_US_MAX;
      return isCopy || (this.#clientSequence === null && this.#reassembly.fits(from, sequence));
    }
    return this.isFinished || this.#reassembly.fits(from, sequence);
  }

  segment(frame: Frame, from: From): void {
    if (this.isFinished) return;
    const { flags, atUs } = frame;
    if (atUs > this.lastAtUs) this.lastAtUs = atUs;
    if ((flags & ACK) !== 0) this.#reassembly.acknowledge(from, frame.acknowledgement);
    if ((flags & SYN) !== 0) this.#sawSyn(frame, from);
    else if ((flags & RST) === 0) this.#stalls[from].sawWindow(frame.window, atUs);
    if ((flags & RST) !== 0) this.#sawReset(frame, from);
    else if (frame.payloadLength > 0 || (flags & FIN) !== 0) this.#reassembly.bytes(frame, from);
    if (this.#reassembly.isHolding) this.#reassembly.pump(atUs);
  }

  /** Time goes by without a packet. */
  advance(atUs: number): void {
    if (!this.isFinished) this.#reassembly.pump(atUs);
  }

  /** Hands on what is held, giving up what is missing. */
  force(): void {
    if (!this.isFinished) this.#reassembly.force(this.lastAtUs);
  }

  unreachable(address: string, code: string, atUs: number): void {
    if (this.isFinished || !this.isOpening) return;
    this.#end(this.#mustHandshake().unreachable(address, code, atUs));
  }

  /** Nothing more will come. */
  finish(atUs: number): void {
    this.force();
    if (this.isFinished) return;
    if (this.isOpening) this.#end(this.#unanswered(atUs));
    else if (this.#handshake !== null || this.#decoder !== null) {
      const decoder = this.#mustDecoder();
      this.#close();
      decoder.onCaptureEnd(this.#reassembly.isEnded ? this.lastAtUs : atUs);
    } else this.#close();
  }

  /** What is open, as it would be told if the recording ended here. */
  openCalls(atUs: number): readonly DecodedCall[] {
    if (this.isFinished) return [];
    if (this.isOpening) return [this.#unanswered(atUs)];
    if (this.#decoder === null) return [];
    return this.#decoder.openCalls(atUs).map((call) => this.#withEvidence(call));
  }

  onBytes(from: From, bytes: Uint8Array, atUs: number, lostBytes: number): void {
    const decoder = this.#mustDecoder();
    if (from === this.#client) decoder.onClientBytes(bytes, atUs, lostBytes);
    else decoder.onServerBytes(bytes, atUs, lostBytes);
  }

  onEnd(from: From, atUs: number): void {
    const decoder = this.#mustDecoder();
    if (from === this.#client) decoder.onClientEnd(atUs);
    else decoder.onServerEnd(atUs);
    if (this.#reassembly.isEnded) this.isClosed = true;
  }

  onReset(from: From, atUs: number): void {
    const decoder = this.#decoder ?? (this.#handshake === null ? null : this.#mustDecoder());
    this.#close();
    decoder?.onReset(from === this.#client ? 'client' : 'server', atUs);
    decoder?.onCaptureEnd(atUs);
  }

  onJoin(first: readonly (Uint8Array | null)[]): void {
    this.#client ??= this.#host.guessClient(this.ends, first);
  }

  onRepeated(from: From, sequence: number, atUs: number): void {
    this.#stalls[otherOf(from)].sawAgain(sequence, atUs);
  }

  countHeld(difference: number): void {
    this.#host.countHeld(difference);
  }

  countLost(bytes: number): void {
    this.#host.countLost(bytes);
  }

  /** The SYN has a number of its own; bytes that come with it begin after it. */
  #sawSyn(frame: Frame, from: From): void {
    const isGrant = (frame.flags & ACK) !== 0;
    this.#client ??= isGrant ? otherOf(from) : from;
    if (!isGrant) this.#clientSequence ??= frame.sequence;
    frame.sequence = plus(frame.sequence, 1);
    this.#reassembly.begin(from, frame.sequence, isGrant ? frame.acknowledgement : null);
    if (isGrant) {
      this.#mustHandshake().sawGrant(frame.atUs);
      this.#host.heard(this, frame.atUs);
    } else this.#mustHandshake().sawAsk(frame.atUs);
  }

  #sawReset(frame: Frame, from: From): void {
    if (!this.isOpening || this.isHolding) this.#reassembly.reset(frame, from);
    else if (from === this.#client) this.#end(this.#mustHandshake().aborted(frame.atUs));
    else {
      this.#host.heard(this, frame.atUs);
      this.#end(this.#mustHandshake().refused(frame.atUs));
    }
  }

  #unanswered(atUs: number): DecodedCall {
    return this.#mustHandshake().unanswered(atUs, this.#host.isHeard(this));
  }

  #end(call: DecodedCall): void {
    this.#close();
    this.#host.record(this, call);
  }

  #close(): void {
    this.isFinished = true;
    this.isClosed = true;
    this.#reassembly.discard();
  }

  #mustContext(): ConnectionContext {
    this.#client ??= 0;
    this.#context ??= this.#host.contextOf(this, (call) => {
      this.#host.record(this, this.#withEvidence(call));
    });
    return this.#context;
  }

  #mustHandshake(): Handshake {
    this.#handshake ??= new Handshake(this.#mustContext(), this.server.port);
    return this.#handshake;
  }

  #mustDecoder(): Decoder {
    this.#decoder ??= this.#host.decoderFor(this.#mustContext());
    return this.#decoder;
  }

  #withEvidence(call: DecodedCall): DecodedCall {
    if (call.outcome === 'ok') return call;
    const client = this.#client ?? 0;
    return withEvidence(call, {
      context: this.#mustContext(),
      atUs: this.lastAtUs,
      clientStalls: this.#stalls[client],
      serverStalls: this.#stalls[otherOf(client)],
      isBacklogged: this.#handshake?.isBacklogged === true,
    });
  }
}
