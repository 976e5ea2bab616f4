import { describe, expect, it } from 'vitest';
import { Moments } from '../../../src/domain/calls/protocols/moments.ts';
import { looksLikeTimeout } from '../../../src/domain/calls/protocols/transport.ts';

describe('moments', () => {
  it('are found within a span, its ends included, by their key', () => {
    const moments = new Moments(1);
    moments.note('a', 10);
    expect(moments.hasWithin('a', 10, 10)).toBe(true);
    expect(moments.hasWithin('a', 11, 20)).toBe(false);
    expect(moments.hasWithin('a', 0, 9)).toBe(false);
    expect(moments.hasWithin('b', 0, 20)).toBe(false);
  });

  it('that follow sooner are one with the one before', () => {
    const moments = new Moments(5);
    for (const atUs of [10, 14, 15]) moments.note('a', atUs);
    expect(moments.hasWithin('a', 11, 14)).toBe(false);
    expect(moments.hasWithin('a', 15, 15)).toBe(true);
  });

  it('are few: the oldest are forgotten, and the key that was silent longest', () => {
    const moments = new Moments(1);
    for (let atUs = 0; atUs < 17; atUs += 1) moments.note('a', atUs);
    expect(moments.hasWithin('a', 0, 0)).toBe(false);
    expect(moments.hasWithin('a', 1, 1)).toBe(true);
    moments.note('b', 1);
    moments.note('a', 99);
    for (let key = 0; key < 4_095; key += 1) moments.note(`k${key}`, 1);
    expect(moments.hasWithin('b', 0, 9)).toBe(false);
    expect(moments.hasWithin('a', 99, 99)).toBe(true);
  });
});

describe('the age of a call that was given up', () => {
  it.each([
    [969_000, false],
    [970_000, true],
    [1_100_000, true],
    [1_101_000, false],
    [4_849_000, false],
    [5_150_000, true],
    [5_151_000, false],
  ])('of %i µs looks like a timeout: %s', (ageUs, isTimeout) => {
    expect(looksLikeTimeout(ageUs)).toBe(isTimeout);
  });
});
