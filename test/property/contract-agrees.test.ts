import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameSchema } from '../../src/contract/envelope.ts';
import { cpuSchema, durationSchema, memorySchema } from '../../src/contract/quantity.ts';
import { isValidName } from '../../src/domain/catalog/check-names.ts';
import { parseCpuMillis, parseMemoryBytes } from '../../src/domain/catalog/quantity.ts';
import { parseDuration } from '../../src/domain/duration.ts';

/** The contract says how a text must look, the rules what it means; neither may import the other. */
describe('the contract and the rules', () => {
  const texts = (letters: string, maxLength: number): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom(...letters.split('')), maxLength });

  it('accept the same names', () => {
    const names = fc.oneof(texts('ab1-', 5), texts('aB_.-0é', 4), texts('a-', 42));
    fc.assert(
      fc.property(names, (name) => {
        expect(nameSchema.safeParse(name).success).toBe(isValidName(name));
      }),
      { numRuns: 1000 },
    );
  });

  it('accept the same durations', () => {
    fc.assert(
      fc.property(texts('19dhms. ', 7), (text) => {
        expect(durationSchema.safeParse(text).success).toBe(parseDuration(text) !== null);
      }),
      { numRuns: 1000 },
    );
  });

  it('never accept an amount that has no meaning', () => {
    const amounts = fc.oneof(texts('019.mMGikT', 6), fc.double(), fc.integer());
    fc.assert(
      fc.property(amounts, (amount) => {
        expect(cpuSchema.safeParse(amount).success && parseCpuMillis(amount) === null).toBe(false);
        expect(memorySchema.safeParse(amount).success && parseMemoryBytes(amount) === null).toBe(
          false,
        );
      }),
      { numRuns: 2000 },
    );
  });
});
