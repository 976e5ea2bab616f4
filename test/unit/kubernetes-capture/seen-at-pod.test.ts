import { describe, expect, it } from 'vitest';
import { seenAtPod } from '../../../src/adapters/kubernetes/capture/analyser/seen-at-pod.ts';
import type { Call } from '../../../src/domain/calls/call.ts';
import { callsOf } from '../../support/call-story.ts';

const POD = { addresses: ['10.0.0.5'], probes: [] };
/** Whose tap has just tried port 8443. */
const HOST = { isProof: (port: number) => port === 8443, isPod: () => true };

/** A call of this pod, as the story has it but for what is told here. */
function called(word: string, port: number, details: Partial<Call> = {}): Call {
  const [call] = callsOf(`10.0.0.5:40000 → 10.0.0.7:${port} ${word}`);
  if (call === undefined) throw new Error('the story tells no call');
  return { ...call, ...details };
}

const SILENT = { protocol: 'tcp', firstByteAtUs: null };

describe('what a tap tried', () => {
  it.each([
    ['a connection that said nothing', called('refused', 8443, SILENT)],
    ['a handshake that held', called('encrypted', 8443, { protocol: 'tls' })],
    ['a handshake that did not hold', called('tls', 8443, { protocol: 'http' })],
  ])('is nobody’s call: %s', (_, call) => {
    expect(seenAtPod(POD, call, HOST)).toBeNull();
  });

  it.each([
    ['a connection to elsewhere', called('refused', 9090, SILENT)],
    ['a handshake with somebody else', called('tls', 9443, { protocol: 'tls' })],
    ['a request to the same place', called('500', 8443, { protocol: 'http' })],
  ])('is not %s', (_, call) => {
    expect(seenAtPod(POD, call, HOST)).toEqual({ ...call, side: 'client' });
  });
});
