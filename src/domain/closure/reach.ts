import type { Catalog } from '../catalog/component.ts';
import { catalogGraphOf, nameOf, numberOf } from '../graph/catalog-graph.ts';
import type { CatalogGraph } from '../graph/catalog-graph.ts';
import { reversed } from '../graph/digraph.ts';
import { isReached, searchTree } from '../graph/paths.ts';
import { reachableFrom } from '../graph/reachability.ts';
import { witnessFrom } from './witness.ts';

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
  /** A shortest walk of calls and topics from it towards what it depends on; whole unless it is very long. */
  readonly witness: readonly string[];
}

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
    const witness = witnessFrom(graph, backward, number);
    dependents.push({ name: nameOf(graph, number), witness });
  }
  return dependents;
}
