import type { Catalog } from '../catalog/component.ts';
import { catalogGraphOf, nameOf, namesAlong, numberOf } from '../graph/catalog-graph.ts';
import type { CatalogGraph } from '../graph/catalog-graph.ts';
import { reversed } from '../graph/digraph.ts';
import { isReached, searchTree, walkFrom } from '../graph/paths.ts';
import { reachableFrom } from '../graph/reachability.ts';

/**
 * Everything that `names` need to work, themselves included: dependencies of every kind, followed to
 * the end. Consumers of what they publish are not needed and not among them. Sorted.
 *
 * @throws {OperationError} `CATALOG_UNKNOWN_COMPONENT` for a name that is not in the catalog.
 */
export function closeDownward(
  catalog: Catalog,
  names: Iterable<string>,
  graph: CatalogGraph = catalogGraphOf(catalog),
): readonly string[] {
  const roots = [...names].map((name) => numberOf(graph, name));
  const reached = reachableFrom(graph.dependencies, roots);
  return graph.names.filter((_, number) => reached[number] === 1);
}

/** A component that depends on another, directly or not. */
export interface Dependent {
  readonly name: string;
  /** A shortest walk of calls and topics from it to what it depends on, both ends included. */
  readonly witness: readonly string[];
}

/** Names kept of a witness; in a chain of thousands all of them together would be quadratic. */
const WITNESS_MAX = 128;

/**
 * What depends on a component: everything from which calls and topics lead to it. Sorted, without itself.
 *
 * @throws {OperationError} `CATALOG_UNKNOWN_COMPONENT` if the name is not in the catalog.
 */
export function dependentsOf(
  catalog: Catalog,
  name: string,
  graph: CatalogGraph = catalogGraphOf(catalog),
): readonly Dependent[] {
  const target = numberOf(graph, name);
  const backward = searchTree(reversed(graph.calls), [target]);
  const dependents: Dependent[] = [];
  for (const number of graph.names.keys()) {
    if (number === target || !isReached(backward, number)) continue;
    const witness = namesAlong(graph, walkFrom(backward, number, WITNESS_MAX));
    dependents.push({ name: nameOf(graph, number), witness });
  }
  return dependents;
}
