import { describe, expect, it } from 'vitest';
import {
  brief,
  callsOf,
  client,
  end,
  recorder,
  play,
  reset,
  server,
  START_US,
  type Step,
} from '../../support/conversations.ts';

const QUERY = '\u0000\u0001select';
const ROWS = '\u0000\u0002rows';

interface Case {
  readonly title: string;
  readonly steps: readonly Step[];
  readonly call: string;
  readonly reason: string | null;
}

const CASES: readonly Case[] = [
  {
    title: 'is ok when bytes went both ways and both sides closed',
    steps: [client(QUERY), server(ROWS), end('client', 5), end('server', 6)],
    call: 'connect ok',
    reason: null,
  },
  {
    title: 'is unknown when all that the server said was lost',
    steps: [client(QUERY), server('', 1, 90), end('server', 5), end('client', 6)],
    call: 'connect unknown bytes_lost low',
    reason: 'the answer was not seen: bytes of the connection were lost',
  },
  {
    title: 'is ok when only a part of it was lost',
    steps: [client(QUERY), server(ROWS, 1, 90), end('server', 5), end('client', 6)],
    call: 'connect ok low',
    reason: null,
  },
  {
    title: 'is ok too when the server closes first',
    steps: [client(QUERY), server(ROWS), client('bye'), end('server', 5), end('client', 6)],
    call: 'connect ok',
    reason: null,
  },
  {
    title: 'is no failure while it is open',
    steps: [server('greeting'), client(QUERY), server(ROWS, 60_000)],
    call: 'connect unknown tcp.open',
    reason: 'still open when the recording ended',
  },
  {
    title: 'fails when the server closes without a word',
    steps: [client(QUERY), end('server', 5), end('client', 5)],
    call: 'connect transport_error tcp.closed_before_response',
    reason: 'cart closed the connection without answering',
  },
  {
    title: 'fails when the server resets without a word',
    steps: [client(QUERY), reset('server', 7)],
    call: 'connect transport_error tcp.reset_before_response',
    reason: 'cart reset the connection after 7 ms without answering connect',
  },
  {
    title: 'fails when the server resets later',
    steps: [client(QUERY), server(ROWS), reset('server', 7)],
    call: 'connect transport_error tcp.reset',
    reason: 'cart reset the connection after 6 bytes from it',
  },
  {
    title: 'is timed out when the client leaves unanswered at a round age',
    steps: [client(QUERY), end('client', 5_060), end('server', 5_061)],
    call: 'connect timeout tcp.client_abort',
    reason: 'checkout gave up after 5.06s',
  },
  {
    title: 'is unknown when the client leaves unanswered at another age',
    steps: [client(QUERY), end('client', 40), end('server', 41)],
    call: 'connect unknown tcp.unanswered',
    reason: 'checkout closed the connection without an answer from cart',
  },
  {
    title: 'is unknown when the client only connected',
    steps: [end('client', 1), end('server', 1)],
    call: 'connect unknown tcp.unanswered',
    reason: 'checkout closed the connection without sending anything',
  },
  {
    title: 'is unknown when the server spoke and closed',
    steps: [server('too many connections'), end('server', 1), end('client', 1)],
    call: 'connect unknown tcp.unanswered',
    reason: 'cart closed the connection before checkout sent anything',
  },
  {
    title: 'is cancelled when the client resets in the middle',
    steps: [client(QUERY), server(ROWS, 3), reset('client', 5_000)],
    call: 'connect cancelled tcp.client_abort',
    reason: 'checkout gave up after 5s',
  },
  {
    title: 'is timed out when the client resets a round time after its last question',
    steps: [client(QUERY), server(ROWS, 3), client(QUERY, 1_000), reset('client', 3_000)],
    call: 'connect timeout tcp.client_abort',
    reason: 'checkout gave up after 2s',
  },
  {
    title: 'is ok when the client resets what it had closed',
    steps: [client(QUERY), server(ROWS), end('client', 5), end('client', 6), reset('client', 7)],
    call: 'connect ok',
    reason: null,
  },
  {
    title: 'knows less when bytes were lost',
    steps: [client(QUERY), server(ROWS, 3, 100), end('client', 5), end('server', 6)],
    call: 'connect ok low',
    reason: null,
  },
];

describe('a conversation in an unknown protocol', () => {
  it.each(CASES)('$title', ({ steps, call, reason }) => {
    const calls = callsOf(steps);
    expect(calls.map((each) => brief(each))).toEqual([call]);
    expect(calls[0]).toMatchObject({ reason, protocol: 'tcp', startedAtUs: START_US });
  });

  it('lasts from the connection to its last end, and never ends while open', () => {
    const closed = callsOf([
      client(QUERY, 1),
      server(ROWS, 2),
      end('server', 5),
      end('client', 9),
    ])[0];
    expect(closed).toMatchObject({ firstByteAtUs: START_US + 2_000, endedAtUs: START_US + 9_000 });
    expect(callsOf([client(QUERY, 1), server(ROWS, 2)])[0]?.endedAtUs).toBeNull();
  });

  it('is told once, whatever comes after its end', () => {
    const { calls, decoder } = recorder();
    play(decoder, [client(QUERY), reset('server'), reset('client'), end('client'), client(QUERY)]);
    decoder.onCaptureEnd(START_US);
    expect(calls).toHaveLength(1);
    expect(decoder.openCalls(START_US)).toEqual([]);
  });
});
