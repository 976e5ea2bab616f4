import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../src/domain/catalog/component.ts';
import { closeDownward, closeOver, dependentsOf } from '../../src/domain/closure/close.ts';
import type {
  Closure,
  ClosureIsolation,
  ClosureMember,
  ClosureRequest,
  Role,
} from '../../src/domain/closure/closure.ts';
import { catalogs, catalogsWithChanges, changeable } from '../support/catalogs.ts';
import type { CatalogArbitraryOptions } from '../support/catalogs.ts';
import { ClosureOracle } from '../support/closure-oracle.ts';

interface Case {
  readonly catalog: Catalog;
  readonly request: ClosureRequest;
}

/** Random catalogs with random changes, includes and, half the time, entries of their own. */
function cases(
  isolation: ClosureIsolation | null = null,
  options: CatalogArbitraryOptions = {},
): fc.Arbitrary<Case> {
  return catalogsWithChanges(options)
    .filter(({ changed }) => changed.length > 0)
    .chain(({ catalog, changed }) => {
      const serving = [...catalog.components.values()].filter(({ type }) => type === 'service');
      return fc.record({
        catalog: fc.constant(catalog),
        request: fc.record({
          changed: fc.constant(changed),
          entries: fc.subarray(serving.map(({ name }) => name)),
          include: fc.subarray([...changeable(catalog)], {
            maxLength: Math.min(1, changeable(catalog).length),
          }),
          isolation:
            isolation === null
              ? fc.constantFrom<ClosureIsolation>('path', 'full')
              : fc.constant(isolation),
        }),
      });
    });
}

function check(
  cases_: fc.Arbitrary<Case>,
  predicate: (each: Case, closure: Closure) => void,
): void {
  fc.assert(
    fc.property(cases_, (each) => {
      predicate(each, closeOver(each.catalog, each.request));
    }),
    { numRuns: 1_500 },
  );
}

function namesOf(closure: Closure): string[] {
  return closure.members.map(({ name }) => name);
}

function warned(closure: Closure, code: string): string[] {
  return closure.warnings.filter((each) => each.code === code).map(({ component }) => component);
}

describe('what closeOver says', () => {
  it('is inside is what the rule says, name by name', () => {
    check(cases(), ({ catalog, request }, closure) => {
      const expected = new ClosureOracle(catalog, request).inside();
      expect(namesOf(closure)).toEqual([...expected].toSorted());
    });
  });

  it('is boundary is what members use and do not run, with who uses it', () => {
    check(cases(), ({ catalog, request }, closure) => {
      const oracle = new ClosureOracle(catalog, request);
      const expected = oracle.boundary(new Set(namesOf(closure)));
      expect(closure.boundary.map(({ name }) => name)).toEqual([...expected.keys()].toSorted());
      for (const { name, usedBy } of closure.boundary) expect(usedBy).toEqual(expected.get(name));
    });
  });

  it('warns of every shared component through which calls come back to a change, and of no other', () => {
    check(cases(), ({ catalog, request }, closure) => {
      const oracle = new ClosureOracle(catalog, request);
      const expected = oracle.escapesThrough(new Set(namesOf(closure)));
      expect(warned(closure, 'PATH_THROUGH_SHARED')).toEqual([...expected].toSorted());
    });
  });

  it('warns of every datastore of which the environment and its calls see two copies', () => {
    check(cases(), ({ catalog, request }, closure) => {
      const expected = new ClosureOracle(catalog, request).dataSplits(new Set(namesOf(closure)));
      const splits = closure.warnings
        .filter(({ code }) => code === 'DATA_SPLIT')
        .map(({ component, witness }) => `${component} ${witness.at(-1) ?? ''}`);
      expect(splits).toEqual([...expected].toSorted());
    });
  });

  it('names witnesses whose every step is a call', () => {
    check(cases(), ({ catalog, request }, closure) => {
      const oracle = new ClosureOracle(catalog, request);
      for (const { witness } of [...closure.members, ...closure.warnings]) {
        for (const [index, name] of witness.slice(1).entries()) {
          expect(oracle.calls(witness[index] ?? '', name)).toBe(true);
        }
      }
    });
  });

  it('gives each member a role and a witness that prove it', () => {
    check(cases(), (each, closure) => {
      const unproven = closure.members.filter((member) => !isProven(member, each, closure));
      expect(unproven).toEqual([]);
    });
  });
});

