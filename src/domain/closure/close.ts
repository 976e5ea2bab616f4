import type { Catalog, Component } from '../catalog/component.ts';
import { OperationError } from '../errors.ts';
import { catalogGraphOf, componentOf, nameOf, numberOf } from '../graph/catalog-graph.ts';
import type { CatalogGraph } from '../graph/catalog-graph.ts';
import { reversed, targetsOf } from '../graph/digraph.ts';
import type { Digraph } from '../graph/digraph.ts';
import { isReached, searchTree } from '../graph/paths.ts';
import type { SearchTree } from '../graph/paths.ts';
import { additionsTo } from './additions.ts';
import type { Addition } from './additions.ts';
import type {
  BoundaryMember,
  Closure,
  ClosureIsolation,
  ClosureMember,
  ClosureRequest,
} from './closure.ts';
import { isShared } from './sharing.ts';
import { closureWarnings } from './warnings.ts';
import { witnessFrom, witnessTo } from './witness.ts';

/**
 * The rule of what runs inside an environment (design §5, "Closure").
 *
 * With C the changes (and what `include` takes in) and N the entries that reach C, in the graph of
 * calls and topics without its shared components: `path` is everything on a walk from N ∪ C to C,
 * `full` everything that N ∪ C reaches. `additions.ts` adds datastores, jobs and consumers to either.
 * No call can leave a `path` closure and come back to a change, unless through a shared component;
 * then `warnings.ts` says so. Externals are never inside. Revisions are not here: see `revision/`.
 */

export { closeDownward, dependentsOf } from './reach.ts';

/**
 * @param graph - The index of the catalog, when the caller has one already.
 * @throws {OperationError} `CATALOG_UNKNOWN_COMPONENT` if a changed or included name is not in the
 *   catalog, `PLAN_UNKNOWN_ENTRY` if an entry is not a service of it, `USAGE` if an external is to be taken in.
 *
 * Cost: O(components + dependencies), and the witnesses' lengths.
 */
export function closeOver(
  catalog: Catalog,
  request: ClosureRequest,
  graph: CatalogGraph = catalogGraphOf(catalog),
): Closure {
  const walks = walksFor(graph, request);
  const seeds = seedsOf(walks, request.isolation);
  const inside = new Uint8Array(graph.names.length);
  for (const seed of seeds) inside[seed] = 1;
  const additions = additionsTo(graph, inside, seeds);
  return {
    isolation: request.isolation,
    members: membersOf(walks, request, { inside, additions }),
    boundary: boundaryOf(graph, inside),
    warnings: closureWarnings({ graph, callers: walks.callers, inside, kept: walks.kept }),
  };
}

/** The searches that everything else reads off. */
interface Walks {
  readonly graph: CatalogGraph;
  /** Changed or included, ascending. */
  readonly kept: readonly number[];
  /** The call graph turned round. */
  readonly callers: Digraph;
  /** From the entries that reach a change, then from the changes. */
  readonly forward: SearchTree;
  /** From the changes, against the direction of calls. */
  readonly backward: SearchTree;
}

function walksFor(graph: CatalogGraph, request: ClosureRequest): Walks {
  const kept = keptBy(graph, request);
  const blocked = new Uint8Array(graph.calls.size);
  for (const [number, component] of graph.components.entries()) {
    if (isShared(component)) blocked[number] = 1;
  }
  for (const number of kept) blocked[number] = 0;
  const callers = reversed(graph.calls);
  const backward = searchTree(callers, kept, { blocked });
  const entries = entriesOf(graph, request).filter((entry) => isReached(backward, entry));
  const forward = searchTree(graph.calls, entries, { blocked });
  searchTree(graph.calls, kept, { blocked, tree: forward });
  return { graph, kept, callers, forward, backward };
}

function keptBy(graph: CatalogGraph, request: ClosureRequest): number[] {
  const numbers = new Set<number>();
  for (const name of [...request.changed, ...request.include]) {
    const number = numberOf(graph, name);
    if (componentOf(graph, number).type === 'external') {
      throw new OperationError('USAGE', `"${name}" is external and cannot run in an environment`, {
        hint: 'an external runs elsewhere; change its address in the catalog to use another',
        details: { component: name },
      });
    }
    numbers.add(number);
  }
  return [...numbers].toSorted((a, b) => a - b);
}

