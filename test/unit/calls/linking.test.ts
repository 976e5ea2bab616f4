import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/domain/calls/call.ts';
import { linkCalls } from '../../../src/domain/calls/linking/linking.ts';
import { joinSides } from '../../../src/domain/calls/linking/sides.ts';
import { callsOf } from '../../support/call-story.ts';

/** Call → its parent; a question mark where it was a guess. */
function links(calls: readonly Call[]): Record<string, string> {
  const forest = linkCalls(joinSides(calls).calls);
  return Object.fromEntries(
    forest.calls.map((call) => [
      call.id,
      `${forest.parentOf(call)?.id ?? 'root'}${forest.isGuess(call) ? '?' : ''}`,
    ]),
  );
}

function withCorrelation(calls: readonly Call[], ids: Readonly<Record<string, object>>): Call[] {
  return calls.map((call) => Object.assign({ ...call }, { correlation: ids[call.id] ?? {} }));
}

describe('which call caused which', () => {
  it('is certain when the client served one call at that time', () => {
    expect(links(callsOf('test → a 200 [ a → b 200 [ b → c 200 ] a → c 200 ]'))).toEqual({
      c1: 'root',
      c2: 'c1',
      c3: 'c2',
      c4: 'c1',
    });
  });

  it('takes the call that is open for the one around another that began with it', () => {
    expect(links(callsOf('a → b 200 @0..10 test → a open @0..'))).toEqual({ c1: 'c2', c2: 'root' });
    expect(links(callsOf('a → b open @0.. test → a open @0..'))['c2']).toBe('root');
  });

  it('leaves calls that nothing caused alone', () => {
    expect(links(callsOf('worker → a 200 @0..10 a → b 200 @20..30'))).toEqual({
      c1: 'root',
      c2: 'root',
    });
  });

  it('believes spans before traces, traces before request ids, request ids before time', () => {
    const calls = callsOf(
      'test → a 200 @0..100 test → a 200 @10..110 test → a 200 @20..120 a → b 200 @50..60',
    );
    const parentOf = (own: object): string | undefined =>
      links(
        withCorrelation(calls, {
          c1: { traceId: 't', spanId: 's1', requestId: 'r1' },
          c2: { traceId: 't', spanId: 's2', requestId: 'r2' },
          c3: { traceId: 'u', spanId: 's3', requestId: 'r3' },
          c4: own,
        }),
      )['c4'];
    expect(parentOf({ traceId: 't', parentSpanId: 's2', requestId: 'r1' })).toBe('c2');
    expect(parentOf({ traceId: 'u', requestId: 'r1' })).toBe('c3');
    expect(parentOf({ traceId: 'unknown', requestId: 'r2' })).toBe('c2');
    expect(parentOf({ traceId: 't' })).toBe('c1?');
    expect(parentOf({})).toBe('c1?');
  });

  it('links by trace what a server does after it has answered', () => {
    const calls = callsOf('test → a 200 @0..10 trace=t a → b 200 @50..60 trace=t');
    expect(links(calls)['c2']).toBe('c1');
  });

  it('links by trace to the last of several that have ended, as a guess', () => {
    const calls = callsOf(
      'test → a 200 @0..10 trace=t test → a 200 @15..20 trace=t a → b 200 @50..60 trace=t',
    );
    expect(links(calls)['c3']).toBe('c2?');
  });

  it('keeps calls of different test cases apart', () => {
    const calls = callsOf(
      'test → a 200 #x @0..100 test → a 200 #y @1..100 a → b 200 #y @50..60 a → b 200 #z @70..80',
    );
    expect(links(calls)).toMatchObject({ c3: 'c2', c4: 'root' });
  });

  it('queues guesses: the call that waits longest is served first', () => {
    const calls = callsOf(
      'test → a 200 @0..100 test → a 200 @1..100 a → b 200 @50..60 a → b 200 @51..61',
    );
    expect(links(calls)).toMatchObject({ c3: 'c1?', c4: 'c2?' });
  });

  it('guesses by what a route is known to call', () => {
    const calls = callsOf(
      `test → a 200 GET /orders/1 @0..20 [ a → orders 200 @5..10 ]
       test → a 200 GET /carts/1 @30..50 [ a → carts 200 @35..40 ]
       test → a 200 GET /orders/2 @100..200  test → a 200 GET /carts/2 @101..200
       a → carts 200 @110..120  a → orders 200 @112..120`,
    );
    expect(links(calls)).toMatchObject({ c7: 'c6?', c8: 'c5?' });
  });

  it('does not take a busy server’s caller for the cause while another is free', () => {
    const calls = callsOf(
      `test → a 200 @0..100 a → b 200 @1..90 test → a 200 @10..100 a → b 200 @20..30 a → b 200 @95..96`,
    );
    // c2 keeps c1 busy until 90, so c4 belongs to c3.
    expect(links(calls)).toMatchObject({ c2: 'c1', c4: 'c3?', c5: 'c3?' });
  });

  it('takes the most recent one when all are busy', () => {
    const calls = callsOf(
      `test → a 200 @0..100 a → b 200 @1..90 test → a 200 @10..100 a → b 200 @20..90 a → b 200 @50..60`,
    );
    expect(links(calls)['c5']).toBe('c3?');
  });

  it('looks at the newest 64 calls in flight', () => {
    const crowd = Array.from({ length: 70 }, (_, index) => `test → a 200 @${index}..500`).join(' ');
    const calls = callsOf(`${crowd} a → b 200 @400..410`);
    expect(links(calls)['c71']).toBe('c7?');
  });
});

describe('a call seen from both ends', () => {
  it('is one call, with the times of the client', () => {
    const { calls, serverRecords } = joinSides(
      callsOf('a → b cancelled from=client @0..20 a → b 200 from=server @2..80'),
    );
    expect(calls).toMatchObject([{ id: 'c1', side: 'both', outcome: 'cancelled' }]);
    expect(serverRecords.get('c1')?.id).toBe('c2');
  });

  it.each([
    [
      'another operation',
      'a → b 200 GET /x from=client @0..20 a → b 200 GET /y from=server @1..19',
    ],
    ['another server', 'a → b 200 from=client @0..20 a → c 200 from=server @1..19'],
    ['another time', 'a → b 200 from=client @0..20 a → b 200 from=server @8..19'],
    ['the same end', 'a → b 200 from=client @0..20 a → b 200 from=client @1..19'],
  ])('is not confused with one of %s', (_what, story) => {
    expect(joinSides(callsOf(story)).calls).toHaveLength(2);
  });

  it('is paired with the nearest record in order', () => {
    const { serverRecords } = joinSides(
      callsOf(
        `a → b 200 from=client @0..5 a → b 200 from=client @10..15
         a → b 200 from=server @1..4 a → b 200 from=server @11..14`,
      ),
    );
    expect([...serverRecords].map(([client, { id }]) => [client, id])).toEqual([
      ['c1', 'c3'],
      ['c2', 'c4'],
    ]);
  });

  it('is counted once when it was recorded twice', () => {
    const calls = callsOf('a → b 200');
    expect(joinSides([...calls, ...calls]).calls).toHaveLength(1);
  });
});
