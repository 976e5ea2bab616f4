import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import {
  collectNames,
  collectPins,
  parseCount,
  parseInterval,
  parsePort,
  parseTimeout,
} from '../../../src/adapters/cli/flags.ts';

describe('a duration', () => {
  it.each([
    ['90s', 90_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    ['500ms', 500],
    ['1h30m', 5_400_000],
    ['0', Infinity],
    ['0s', Infinity],
  ])('as a timeout may be %s', (text, ms) => {
    expect(parseTimeout(text)).toBe(ms);
  });

  it.each(['', '5', '5 s', '-1s', '1.5h', 's', '5x', 'never', '１s'])(
    'as a timeout may not be %j',
    (text) => {
      expect(() => parseTimeout(text)).toThrow(InvalidArgumentError);
    },
  );

  it('between two looks is more than nothing and at most 30s', () => {
    expect(parseInterval('10s')).toBe(10_000);
    expect(parseInterval('30s')).toBe(30_000);
    for (const text of ['0', '0s', '31s', '1m', 'x']) {
      expect(() => parseInterval(text)).toThrow(InvalidArgumentError);
    }
  });
});

describe('names', () => {
  it('come by commas and by repeating the flag', () => {
    expect(collectNames('c', collectNames('a, b,'))).toEqual(['a', 'b', 'c']);
  });

  it.each(['', ',', ' '])('are needed: %j has none', (text) => {
    expect(() => collectNames(text)).toThrow(InvalidArgumentError);
  });
});

describe('pins', () => {
  it('are a component and a revision, which may hold an equals sign', () => {
    expect(collectPins('cart=feat/a=b', collectPins('orders=v1'))).toEqual({
      orders: 'v1',
      cart: 'feat/a=b',
    });
  });

  it('take the last of two for one component, and a name alone for the branch itself', () => {
    expect(collectPins('cart', collectPins('cart=v1'))).toEqual({ cart: '' });
  });

  it.each(['=v1', 'cart=', '='])('refuse %j', (text) => {
    expect(() => collectPins(text)).toThrow(InvalidArgumentError);
  });

  it('never change what objects are', () => {
    const pins = collectPins('__proto__=v1');
    expect(Object.keys(pins)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(pins)).toBe(Object.prototype);
  });
});

describe('numbers', () => {
  it('are counts of lines and ports', () => {
    expect(parseCount('0')).toBe(0);
    expect(parsePort('65535')).toBe(65_535);
  });

  it.each(['', '-1', '1.5', '1e3', '0x10', ' 1'])('are not %j', (text) => {
    expect(() => parseCount(text)).toThrow(InvalidArgumentError);
    expect(() => parsePort(text)).toThrow(InvalidArgumentError);
  });

  it('of ports end at 65535', () => {
    expect(() => parsePort('65536')).toThrow(InvalidArgumentError);
  });
});
