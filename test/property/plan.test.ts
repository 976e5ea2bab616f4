import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../src/domain/catalog/component.ts';
import { closeOver } from '../../src/domain/closure/close.ts';
import { hashOfPlan, planFor } from '../../src/domain/plan/plan-for.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { prioritiesOf } from '../../src/domain/plan/task-order.ts';
import { usableTaskOf } from '../support/plan-oracle.ts';
import { catalogsWithChanges } from '../support/catalogs.ts';
import { planOf, task } from '../support/plans.ts';

const cases = catalogsWithChanges({ sizeMax: 12 }).chain(({ catalog, changed }) =>
  fc.record({
    catalog: fc.constant(catalog),
    changed: fc.constant(changed),
    isolation: fc.constantFrom('path' as const, 'full' as const),
    seed: fc.integer(),
  }),
);

/** The same content in another order, of components and of edges. */
function shuffled(catalog: Catalog, seed: number): Catalog {
  const order = <T>(items: Iterable<T>): T[] => {
    let state = seed >>> 0;
    return [...items]
      .map((item) => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return { item, rank: state };
      })
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ item }) => item);
  };
  const components = order(catalog.components.values()).map((component) => ({
    ...component,
    dependencies: order(component.dependencies),
  }));
  return { ...catalog, components: new Map(components.map((each) => [each.name, each])) };
}

describe('any plan', () => {
  it('puts every task after all it waits for', () => {
    fc.assert(
      fc.property(cases, ({ catalog, changed, isolation }) => {
        const seen = new Set<string>();
        for (const { id, after, tolerates } of planOf(catalog, { changed, isolation }).tasks) {
          expect(after.filter((other) => !seen.has(other))).toEqual([]);
          expect(tolerates.filter((other) => !after.includes(other))).toEqual([]);
          expect(seen.has(id)).toBe(false);
          seen.add(id);
        }
      }),
    );
  });

  it('makes a component wait for every dependency it waits for, outside its start group', () => {
    fc.assert(
      fc.property(cases, ({ catalog, changed, isolation }) => {
        const plan = planOf(catalog, { changed, isolation });
        expect(plan.components.flatMap(({ name }) => wrongWaits(catalog, plan, name))).toEqual([]);
      }),
    );
  });

  it('lets a start group start together: its members wait for the same', () => {
    fc.assert(
      fc.property(cases, ({ catalog, changed, isolation }) => {
        const plan = planOf(catalog, { changed, isolation });
        for (const { name: a } of plan.components) {
          for (const { name: b } of plan.components) {
            if (a === b || !waitForEachOther(plan, a, b)) continue;
            const [one, two] = [startOf(catalog, a), startOf(catalog, b)];
            expect(task(plan, one).after).toEqual(task(plan, two).after);
            expect(task(plan, one).startGroup).toBe(task(plan, two).startGroup);
            expect(task(plan, one).startGroup).not.toBeNull();
          }
        }
      }),
    );
  });

  it('is byte-equal whatever the order of components and edges', () => {
    fc.assert(
      fc.property(cases, ({ catalog, changed, isolation, seed }) => {
        const other = shuffled(catalog, seed);
        const plan = planOf(catalog, { changed, isolation });
        const again = planOf(other, { changed: changed.toReversed(), isolation });
        expect(JSON.stringify(again)).toBe(JSON.stringify(plan));
        expect(hashOfPlan(again)).toBe(hashOfPlan(plan));
      }),
    );
  });

  it('is byte-equal whatever the order within the closure', () => {
    fc.assert(
      fc.property(cases, ({ catalog, changed, isolation }) => {
        const closure = closeOver(catalog, { changed, isolation, entries: [], include: [] });
        const turned = {
          ...closure,
          members: closure.members.toReversed(),
          boundary: closure.boundary.toReversed().map(({ name, usedBy }) => ({
            name,
            usedBy: usedBy.toReversed(),
          })),
          warnings: closure.warnings.toReversed(),
        };
        const plan = (given: typeof closure): string =>
          JSON.stringify(
            planFor({
              environment: 'e',
              branch: 'b',
              domain: 'd',
              catalog,
              closure: given,
              picks: new Map(),
              traits: { buildsFromSource: true },
            }),
          );
        expect(plan(turned)).toBe(plan(closure));
      }),
    );
  });

  it('survives JSON, and names only tasks and definitions that it has', () => {
    fc.assert(
      fc.property(cases, ({ catalog, changed, isolation }) => {
        const plan = planOf(catalog, { changed, isolation });
        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
        const named = plan.tasks.map(({ component }) => component).filter((name) => name !== null);
        expect(named.filter((name) => !Object.hasOwn(plan.definitions, name))).toEqual([]);
      }),
    );
  });

  it('has a critical path that is a chain of tasks, as long as the first priority', () => {
    fc.assert(
      fc.property(cases, ({ catalog, changed, isolation }) => {
        const plan = planOf(catalog, { changed, isolation });
        const priorities = prioritiesOf(plan);
        const lengthMs = plan.criticalPath.reduce((sum, id) => sum + task(plan, id).estimateMs, 0);
        expect(lengthMs).toBeCloseTo(Math.max(...priorities.values()));
        for (const [index, id] of plan.criticalPath.slice(1).entries()) {
          expect(task(plan, id).after).toContain(plan.criticalPath[index]);
        }
        for (const { id, after } of plan.tasks) {
          for (const before of after) {
            expect(priorities.get(before) ?? 0).toBeGreaterThan(priorities.get(id) ?? 0);
          }
        }
      }),
    );
  });
});

function startOf(catalog: Catalog, name: string): string {
  return catalog.components.get(name)?.type === 'job' ? `run/${name}` : `deploy/${name}`;
}

/** Dependencies of a component that its start does not heed as the rules of design §5 say. */
function wrongWaits(catalog: Catalog, plan: Plan, name: string): string[] {
  const start = task(plan, startOf(catalog, name));
  const dependencies = catalog.components.get(name)?.dependencies ?? [];
  return dependencies
    .filter((dependency) => dependency.startup === 'wait')
    .filter((dependency) => {
      const usable = usableTaskOf(plan, dependency.name);
      if (usable === null) return false;
      if (waitForEachOther(plan, name, dependency.name)) return start.after.includes(usable);
      const isTolerated = start.tolerates.includes(usable);
      return !start.after.includes(usable) || (isTolerated && !dependency.optional);
    })
    .map((dependency) => `${name} → ${dependency.name}`);
}

/** By definition: each reaches the other along edges that wait, inside the environment. */
function waitForEachOther(plan: Plan, a: string, b: string): boolean {
  return waitsFor(plan, a, b) && waitsFor(plan, b, a);
}

function waitsFor(plan: Plan, from: string, to: string): boolean {
  const inside = new Set(plan.components.map(({ name }) => name));
  const reached = new Set([from]);
  for (const name of reached) {
    for (const dependency of plan.definitions[name]?.dependencies ?? []) {
      if (dependency.startup === 'wait' && inside.has(dependency.name))
        reached.add(dependency.name);
    }
  }
  return reached.has(to);
}
