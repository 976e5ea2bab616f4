import fc from 'fast-check';
import type {
  Catalog,
  Component,
  Datastore,
  Dependency,
  TestSuite,
} from '../../src/domain/catalog/component.ts';
import { compareText } from '../../src/domain/diagnostic.ts';
import type { Location } from '../../src/domain/diagnostic.ts';

/** Builders of catalogs for tests: only what a test is about is written, the rest is filled in. */

const NOWHERE: Location = { file: 'test.yaml', line: 1, column: 1 };

export type DependencySpec = string | (Partial<Dependency> & { readonly name: string });

export type ComponentSpec = Partial<Omit<Component, 'dependencies' | 'datastore'>> & {
  readonly name: string;
  readonly dependencies?: readonly DependencySpec[];
  readonly datastore?: Partial<Datastore>;
};

function dependency(spec: DependencySpec): Dependency {
  return {
    optional: false,
    startup: 'wait',
    isStartupExplicit: false,
    publishes: [],
    consumes: [],
    location: NOWHERE,
    ...(typeof spec === 'string' ? { name: spec } : spec),
  };
}

/** A service unless `type` says otherwise; a datastore is a dedicated PostgreSQL. */
export function component(spec: ComponentSpec): Component {
  const type = spec.type ?? 'service';
  const { datastore, dependencies, ...rest } = spec;
  return {
    type,
    owner: null,
    labels: {},
    ports: [],
    environment: [],
    readiness: { timeoutMs: 60_000 },
    resources: { cpuMillis: 100, memoryBytes: 128 * 1024 * 1024 },
    expose: false,
    sharing: 'isolated',
    location: NOWHERE,
    ...(type === 'datastore' ? { datastore: datastoreOf(spec.name, datastore) } : {}),
    ...(type === 'external' ? { external: { address: `${spec.name}.example`, cidrs: [] } } : {}),
    ...rest,
    dependencies: (dependencies ?? []).map(dependency),
  };
}

function datastoreOf(name: string, spec: Partial<Datastore> = {}): Datastore {
  return {
    engine: 'postgres',
    isolation: 'dedicated',
    database: name,
    username: name,
    indices: [],
    topics: [],
    ...spec,
  };
}

/** Sorts by name, as the catalog room does. */
export function catalogOf(
  components: readonly Component[],
  testSuites: readonly TestSuite[] = [],
): Catalog {
  return { components: byName(components), testSuites: byName(testSuites) };
}

/** Only names and edges: `services({ gateway: ['cart'], cart: [] })`; the first is exposed. */
export function services(edges: Readonly<Record<string, readonly DependencySpec[]>>): Catalog {
  return catalogOf(
    Object.entries(edges).map(([name, dependencies], index) =>
      component({ name, dependencies, expose: index === 0 }),
    ),
  );
}

function byName<T extends { readonly name: string }>(items: readonly T[]): Map<string, T> {
  return new Map(
    items.toSorted((a, b) => compareText(a.name, b.name)).map((item) => [item.name, item]),
  );
}

/** What a random catalog may hold; everything unless switched off. */
export interface CatalogArbitraryOptions {
  readonly sizeMax?: number;
  readonly withShared?: boolean;
  readonly withTopics?: boolean;
  readonly withExternals?: boolean;
}

const TOPICS = ['orders', 'stock'] as const;

/**
 * Random catalogs: cyclic calls, several entries, workers, jobs, datastores, brokers with topics,
 * shared components, optional and independent dependencies. Names are `a0`, `a1`, …
 */
export function catalogs(options: CatalogArbitraryOptions = {}): fc.Arbitrary<Catalog> {
  return fc
    .integer({ min: 1, max: options.sizeMax ?? 9 })
    .chain((size) => {
      const names = Array.from({ length: size }, (_, index) => `a${index}`);
      return fc.tuple(...names.map((name) => anyComponent(name, names, options)));
    })
    .map((all) => catalogOf(all));
}

function anyComponent(
  name: string,
  names: readonly string[],
  options: CatalogArbitraryOptions,
): fc.Arbitrary<Component> {
  const types = options.withExternals === false ? TYPES : ([...TYPES, 'external'] as const);
  return fc
    .record({
      type: fc.constantFrom(...types),
      isShared: options.withShared === false ? fc.constant(false) : sometimes(5),
      expose: sometimes(3),
      dependencies: fc.uniqueArray(anyDependency(names, options), {
        maxLength: 3,
        selector: (each) => each.name,
      }),
    })
    .map(({ type, isShared, expose, dependencies: all }) =>
      component({
        name,
        type,
        expose: expose && type === 'service',
        sharing: isShared && type !== 'datastore' && type !== 'external' ? 'shared' : 'isolated',
        dependencies: all,
        ...(type === 'datastore'
          ? { datastore: { isolation: isShared ? 'shared' : 'dedicated' } }
          : {}),
      }),
    );
}

const TYPES = ['service', 'service', 'service', 'worker', 'job', 'datastore', 'datastore'] as const;

function anyDependency(
  names: readonly string[],
  options: CatalogArbitraryOptions,
): fc.Arbitrary<DependencySpec & object> {
  const topics =
    options.withTopics === false ? fc.constant([]) : fc.subarray([...TOPICS], { maxLength: 1 });
  return fc.record({
    name: fc.constantFrom(...names),
    optional: sometimes(4),
    startup: fc.constantFrom('wait', 'independent'),
    publishes: topics,
    consumes: topics,
  });
}

/** True once in `count`, as a rule; shrinks to false. */
function sometimes(count: number): fc.Arbitrary<boolean> {
  return fc.integer({ min: 0, max: count - 1 }).map((value) => value === count - 1);
}

/** A catalog with some of its components changed, at least one. */
export function catalogsWithChanges(
  options: CatalogArbitraryOptions = {},
): fc.Arbitrary<{ readonly catalog: Catalog; readonly changed: readonly string[] }> {
  return catalogs(options).chain((catalog) => {
    const names = changeable(catalog);
    return (
      names.length === 0
        ? fc.constant([])
        : fc.subarray([...names], { minLength: 1, maxLength: Math.min(3, names.length) })
    ).map((changed) => ({ catalog, changed }));
  });
}

/** Names of everything that an environment can run: all but externals. */
export function changeable(catalog: Catalog): readonly string[] {
  return [...catalog.components.values()]
    .filter((each) => each.type !== 'external')
    .map((each) => each.name);
}
