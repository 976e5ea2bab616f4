import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openState } from '../../src/adapters/sqlite/state.ts';
import { StorePair, type StoreStep } from '../support/store-pair.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const name = fc.constantFrom('a', 'b', 'c');

const storeStep: fc.Arbitrary<StoreStep> = fc.oneof(
  fc.record({
    do: fc.constant('desire' as const),
    name,
    branch: fc.constantFrom('x', 'y'),
    marker: fc.constantFrom('1', '2', '3'),
  }),
  fc.record({ do: fc.constant('desireRemoval' as const), name }),
  fc.record({ do: fc.constant('markRemoved' as const), name }),
  fc.record({
    do: fc.constant('writeStatus' as const),
    name,
    observed: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    do: fc.constant('setDemand' as const),
    name,
    components: fc.uniqueArray(fc.constantFrom('cart', 'users', 'web')),
  }),
  fc.record({ do: fc.constant('append' as const), name, message: fc.string() }),
  fc.record({ do: fc.constant('reopen' as const) }),
);

const portStep = fc.record({
  environment: name,
  keys: fc.uniqueArray(fc.constantFrom<string>('k1', 'k2', 'k3', 'k4'), { maxLength: 4 }),
  isFreeing: fc.boolean(),
  /** Ports that end in it are in use by something else. */
  busyDigit: fc.nat(9),
});

describe('the store in SQLite', () => {
  it('does, over any sequence of steps, what a simple model does', async () => {
    const folder = await temporaryFolder();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(storeStep, { maxLength: 40 }), async (steps) => {
        runs += 1;
        const pair = new StorePair(join(folder.path, String(runs), 'state.db'));
        try {
          for (const step of steps) {
            const { answered, promised } = await pair.take(step);
            expect(answered).toEqual(promised);
          }
          const { answered, promised } = await pair.all();
          expect(answered).toEqual(promised);
        } finally {
          await pair.close();
        }
      }),
      { numRuns: 100 },
    );
    await folder.remove();
  });

  it('never gives a port twice and never changes one, whoever allocates and frees', async () => {
    const folder = await temporaryFolder();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(portStep, { maxLength: 25 }), async (steps) => {
        runs += 1;
        const { ledger, close } = openState(join(folder.path, String(runs), 'state.db'));
        const given = new Map<string, Map<string, number>>();
        for (const { environment, keys, isFreeing, busyDigit } of steps) {
          const before = given.get(environment) ?? new Map<string, number>();
          if (isFreeing) {
            await ledger.freePorts(environment, keys);
            const left = [...before].filter(([key]) => !keys.includes(key));
            given.set(environment, new Map(left));
            continue;
          }
          const isFree = (port: number): Promise<boolean> =>
            Promise.resolve(port % 10 !== busyDigit);
          const ports = await ledger.allocatePorts(environment, keys, isFree);
          const after = new Map([...before, ...ports]);
          given.set(environment, after);
          expect([...ports.keys()].toSorted()).toEqual(keys.toSorted());
          expect([...before].filter(([key, port]) => after.get(key) !== port)).toEqual([]);
          const fresh = [...ports].filter(([key]) => !before.has(key));
          expect(fresh.filter(([, port]) => port % 10 === busyDigit)).toEqual([]);
        }
        for (const [environment, ports] of given) {
          expect(await ledger.portsOf(environment)).toEqual(ports);
        }
        const all = [...given.values()].flatMap((ports) => Array.from(ports.values()));
        expect(new Set(all).size).toBe(all.length);
        await close();
      }),
      { numRuns: 40 },
    );
    await folder.remove();
  });
});
