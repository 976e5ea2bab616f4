import { expect, it } from 'vitest';
import { bytesOf, millisOf } from '../../../src/adapters/kubernetes/preflight/quantities.ts';

it.each([
  ['250m', 250],
  ['2', 2_000],
  ['1.5', 1_500],
  ['100u', 0],
  ['a lot', null],
])('%s of a processor is %s millicores', (quantity, millis) => {
  expect(millisOf(quantity)).toBe(millis);
});

it.each([
  ['64Mi', 67_108_864],
  ['1G', 1_000_000_000],
  ['1e3', 1_000],
  ['128974848', 128_974_848],
  ['12X', null],
])('%s of memory is %s bytes', (quantity, bytes) => {
  expect(bytesOf(quantity)).toBe(bytes);
});
