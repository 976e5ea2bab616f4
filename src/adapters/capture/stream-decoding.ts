import { CaptureReader } from './format/capture-reader.ts';
import type { Packet } from './format/packet.ts';

/** What decodes the packets of a recording; `Open` is how it shows a call that is not over. */
export interface PacketDecoder<Open> {
  readonly counters: { readonly evicted: number };
  /** Address → name that somebody asked for. */
  readonly names: ReadonlyMap<string, string>;
  packet(packet: Packet): void;
  end(): void;
  openCalls(laterUs: number): readonly Open[];
}

/** Bytes of a recording in, while it goes on. */
export interface StreamDecoding<Open> {
  /** @throws {OperationError} `CAPTURE_INVALID` when these are no packets. */
  push(bytes: Uint8Array): void;
  end(): void;
  openCalls(atUs: number): readonly Open[];
  readonly names: ReadonlyMap<string, string>;
  /** Packets and connections that are known to be missing. */
  readonly dropped: number;
}

export function streamDecoding<Open>(decoder: PacketDecoder<Open>): StreamDecoding<Open> {
  const reader = new CaptureReader((packet) => decoder.packet(packet));
  return {
    push: (bytes) => reader.push(bytes),
    end: () => decoder.end(),
    openCalls: (atUs) => decoder.openCalls(atUs),
    get names() {
      return decoder.names;
    },
    get dropped() {
      return reader.counters.droppedByRecorder + decoder.counters.evicted;
    },
  };
}
