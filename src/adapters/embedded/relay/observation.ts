import type { CallSink } from '../../../application/ports/call-store.ts';
import type { Call } from '../../../domain/calls/call.ts';
import type {
  ConnectionContext,
  DecodedCall,
  Decoder,
  Side,
} from '../../../domain/calls/protocols/decoder.ts';
import { OpaqueDecoder } from '../../../domain/calls/protocols/opaque.ts';
import { notFollowed, type Ending } from '../../../domain/calls/protocols/transport.ts';
import type { DecodeQueue } from './decode-queue.ts';

export interface ObservationOptions {
  readonly client: string;
  readonly server: string;
  readonly connectionId: string;
  readonly startedAtUs: number;
  readonly sink: CallSink;
  readonly queue: DecodeQueue;
  readonly decoder: (context: ConnectionContext) => Decoder;
  readonly counters: ObservationCounters;
}

/** Grow only. */
interface ObservationCounters {
  droppedBytes: number;
  decoderErrors: number;
}

type Event = (decoder: Decoder) => void;

const NOTHING = new Uint8Array(0);
const DECODER_FAILED = notFollowed('decoder_failed', 'the decoder failed');

/**
 * What the relay tells of one connection: events in, calls to the sink, later and elsewhere.
 *
 * Nothing that goes wrong here reaches the forwarding. Until the target is connected, events wait:
 * of a connection that never came about only the refusal is told.
 */
export class Observation {
  readonly #options: ObservationOptions;
  readonly #context: ConnectionContext;
  #decoder: Decoder;
  /** Null once the target is connected. */
  #early: { readonly bytes: number; readonly event: Event }[] | null = [];
  #lost: Record<Side, number> = { client: 0, server: 0 };
  #calls = 0;

  constructor(options: ObservationOptions) {
    this.#options = options;
    this.#context = {
      client: options.client,
      server: options.server,
      startedAtUs: options.startedAtUs,
      nextIndex: () => {
        this.#calls += 1;
        return this.#calls - 1;
      },
      emit: (call) => this.#record(call, 'both'),
    };
    this.#decoder = options.decoder(this.#context);
  }

  connected(): void {
    const early = this.#early ?? [];
    this.#early = null;
    for (const { bytes, event } of early) this.#insist(bytes, event);
  }

  /** The connection to the target did not come about. */
  failed(ending: Ending, atUs: number): void {
    this.#early = [];
    this.#record(this.#connectCall(ending, atUs), 'client');
  }

  bytes(side: Side, chunk: Uint8Array, atUs: number): void {
    const lostBytes = this.#lost[side];
    const event = bytesEvent(side, chunk, atUs, lostBytes);
    if (this.#early !== null) this.#early.push({ bytes: chunk.length, event });
    else if (this.#options.queue.offer(chunk.length, () => this.#run(event))) this.#lost[side] = 0;
    else {
      this.#lost[side] += chunk.length;
      this.#options.counters.droppedBytes += chunk.length;
    }
  }

  end(side: Side, atUs: number): void {
    this.#control(atUs, (decoder) =>
      side === 'client' ? decoder.onClientEnd(atUs) : decoder.onServerEnd(atUs),
    );
  }

  reset(side: Side, atUs: number): void {
    this.#control(atUs, (decoder) => decoder.onReset(side, atUs));
  }

  /** Both sockets are closed. */
  finish(atUs: number): void {
    this.#control(atUs, (decoder) => decoder.onCaptureEnd(atUs));
  }

  openCalls(atUs: number): readonly Call[] {
    try {
      return this.#decoder.openCalls(atUs).map((call) => this.#callOf(call, 'both'));
    } catch {
      return [];
    }
  }

  /** Never dropped; after what was lost before it. */
  #control(atUs: number, event: Event): void {
    for (const side of ['client', 'server'] as const) {
      if (this.#lost[side] > 0) this.#insist(0, bytesEvent(side, NOTHING, atUs, this.#lost[side]));
      this.#lost[side] = 0;
    }
    this.#insist(0, event);
  }

  #insist(bytes: number, event: Event): void {
    if (this.#early === null) this.#options.queue.insist(bytes, () => this.#run(event));
    else this.#early.push({ bytes, event });
  }

  #run(event: Event): void {
    try {
      event(this.#decoder);
    } catch {
      this.#replaceDecoder();
    }
  }

  #replaceDecoder(): void {
    this.#options.counters.decoderErrors += 1;
    const open = this.openCalls(this.#options.startedAtUs);
    this.#decoder = new OpaqueDecoder(this.#context);
    for (const call of open) {
      this.#deliver({ ...call, ...DECODER_FAILED, status: null, confidence: 'low' });
    }
  }

  #connectCall(ending: Ending, atUs: number): DecodedCall {
    return {
      index: this.#context.nextIndex(),
      protocol: 'tcp',
      operation: 'connect',
      startedAtUs: this.#options.startedAtUs,
      firstByteAtUs: null,
      endedAtUs: atUs,
      ...ending,
      status: null,
      correlation: {},
      confidence: 'high',
    };
  }

  #record(call: DecodedCall, side: Call['side']): void {
    this.#deliver(this.#callOf(call, side));
  }

  #deliver(call: Call): void {
    this.#options.sink.record(call);
  }

  #callOf({ index, ...call }: DecodedCall, side: Call['side']): Call {
    return {
      id: `${this.#options.connectionId}-${index}`,
      client: this.#options.client,
      server: this.#options.server,
      ...call,
      side,
      connectionId: this.#options.connectionId,
    };
  }
}

function bytesEvent(side: Side, bytes: Uint8Array, atUs: number, lostBytes: number): Event {
  return side === 'client'
    ? (decoder) => decoder.onClientBytes(bytes, atUs, lostBytes)
    : (decoder) => decoder.onServerBytes(bytes, atUs, lostBytes);
}
