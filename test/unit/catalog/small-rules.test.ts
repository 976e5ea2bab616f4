import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isValidName } from '../../../src/domain/catalog/check-names.ts';
import { hardcodedDependencies } from '../../../src/domain/catalog/hardcoded-dependencies.ts';
import { parseCpuMillis, parseMemoryBytes } from '../../../src/domain/catalog/quantity.ts';
import { closestTo, didYouMean } from '../../../src/domain/did-you-mean.ts';
import { formatDuration, parseDuration } from '../../../src/domain/duration.ts';
import { component } from '../../support/catalogs.ts';

describe('parseDuration', () => {
  it.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    ['500ms', 500],
    ['1h30m', 5_400_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '90', 's', '-1s', '1.5h', '1s1h', '1h 30m', '1H', '9999999h', '1h1h', 'ms', '1y'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  it.each([
    [0, '0s'],
    [5_400_000, '1h30m'],
  ])('is written as people would: %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('reads back what formatDuration writes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2_000_000_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('quantities', () => {
  it.each([
    ['100m', 100],
    ['0.5', 500],
    ['2', 2000],
    [1.5, 1500],
    [0.0001, null],
    ['1k', null],
    ['', null],
    ['-1', null],
  ])('reads %j of processor as %j', (quantity, millis) => {
    expect(parseCpuMillis(quantity)).toBe(millis);
  });

  it.each([
    ['128Mi', 134_217_728],
    ['1Gi', 1_073_741_824],
    ['1G', 1_000_000_000],
    ['1.5Ki', 1536],
    ['64k', 64_000],
    [1024, 1024],
    ['2048', 2048],
    [0.5, null],
    ['1MiB', null],
    ['lots', null],
    ['1m', null],
  ])('reads %j of memory as %j', (quantity, bytes) => {
    expect(parseMemoryBytes(quantity)).toBe(bytes);
  });
});

describe('closestTo', () => {
  const names = ['dependencies', 'environment', 'expose', 'embedded', 'cart', 'carts', 'card'];

  it.each([
    ['dependancies', 'dependencies'],
    ['depends', null],
    ['enviroment', 'environment'],
    ['Expose', 'expose'],
    ['epxose', 'expose'],
    ['cadr', 'card'],
    ['cat', 'cart'],
    ['zzz', null],
    ['', null],
    ['x', null],
  ])('takes %j for %j', (word, meant) => {
    expect(closestTo(word, names)).toBe(meant);
  });

  it('does not depend on the order of the candidates', () => {
    const words = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 });
    fc.assert(
      fc.property(words, fc.uniqueArray(words, { maxLength: 8 }), (word, candidates) => {
        expect(closestTo(word, candidates.toReversed())).toBe(closestTo(word, candidates));
      }),
    );
  });

  it('gives a sentence, or nothing', () => {
    expect(didYouMean('crat', names)).toBe('did you mean "cart"?');
    expect(didYouMean('nothing-like-it', names)).toBeUndefined();
  });
});

describe('component names', () => {
  it.each(['a', 'cart', 'orders-db', 'a1', 'a-1-b', 'a'.repeat(40)])('may be %s', (name) => {
    expect(isValidName(name)).toBe(true);
  });

  it.each(['', 'A', '1a', '-a', 'a-', 'a--b', 'a_b', 'a.b', 'ä', 'a'.repeat(41), 'a\n'])(
    'may not be %j',
    (name) => {
      expect(isValidName(name)).toBe(false);
    },
  );
});

describe('hardcodedDependencies', () => {
  const types = new Map([
    ['cart', component({ name: 'cart' })],
    ['orders-db', component({ name: 'orders-db', type: 'datastore' })],
    ['mail', component({ name: 'mail', type: 'external' })],
    ['mailer', component({ name: 'mailer', type: 'worker' })],
    ['seed', component({ name: 'seed', type: 'job' })],
  ]);
  const dependencies = [...types.keys(), 'unknown'];

  function hardcoded(spec: Parameters<typeof component>[0]): readonly (string | undefined)[] {
    return hardcodedDependencies(component(spec), (name) => types.get(name)).map(
      ({ message }) => message,
    );
  }

  it('are those that are called and appear in no reference', () => {
    const environment = [
      {
        name: 'A',
        value: {
          kind: 'template' as const,
          template: 'http://${dependencies.cart.host}/${environment.name}',
        },
      },
    ];
    expect(
      hardcoded({ name: 'web', dependencies, environment, embedded: { command: ['x'] } }),
    ).toEqual([
      '"web" calls "orders-db" but takes no address of it from a reference',
      '"web" calls "mail" but takes no address of it from a reference',
    ]);
  });

  it('do not matter to what cannot run embedded', () => {
    expect(hardcoded({ name: 'web', dependencies })).toEqual([]);
  });
});
