import type { Catalog, Component } from '../../src/domain/catalog/component.ts';
import type { ClosureRequest } from '../../src/domain/closure/closure.ts';

/**
 * The closure rule of the design once more, by sets of names and searches that start over each time:
 * slow, plain, and sharing no line with the code it checks.
 */
export class ClosureOracle {
  readonly #catalog: Catalog;
  readonly #changes: ReadonlySet<string>;
  readonly #request: ClosureRequest;
  readonly #calls: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(catalog: Catalog, request: ClosureRequest) {
    this.#catalog = catalog;
    this.#request = request;
    this.#changes = new Set([...request.changed, ...request.include]);
    this.#calls = new Map(
      catalog.components.values().map((each) => [each.name, directCalls(catalog, each)]),
    );
  }

  calls(from: string, to: string): boolean {
    return this.#callsOf(from).has(to);
  }

  /** Whether what the environment needs of it is always the baseline's. */
  isShared(name: string): boolean {
    const each = this.#component(name);
    const isMarked = each.sharing === 'shared' || each.datastore?.isolation === 'shared';
    return isMarked && !this.#changes.has(name);
  }

  isExternal(name: string): boolean {
    return this.#component(name).type === 'external';
  }

  /** Everything on walks of calls from `start`, itself included, that touch only what `may` admits. */
  reach(start: string, may: (name: string) => boolean): Set<string> {
    const reached = new Set<string>();
    const visit = (name: string): void => {
      if (reached.has(name) || !may(name)) return;
      reached.add(name);
      for (const next of this.#callsOf(name)) visit(next);
    };
    visit(start);
    return reached;
  }

  /** N: the entries that reach a change without touching anything shared. */
  entries(): string[] {
    const { entries } = this.#request;
    const chosen =
      entries.length > 0
        ? [...entries]
        : [...this.#catalog.components.values()]
            .filter((each) => each.expose)
            .map(({ name }) => name);
    return chosen.filter((name) => this.#reachesChange(name));
  }

  /** Before datastores, jobs and consumers. */
  seeds(): Set<string> {
    const roots = [...this.entries(), ...this.#changes];
    const reached = union(roots, (root) => this.reach(root, this.#isWalked));
    return new Set(
      [...reached].filter(
        (name) =>
          !this.isExternal(name) &&
          (this.#request.isolation === 'full' || this.#reachesChange(name)),
      ),
    );
  }

  inside(): Set<string> {
    let inside = this.seeds();
    for (;;) {
      const next = inside.union(new Set(this.#addedBy(inside)));
      if (next.size === inside.size) return inside;
      inside = next;
    }
  }

  boundary(inside: ReadonlySet<string>): Map<string, string[]> {
    const boundary = new Map<string, string[]>();
    for (const user of [...inside].toSorted()) {
      for (const { name } of this.#component(user).dependencies) {
        const { type } = this.#component(name);
        if (inside.has(name) || type === 'worker' || type === 'job') continue;
        boundary.set(name, [...(boundary.get(name) ?? []), user]);
      }
    }
    return boundary;
  }

  /** Whether calls can leave `inside` and reach the baseline's copy of a change. */
  escapes(inside: ReadonlySet<string>): boolean {
    return this.#leavers(inside).some((name) => this.#reaches(name, this.#changes));
  }

  /** The shared components and externals through which they do, each the first on its way. */
  escapesThrough(inside: ReadonlySet<string>): Set<string> {
    const found = new Set<string>();
    for (const first of this.#leavers(inside)) {
      const plain = this.reach(first, (name) => !inside.has(name) && this.#isCopyable(name));
      const called = union(plain, (name) => this.#callsOf(name));
      for (const name of called.add(first)) {
        if (inside.has(name) || this.#isCopyable(name)) continue;
        if (this.#reaches(name, this.#changes)) found.add(name);
      }
    }
    return found;
  }

  /** `user datastore` of every component outside, reached from inside, with a datastore that is inside. */
  dataSplits(inside: ReadonlySet<string>): Set<string> {
    const outside = union(this.#leavers(inside), (first) =>
      this.reach(first, (name) => !inside.has(name)),
    );
    return new Set(
      [...outside].flatMap((user) =>
        this.#component(user)
          .dependencies.map(({ name }) => name)
          .filter((name) => inside.has(name) && this.#component(name).type === 'datastore')
          .map((name) => `${user} ${name}`),
      ),
    );
  }

  #addedBy(inside: ReadonlySet<string>): string[] {
    const added: string[] = [];
    for (const user of inside) {
      for (const { name, publishes } of this.#component(user).dependencies) {
        const { type } = this.#component(name);
        if (type === 'datastore' || type === 'job') added.push(name);
        if (!inside.has(name)) continue;
        for (const topic of publishes) added.push(...consumersOf(this.#catalog, name, topic));
      }
    }
    return added.filter((name) => this.#isCopyable(name));
  }

  /** What members call outside. */
  #leavers(inside: ReadonlySet<string>): string[] {
    return [...union(inside, (name) => this.#callsOf(name))].filter((name) => !inside.has(name));
  }

  readonly #isWalked = (name: string): boolean => !this.isShared(name);

  #isCopyable(name: string): boolean {
    return !this.isShared(name) && !this.isExternal(name);
  }

  #reachesChange(name: string): boolean {
    return !this.reach(name, this.#isWalked).isDisjointFrom(this.#changes);
  }

  #reaches(name: string, targets: ReadonlySet<string>): boolean {
    return !this.reach(name, () => true).isDisjointFrom(targets);
  }

  #callsOf(name: string): ReadonlySet<string> {
    return this.#calls.get(name) ?? new Set();
  }

  #component(name: string): Component {
    const found = this.#catalog.components.get(name);
    if (found === undefined) throw new Error(`no component "${name}"`);
    return found;
  }
}

function union(names: Iterable<string>, each: (name: string) => ReadonlySet<string>): Set<string> {
  let all = new Set<string>();
  for (const name of names) all = all.union(each(name));
  return all;
}

function directCalls(catalog: Catalog, from: Component): Set<string> {
  const called = new Set(from.dependencies.map(({ name }) => name));
  for (const { name, publishes } of from.dependencies) {
    for (const topic of publishes) {
      for (const consumer of consumersOf(catalog, name, topic)) called.add(consumer);
    }
  }
  return called;
}

function consumersOf(catalog: Catalog, broker: string, topic: string): string[] {
  return [...catalog.components.values()]
    .filter((each) =>
      each.dependencies.some(({ name, consumes }) => name === broker && consumes.includes(topic)),
    )
    .map(({ name }) => name);
}
