import { CaptureDecoder } from '../../../src/adapters/capture/capture-decoder.ts';
import { streamDecoding } from '../../../src/adapters/capture/stream-decoding.ts';
import type { OpenDecoding } from '../../../src/adapters/kubernetes/capture/analyser/tap-stream.ts';
import type { Wire } from '../../support/tcp-wire.ts';
import { captureOf } from '../../support/tcp-wire.ts';

/** The real passive stack, as `offshoot tap` gives it to the analyser. */
export const openDecoding: OpenDecoding = ({ idPrefix, onCall }) =>
  streamDecoding(new CaptureDecoder({ idPrefix, onCall }));

/** What the tap of a pod sends. */
export function streamOf(
  pod: {
    readonly component: string;
    readonly address: string;
    readonly probes?: readonly string[];
  },
  ...wires: readonly Wire[]
): Uint8Array {
  const facts = JSON.stringify({ component: pod.component, probes: pod.probes ?? [] });
  const hello = `OFFSHOOT-TAP/1 uid-of-${pod.component} ${pod.address} ${facts}\n`;
  return Buffer.concat([Buffer.from(hello), captureOf(wires.flatMap(({ packets }) => packets))]);
}
