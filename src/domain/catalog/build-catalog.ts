import { buildComponent, buildTestSuite } from './build-component.ts';
import { checkDependencies } from './check-dependencies.ts';
import { checkKeys } from './check-keys.ts';
import { checkName, duplicateNames } from './check-names.ts';
import { checkComponentReferences } from './check-references.ts';
import { checkTestSuite } from './check-test-suite.ts';
import type { Catalog, Component, TestSuite } from './component.ts';
import type { ParsedComponent, ParsedTestSuite } from './documents.ts';
import { knownNames, type KnownNames } from './known-names.ts';
import { startCycles } from './start-cycles.ts';
import {
  compareDiagnostics,
  compareLocations,
  compareText,
  type Diagnostic,
} from '../diagnostic.ts';

/**
 * Catalog documents to a Catalog and everything that is wrong with them, all at once.
 *
 * Total: any documents of the right form give an answer. The catalog holds what is sound and is valid
 * as a whole, so a component with a mistake is missing from it, and so are the dependencies on it;
 * but it still counts as existing, so one mistake is one diagnostic and not one in every dependent.
 * The order of the documents never shows. Reading files is not here: `adapters/catalog-files`.
 */
export function buildCatalog(input: CatalogInput): {
  readonly catalog: Catalog;
  readonly diagnostics: readonly Diagnostic[];
} {
  const components = inReadingOrder(input.components).map(built);
  const testSuites = inReadingOrder(input.testSuites);
  const known = namesOf(components, input.unreadableNames ?? new Set());

  const checkedComponents = checkComponents(components, known);
  const checkedSuites = checkTestSuites(testSuites, known);
  const cycles = startCycles([...known.components.values()].map(({ component }) => component));
  return {
    catalog: {
      components: closed(checkedComponents.sound),
      testSuites: byName(checkedSuites.sound),
    },
    diagnostics: [
      ...checkedComponents.diagnostics,
      ...checkedSuites.diagnostics,
      ...cycles,
    ].toSorted(compareDiagnostics),
  };
}

export interface CatalogInput {
  readonly components: readonly ParsedComponent[];
  readonly testSuites: readonly ParsedTestSuite[];
  /** Component names that stand in files which could not be read: not to be called dangling. */
  readonly unreadableNames?: ReadonlySet<string>;
}

interface Checked<T> {
  readonly sound: ReadonlyMap<string, T>;
  readonly diagnostics: readonly Diagnostic[];
}

interface BuiltComponent {
  readonly parsed: ParsedComponent;
  readonly component: Component;
  /** What is wrong with it whatever else the catalog holds. */
  readonly own: readonly Diagnostic[];
}

function built(parsed: ParsedComponent): BuiltComponent {
  const own = [...present(checkName('Component', parsed)), ...checkKeys(parsed)];
  return { parsed, component: buildComponent(parsed), own };
}

function namesOf(
  components: readonly BuiltComponent[],
  unreadable: ReadonlySet<string>,
): KnownNames {
  const known = new Map<string, { component: Component; isBroken: boolean }>();
  for (const { parsed, component, own } of components) {
    if (known.has(component.name)) continue;
    known.set(component.name, { component, isBroken: parsed.isBroken || own.some(isError) });
  }
  return knownNames(known, unreadable);
}

function checkComponents(
  components: readonly BuiltComponent[],
  known: KnownNames,
): Checked<Component> {
  const duplicates = duplicateNames(components.map(({ parsed }) => parsed));
  return soundOnes(
    components.map(({ parsed, component, own }) => ({
      parsed,
      item: component,
      found: [
        ...own,
        ...present(duplicates.get(parsed)),
        ...checkDependencies(parsed, known),
        ...checkComponentReferences(parsed, component, known),
      ],
    })),
  );
}

function checkTestSuites(
  testSuites: readonly ParsedTestSuite[],
  known: KnownNames,
): Checked<TestSuite> {
  const duplicates = duplicateNames(testSuites);
  return soundOnes(
    testSuites.map((parsed) => ({
      parsed,
      item: buildTestSuite(parsed),
      found: [
        ...present(checkName('TestSuite', parsed)),
        ...present(duplicates.get(parsed)),
        ...checkTestSuite(parsed, known),
      ],
    })),
  );
}

interface CheckedItem<T> {
  readonly parsed: { readonly isBroken: boolean };
  readonly item: T;
  readonly found: readonly Diagnostic[];
}

function soundOnes<T extends { readonly name: string }>(
  items: readonly CheckedItem<T>[],
): Checked<T> {
  const sound = new Map<string, T>();
  for (const { parsed, item, found } of items) {
    if (!parsed.isBroken && !found.some(isError)) sound.set(item.name, item);
  }
  return { sound, diagnostics: items.flatMap(({ found }) => found) };
}

function present(diagnostic: Diagnostic | null | undefined): readonly Diagnostic[] {
  return diagnostic === null || diagnostic === undefined ? [] : [diagnostic];
}

/** Without the dependencies on what was left out, in order of name. */
function closed(components: ReadonlyMap<string, Component>): ReadonlyMap<string, Component> {
  const whole = [...components].map(([name, component]): [string, Component] => {
    const dependencies = component.dependencies.filter((each) => components.has(each.name));
    return dependencies.length === component.dependencies.length
      ? [name, component]
      : [name, { ...component, dependencies }];
  });
  return byName(new Map(whole));
}

function byName<T>(named: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...named].toSorted(([a], [b]) => compareText(a, b)));
}

function isError(diagnostic: Diagnostic): boolean {
  return diagnostic.severity === 'error';
}

function inReadingOrder<Parsed extends ParsedComponent | ParsedTestSuite>(
  documents: readonly Parsed[],
): readonly Parsed[] {
  const placed = documents.map((parsed) => ({
    parsed,
    at: parsed.positionOf(['metadata', 'name']),
  }));
  return placed.toSorted((a, b) => compareLocations(a.at, b.at)).map(({ parsed }) => parsed);
}
