import type { Call } from '../../domain/calls/call.ts';
import type { DecodedCall } from '../../domain/calls/protocols/decoder.ts';
import { decoderFor } from '../../domain/calls/protocols/detect.ts';
import { DETECTORS } from '../../domain/calls/protocols/detectors.ts';
import type { DnsPath } from '../../domain/calls/protocols/dns-held.ts';
import { DnsTraffic } from './dns-traffic.ts';
import type { Packet } from './format/packet.ts';
import { endpointText } from './frames/addresses.ts';
import { FrameParser, type FrameCounters } from './frames/frame-parser.ts';
import { TCP, UDP } from './frames/frame.ts';
import { CAPTURE_LIMITS, type CaptureLimits } from './limits.ts';
import type { Connection } from './tcp/connection.ts';
import { Connections, type ConnectionCounters } from './tcp/connections.ts';

export interface CaptureDecoderOptions {
  readonly onCall: (call: Call) => void;
  readonly limits?: CaptureLimits;
  /** Which end of the calls the recorder stood at; a file from anywhere: both. */
  readonly side?: Call['side'];
  /** Before the ids of connections, to tell recordings apart. */
  readonly idPrefix?: string;
  /** What clients and servers are called; else `ip:port`. */
  readonly nameOf?: (address: Int32Array, port: number) => string;
}

export interface DecoderCounters extends FrameCounters, ConnectionCounters {
  readonly calls: number;
  readonly droppedFragments: number;
}

/**
 * Packets in, calls out: the whole passive stack of one recording.
 *
 * Its clock is that of the packets. It never throws, whatever they hold; memory is bounded by the limits.
 */
export class CaptureDecoder {
  readonly #options: CaptureDecoderOptions;
  readonly #frames = new FrameParser();
  readonly #connections: Connections;
  readonly #dns: DnsTraffic;
  #calls = 0;
  #nowUs = 0;

  constructor(options: CaptureDecoderOptions) {
    this.#options = options;
    this.#connections = new Connections({
      limits: options.limits ?? CAPTURE_LIMITS,
      detectors: DETECTORS,
      decoderFor,
      record: (connection, call) => this.#tell(this.#callOf(connection, call)),
      nameOf: options.nameOf ?? endpointText,
    });
    this.#dns = new DnsTraffic((call, path) => this.#tell(this.#dnsCallOf(call, path)));
  }

  /** Address → name that somebody asked for. */
  get names(): ReadonlyMap<string, string> {
    return this.#dns.names;
  }

  get counters(): DecoderCounters {
    return {
      ...this.#frames.counters,
      ...this.#connections.counters,
      calls: this.#calls,
      droppedFragments: this.#frames.fragments.dropped,
    };
  }

  packet(packet: Packet): void {
    if (packet.atUs > this.#nowUs) this.#nowUs = packet.atUs;
    this.#connections.advance(this.#nowUs);
    if (!this.#frames.parse(packet)) return;
    const { frame } = this.#frames;
    if (frame.protocol === TCP) this.#connections.segment(frame);
    else if (frame.protocol === UDP) {
      if (!this.#dns.datagram(frame)) this.#frames.counters.other += 1;
    } else if (frame.unreachableProtocol === TCP) this.#connections.unreachable(frame);
    else this.#dns.unreachable(frame);
  }

  /** The recording ended: tells what is open. */
  end(): void {
    this.#connections.end(this.#nowUs);
    this.#dns.end(this.#nowUs);
  }

  /**
   * What is open, as it would be told if the recording ended now; told again when it ends, with the same id
   * but where not even the connection came about.
   *
   * @param laterUs - When it is known that nothing came since the last packet: until when.
   */
  openCalls(laterUs = 0): readonly Call[] {
    const atUs = Math.max(this.#nowUs, laterUs);
    return [
      ...this.#connections
        .openConnections()
        .flatMap((connection) =>
          connection.openCalls(atUs).map((call) => this.#callOf(connection, call)),
        ),
      ...this.#dns.openCalls(atUs).map(([call, path]) => this.#dnsCallOf(call, path)),
    ];
  }

  #tell(call: Call): void {
    this.#calls += 1;
    this.#options.onCall(call);
  }

  #callOf(connection: Connection, call: DecodedCall): Call {
    const connectionId = `${this.#options.idPrefix ?? ''}c${connection.number}`;
    const { client, server } = connection.names;
    return this.#whole(call, connectionId, { client, server, id: `${connectionId}-${call.index}` });
  }

  #dnsCallOf(call: DecodedCall, { client, server }: DnsPath): Call {
    const id = `${this.#options.idPrefix ?? ''}dns-${call.index}`;
    return this.#whole(call, id, { client, server, id });
  }

  #whole(
    call: DecodedCall,
    connectionId: string,
    of: { readonly id: string; readonly client: string; readonly server: string },
  ): Call {
    return {
      id: of.id,
      client: of.client,
      server: of.server,
      protocol: call.protocol,
      operation: call.operation,
      startedAtUs: call.startedAtUs,
      firstByteAtUs: call.firstByteAtUs,
      endedAtUs: call.endedAtUs,
      outcome: call.outcome,
      errorType: call.errorType,
      reason: call.reason,
      side: this.#options.side ?? 'both',
      status: call.status,
      correlation: call.correlation,
      confidence: call.confidence,
      connectionId,
    };
  }
}
