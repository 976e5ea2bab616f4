import { describe, expect, it } from 'vitest';
import { TapStream } from '../../../src/adapters/kubernetes/capture/analyser/tap-stream.ts';
import type { Call } from '../../../src/domain/calls/call.ts';
import { ANSWER, CLIENT, REQUEST, SERVER, START_US, Wire } from '../../support/tcp-wire.ts';
import { openDecoding, streamOf } from './taps.ts';

interface Told {
  readonly isTaken: boolean;
  readonly calls: readonly Call[];
  readonly stream: TapStream;
}

/** @param pieces - As they come from the network. */
function told(pieces: readonly Uint8Array[], isPod = false): Told {
  const calls: Call[] = [];
  const host = {
    openDecoding,
    onHello: () => undefined,
    onAnswer: () => false,
    isProof: () => false,
    isPod: () => isPod,
  };
  const stream = new TapStream({ ...host, onCall: (call) => calls.push(call) }, 1);
  const isTaken = pieces.every((piece) => stream.push(piece));
  return { isTaken, calls, stream };
}

const ASKS = { component: 'gateway', address: CLIENT.ip };
const ANSWERS = { component: 'cart', address: SERVER.ip, probes: ['/a?deep=1'] };

function conversation(options = {}): Wire {
  return new Wire(options).open().client(REQUEST).server(ANSWER).close();
}

describe('the stream of a tap', () => {
  it('tells calls from where its pod stands', () => {
    const [asked] = told([streamOf(ASKS, conversation())]).calls;
    expect(asked).toMatchObject({ operation: 'GET /a', side: 'client', outcome: 'ok' });
    const [answered] = told([streamOf(ANSWERS, conversation())], true).calls;
    expect(answered).toMatchObject({ operation: 'GET /a', side: 'server', outcome: 'ok' });
  });

  it('may come byte by byte', () => {
    const bytes = streamOf(ASKS, conversation());
    const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(told(pieces).calls).toHaveLength(1);
  });

  it('leaves out what the kubelet asks for, and nothing that a pod asks for', () => {
    const bytes = streamOf(ANSWERS, conversation());
    expect(told([bytes], false).calls).toEqual([]);
    expect(told([bytes], true).calls).toHaveLength(1);
  });

  it('has what people ask for from outside', () => {
    const bytes = streamOf({ ...ANSWERS, probes: ['/healthz'] }, conversation());
    expect(told([bytes], false).calls).toMatchObject([{ operation: 'GET /a' }]);
  });

  it('leaves out what a pod says to itself, but for what fails', () => {
    const loopback = {
      client: { ip: '127.0.0.1', port: 40_000 },
      server: { ip: '127.0.0.1', port: 6379 },
    };
    const refused = new Wire({ ...loopback, startMs: 1_000 })
      .send('client', 'S')
      .send('server', 'RA');
    const { calls } = told([streamOf(ASKS, conversation(loopback), refused)]);
    expect(calls).toMatchObject([
      { errorType: 'tcp.refused', client: `${CLIENT.ip}:40000`, server: `${CLIENT.ip}:6379` },
    ]);
  });

  it('shows a connection that nobody grants while it waits', () => {
    const again = { sequence: 1_000 };
    const asking = new Wire().send('client', 'S', again).wait(1_000).send('client', 'S', again);
    const { stream, calls } = told([streamOf(ASKS, asking)]);
    expect(calls).toEqual([]);
    expect(stream.openCalls(START_US + 10_000_000)).toMatchObject([
      { errorType: 'tcp.no_answer', outcome: 'transport_error', side: 'client' },
    ]);
  });

  it.each([
    ['of somebody else', 'GET / HTTP/1.1\r\n\r\n'],
    ['without an end of its first line', 'OFFSHOOT-TAP/1 '.padEnd(20_000, 'x')],
    ['that is no capture', 'OFFSHOOT-TAP/1 u 10.0.0.1 {"component":"cart"}\nno packets at all'],
  ])('%s is refused', (_, text) => {
    const { isTaken, calls } = told([Buffer.from(text)]);
    expect(isTaken).toBe(false);
    expect(calls).toEqual([]);
  });
});
