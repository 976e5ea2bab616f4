import { describe, expect, it } from 'vitest';
import {
  edgeTimesOf,
  slowestEdge,
  type EdgeHistory,
  type SlowEdge,
} from '../../../src/domain/calls/verdict/latency.ts';
import { linkCalls } from '../../../src/domain/calls/linking/linking.ts';
import { callsOf } from '../../support/call-story.ts';

/** `gateway → cart` → milliseconds of its own. */
function ownTimes(story: string): Record<string, number> {
  return Object.fromEntries(
    edgeTimesOf(callsOf(story)).map(({ from, to, ownMs }) => [`${from} → ${to}`, ownMs]),
  );
}

function slowest(story: string, history: readonly EdgeHistory[]): SlowEdge | null {
  const calls = callsOf(story);
  return slowestEdge(
    linkCalls(calls),
    calls.filter(({ client }) => client === 'test'),
    history,
  );
}

function usual(to: string, ownMs: readonly number[]): EdgeHistory {
  return { from: 'gateway', to, route: 'GET /', ownMs };
}

describe('the time that an edge owns', () => {
  it('is what its server did not spend waiting for others', () => {
    expect(
      ownTimes(
        'test → gateway 200 @0..100 [ gateway → cart 200 @10..30 gateway → tax 200 @50..90 ]',
      ),
    ).toEqual({ 'test → gateway': 40, 'gateway → cart': 20, 'gateway → tax': 40 });
  });

  it('counts the time of calls that overlap once', () => {
    expect(
      ownTimes(
        `test → gateway 200 @0..100 [ gateway → cart 200 @10..60
         gateway → tax 200 @20..50 gateway → ads 200 @40..80 ]`,
      ),
    ).toMatchObject({ 'test → gateway': 30 });
  });

  it('is the sum over all calls of the edge', () => {
    expect(
      ownTimes(
        'test → gateway 200 @0..100 [ gateway → cart 200 @10..20 gateway → cart 200 @30..70 ]',
      ),
    ).toMatchObject({ 'gateway → cart': 50 });
  });

  it('lasts to the end of its caller where the call never ended', () => {
    expect(ownTimes('test → gateway 200 @0..100 [ gateway → cart open @40.. ]')).toEqual({
      'test → gateway': 40,
      'gateway → cart': 60,
    });
    expect(ownTimes('test → gateway open @40..')).toEqual({ 'test → gateway': 0 });
  });
});

describe('the edge that was slower than usual', () => {
  const STORY = `test → gateway 200 @0..1000 [ gateway → cart 200 @10..20
    gateway → cart 200 @30..500 gateway → tax 200 @510..600 ]`;

  it('is judged by all its calls and shown by the longest', () => {
    expect(slowest(STORY, [usual('cart', [10, 12, 9, 11, 10])])).toMatchObject({
      call: { id: 'c3' },
      ownMs: 480,
      usualMs: 10,
    });
  });

  it('is shown by its longest call wherever that stands', () => {
    const story = `test → gateway 200 @0..1000 [ gateway → cart 200 @10..480
      gateway → cart 200 @490..500 ]`;
    expect(slowest(story, [usual('cart', [10, 12, 9, 11, 10])])?.call.id).toBe('c2');
  });

  it('has the mean of the middle two as its usual time when they are even in number', () => {
    expect(slowest(STORY, [usual('cart', [10, 20, 10, 20, 10, 20])])?.usualMs).toBe(15);
  });

  it('is the one that strays most', () => {
    const history = [usual('cart', [400, 400, 400, 400, 400]), usual('tax', [1, 1, 1, 1, 1])];
    expect(slowest(STORY, history)?.call.server).toBe('tax');
  });

  it('is none when all took their usual time, or too few runs passed to know it', () => {
    expect(slowest(STORY, [usual('cart', [470, 480, 490, 480, 475])])).toBeNull();
    expect(slowest(STORY, [usual('cart', [10, 10, 10, 10])])).toBeNull();
  });
});
