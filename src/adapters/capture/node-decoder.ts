import type { Call } from '../../domain/calls/call.ts';
import { CaptureDecoder } from './capture-decoder.ts';
import { BIG_ENDIAN, byte } from './format/integers.ts';
import type { Packet } from './format/packet.ts';
import { addressText, readIpv4, readIpv6 } from './frames/addresses.ts';
import { LINK_SLL2, networkLayerOf } from './frames/link-layer.ts';
import type { CaptureLimits } from './limits.ts';

/**
 * Packets of all interfaces of a node in, calls out, as each pod saw them.
 *
 * A node shows a packet at every interface that it passes, before and after its addresses are translated. Only
 * at the node's end of a pod's own interface does it look as it does to the pod: there each pod is
 * decoded for itself, and what was seen elsewhere is left out.
 */
export interface NodeDecoderOptions {
  readonly idPrefix: string;
  readonly limits: CaptureLimits;
  /** Indexes of interfaces whose other end is in a pod. */
  readonly ends: ReadonlySet<number>;
  /** Whether an address is that of a pod that is to be decoded. */
  readonly isPod: (address: string) => boolean;
  readonly onCall: (address: string, call: Call) => void;
}

/** Of SLL2: what the node itself sends out there, which is what the pod receives. */
const OUTGOING = 4;
const INTERFACE_AT = 4;
const DIRECTION_AT = 10;

export class NodeDecoder {
  readonly #options: NodeDecoderOptions;
  readonly #decoders = new Map<string, CaptureDecoder>();
  readonly #address = new Int32Array(4);

  constructor(options: NodeDecoderOptions) {
    this.#options = options;
  }

  packet(packet: Packet): void {
    const address = this.#podOf(packet);
    if (address !== null && this.#options.isPod(address)) this.#decoderOf(address).packet(packet);
  }

  /** The recording ended: tells what is open. */
  end(): void {
    for (const decoder of this.#decoders.values()) decoder.end();
  }

  /** What is open, with the pod that it was seen at. */
  openCalls(laterUs: number): readonly (readonly [address: string, call: Call])[] {
    return [...this.#decoders].flatMap(([address, decoder]) =>
      decoder.openCalls(laterUs).map((call) => [address, call] as const),
    );
  }

  /** Address → name that somebody asked for. */
  get names(): ReadonlyMap<string, string> {
    return new Map([...this.#decoders.values()].flatMap(({ names }) => [...names]));
  }

  get counters(): { readonly evicted: number } {
    const decoders = [...this.#decoders.values()];
    return { evicted: decoders.reduce((sum, { counters }) => sum + counters.evicted, 0) };
  }

  /** Whoever sends into an interface of a pod from there, or is sent to by the node, is that pod. */
  #podOf(packet: Packet): string | null {
    const { bytes, start, end, linkType } = packet;
    if (linkType !== LINK_SLL2 || start + DIRECTION_AT >= end) return null;
    if (!this.#options.ends.has(BIG_ENDIAN.uint32(bytes, start + INTERFACE_AT))) return null;
    const isReceiver = byte(bytes, start + DIRECTION_AT) === OUTGOING;
    const at = networkLayerOf(packet);
    return at < 0 || at >= end ? null : this.#addressOf(bytes.subarray(at, end), isReceiver);
  }

  #addressOf(header: Uint8Array, isReceiver: boolean): string | null {
    const isIpv6 = byte(header, 0) >>> 4 === 6;
    if (header.length < (isIpv6 ? 40 : 20)) return null;
    if (isIpv6) readIpv6(this.#address, header, isReceiver ? 24 : 8);
    else readIpv4(this.#address, header, isReceiver ? 16 : 12);
    return addressText(this.#address);
  }

  #decoderOf(address: string): CaptureDecoder {
    const known = this.#decoders.get(address);
    if (known !== undefined) return known;
    const { idPrefix, limits, onCall } = this.#options;
    const decoder = new CaptureDecoder({
      limits,
      idPrefix: `${idPrefix}${address}-`,
      onCall: (call) => onCall(address, call),
    });
    this.#decoders.set(address, decoder);
    return decoder;
  }
}