function entriesOf(graph: CatalogGraph, request: ClosureRequest): number[] {
  if (request.entries.length > 0) {
    const numbers = request.entries.map((name) => entryOf(graph, name));
    return numbers.toSorted((a, b) => a - b);
  }
  const entries: number[] = [];
  for (const [number, component] of graph.components.entries()) {
    if (component.expose && component.type === 'service') entries.push(number);
  }
  return entries;
}

function entryOf(graph: CatalogGraph, name: string): number {
  const number = numberOf(graph, name, 'PLAN_UNKNOWN_ENTRY');
  const { type } = componentOf(graph, number);
  if (type === 'service') return number;
  throw new OperationError('PLAN_UNKNOWN_ENTRY', `entry "${name}" is a ${type}, not a service`, {
    details: { component: name },
  });
}

function seedsOf(walks: Walks, isolation: ClosureIsolation): number[] {
  const { graph, forward, backward } = walks;
  const seeds: number[] = [];
  for (const [number, component] of graph.components.entries()) {
    if (component.type === 'external' || !isReached(forward, number)) continue;
    if (isolation === 'full' || isReached(backward, number)) seeds.push(number);
  }
  return seeds;
}

function membersOf(
  walks: Walks,
  request: ClosureRequest,
  found: { readonly inside: Uint8Array; readonly additions: ReadonlyMap<number, Addition> },
): ClosureMember[] {
  const changed = new Set(request.changed);
  const included = new Set(request.include);
  const members: ClosureMember[] = [];
  for (const [number, name] of walks.graph.names.entries()) {
    if (found.inside[number] !== 1) continue;
    const addition = found.additions.get(number);
    if (changed.has(name)) {
      members.push({ name, role: 'changed', reason: 'changed', witness: [name] });
    } else if (included.has(name)) {
      members.push({ name, role: 'path', reason: 'included', witness: [name] });
    } else if (addition === undefined) {
      members.push(walkedMember(walks, number));
    } else {
      members.push(addedMember(walks.graph, name, addition));
    }
  }
  return members;
}

function walkedMember(walks: Walks, number: number): ClosureMember {
  const { graph, forward, backward } = walks;
  const name = nameOf(graph, number);
  const isOnPath = isReached(backward, number);
  const witness = [
    ...witnessTo(graph, forward, number),
    ...witnessFrom(graph, backward, number).slice(1),
  ];
  const way = witness.join(' → ');
  return isOnPath
    ? { name, role: 'path', reason: `on the path ${way}`, witness }
    : { name, role: 'dependency', reason: `reached by ${way}`, witness };
}

function addedMember(graph: CatalogGraph, name: string, addition: Addition): ClosureMember {
  const user = nameOf(graph, addition.from);
  const reason =
    addition.role === 'consumer'
      ? `consumes ${addition.topic} of ${user}`
      : `${addition.role} of ${user}`;
  return { name, role: addition.role, reason, witness: [user, name] };
}

function boundaryOf(graph: CatalogGraph, inside: Uint8Array): BoundaryMember[] {
  const usedBy = new Map<number, string[]>();
  for (const [user, name] of graph.names.entries()) {
    if (inside[user] !== 1) continue;
    for (const used of targetsOf(graph.dependencies, user)) {
      if (inside[used] === 1 || !answersCalls(componentOf(graph, used))) continue;
      const users = usedBy.get(used);
      if (users === undefined) usedBy.set(used, [name]);
      else users.push(name);
    }
  }
  return [...usedBy]
    .toSorted(([a], [b]) => a - b)
    .map(([used, users]) => ({ name: nameOf(graph, used), usedBy: users }));
}

/** Workers and jobs have no address that anyone could use. */
function answersCalls(component: Component): boolean {
  return component.type !== 'worker' && component.type !== 'job';
}
