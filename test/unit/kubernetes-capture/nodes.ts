import {
  pcapHeader,
  pcapRecord,
  type RecordedPacket,
} from '../../../src/adapters/capture/format/pcap-writer.ts';
import { CAPTURE_LIMITS } from '../../../src/adapters/capture/limits.ts';
import { NodeDecoder } from '../../../src/adapters/capture/node-decoder.ts';
import { streamDecoding } from '../../../src/adapters/capture/stream-decoding.ts';
import type { OpenNodeDecoding } from '../../../src/adapters/kubernetes/capture/nodes/node-stream.ts';
import { joinBytes } from '../../support/packets.ts';
import type { Wire } from '../../support/tcp-wire.ts';

/** What the capturer of a node sends, and the real passive stack behind it. */

export const openNodeDecoding: OpenNodeDecoding = (options) =>
  streamDecoding(new NodeDecoder({ ...options, limits: CAPTURE_LIMITS }));

const LINK_SLL2 = 276;
const OPTIONS = { linkType: LINK_SLL2 };

/** The packets of a conversation as one interface shows them; `inner`: whoever is in the pod behind it. */
export function shownAt(index: number, inner: string, wire: Wire): readonly RecordedPacket[] {
  return wire.packets.map(({ bytes, atUs }) => {
    const source = [...bytes.subarray(12, 16)].join('.');
    const header = new Uint8Array(20);
    const view = new DataView(header.buffer);
    view.setUint16(0, 0x0800);
    view.setUint32(4, index);
    view.setUint8(10, source === inner ? 0 : 4);
    return { bytes: joinBytes(header, bytes), atUs };
  });
}

export function nodeCapture(packets: readonly RecordedPacket[]): Uint8Array {
  const inOrder = packets.toSorted((a, b) => a.atUs - b.atUs);
  const records = inOrder.map((packet) => pcapRecord(packet, OPTIONS));
  return joinBytes(pcapHeader(OPTIONS), ...records);
}