describe('laws of closeOver', () => {
  it('holds every change (extensive)', () => {
    check(cases(), ({ request }, closure) => {
      expect(namesOf(closure)).toEqual(expect.arrayContaining([...request.changed]));
    });
  });

  it('grows with the changes (monotone)', () => {
    check(cases(), ({ catalog, request }, closure) => {
      for (const added of changeable(catalog)) {
        const larger = closeOver(catalog, { ...request, changed: [...request.changed, added] });
        expect(namesOf(larger)).toEqual(expect.arrayContaining(namesOf(closure)));
      }
    });
  });

  it('stays as it is when its path part is the change (idempotent)', () => {
    check(cases('path'), ({ catalog, request }, closure) => {
      const pathPart = closure.members
        .filter(({ role }) => role === 'changed' || role === 'path')
        .map(({ name }) => name);
      const again = closeOver(catalog, { ...request, changed: pathPart });
      const pathPartAgain = again.members.filter(({ role }) => role === 'changed');
      expect(pathPartAgain.map(({ name }) => name)).toEqual(pathPart);
      expect(namesOf(again)).toEqual(namesOf(closure));
    });
  });

  it('of two sets of changes is both closures together, for full isolation (union)', () => {
    check(cases('full'), ({ catalog, request }) => {
      const [first = '', ...others] = request.changed;
      const closures = [[first], others].map((changed) =>
        namesOf(closeOver(catalog, { ...request, changed })),
      );
      const together = namesOf(closeOver(catalog, request));
      expect(together).toEqual([...new Set(closures.flat())].toSorted());
    });
  });

  it('leaves out nothing it calls but shared components and externals, for full isolation', () => {
    check(cases('full'), ({ catalog, request }, closure) => {
      const oracle = new ClosureOracle(catalog, request);
      for (const { name } of closure.boundary) {
        expect(oracle.isShared(name) || oracle.isExternal(name)).toBe(true);
      }
    });
  });

  it('lets no call come back to a change by way of the baseline, unless it warns', () => {
    check(cases(), ({ catalog, request }, closure) => {
      const escapes = new ClosureOracle(catalog, request).escapes(new Set(namesOf(closure)));
      expect(warned(closure, 'PATH_THROUGH_SHARED').length > 0).toBe(escapes);
    });
  });

  it('lets no call come back at all where nothing is shared or external', () => {
    const plain = { withShared: false, withExternals: false };
    check(cases(null, plain), ({ catalog, request }, closure) => {
      const escapes = new ClosureOracle(catalog, request).escapes(new Set(namesOf(closure)));
      expect(escapes).toBe(false);
    });
  });

  it('holds at least as much for full isolation as for path', () => {
    check(cases('path'), ({ catalog, request }, closure) => {
      const full = closeOver(catalog, { ...request, isolation: 'full' });
      expect(namesOf(full)).toEqual(expect.arrayContaining(namesOf(closure)));
    });
  });

  it('does not depend on the order of anything (byte-equal)', () => {
    check(cases(), ({ catalog, request }, closure) => {
      const backwards: Catalog = {
        ...catalog,
        components: new Map(
          [...catalog.components]
            .toReversed()
            .map(([name, each]) => [
              name,
              { ...each, dependencies: each.dependencies.toReversed() },
            ]),
        ),
      };
      const again = closeOver(backwards, {
        ...request,
        changed: request.changed.toReversed(),
        entries: request.entries.toReversed(),
      });
      expect(JSON.stringify(again)).toBe(JSON.stringify(closure));
    });
  });
});

describe('closeDownward', () => {
  it('is the names and what their dependencies reach', () => {
    fc.assert(
      fc.property(catalogs({ withTopics: false }), (catalog) => {
        const [name = ''] = catalog.components.keys();
        const oracle = new ClosureOracle(catalog, NOTHING);
        const expected = oracle.reach(name, () => true);
        expect(closeDownward(catalog, [name])).toEqual([...expected].toSorted());
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('dependentsOf', () => {
  it('is every component that reaches the name, with a walk that shows it', () => {
    fc.assert(
      fc.property(catalogs(), (catalog) => {
        const [target = ''] = catalog.components.keys();
        const oracle = new ClosureOracle(catalog, NOTHING);
        const expected = [...catalog.components.keys()].filter(
          (name) => name !== target && oracle.reach(name, () => true).has(target),
        );
        const dependents = dependentsOf(catalog, target);
        expect(dependents.map(({ name }) => name)).toEqual(expected);
        for (const { name, witness } of dependents) {
          expect([witness[0], witness.at(-1)]).toEqual([name, target]);
          for (const [index, next] of witness.slice(1).entries()) {
            expect(oracle.calls(witness[index] ?? '', next)).toBe(true);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

const NOTHING: ClosureRequest = { changed: [], entries: [], include: [], isolation: 'path' };

interface Proof {
  readonly member: ClosureMember;
  readonly first: string;
  readonly last: string;
  readonly isUnshared: boolean;
  readonly starts: ReadonlySet<string>;
  readonly changes: ReadonlySet<string>;
  readonly closure: Closure;
}

const RULES: Record<Role, (proof: Proof) => boolean> = {
  changed: ({ member, first }) => member.witness.length === 1 && first === member.name,
  path: ({ member, first, last, isUnshared, starts, changes }) =>
    member.witness.includes(member.name) && starts.has(first) && changes.has(last) && isUnshared,
  dependency: ({ member, first, last, isUnshared, starts, closure }) =>
    closure.isolation === 'full' && starts.has(first) && last === member.name && isUnshared,
  datastore: isAddedByMember,
  job: isAddedByMember,
  consumer: isAddedByMember,
};

function isAddedByMember({ member, first, last, closure }: Proof): boolean {
  const isStep = member.witness.length === 2 && last === member.name && first !== last;
  return isStep && closure.members.some(({ name }) => name === first);
}

function isProven(member: ClosureMember, { catalog, request }: Case, closure: Closure): boolean {
  const oracle = new ClosureOracle(catalog, request);
  const changes = new Set([...request.changed, ...request.include]);
  const isChanged = request.changed.includes(member.name);
  const isProof = RULES[member.role]({
    member,
    first: member.witness[0] ?? '',
    last: member.witness.at(-1) ?? '',
    isUnshared: member.witness.every((each) => !oracle.isShared(each)),
    starts: new Set([...oracle.entries(), ...changes]),
    changes,
    closure,
  });
  return isProof && isChanged === (member.role === 'changed');
}
