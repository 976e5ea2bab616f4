import { namesAlong } from '../graph/catalog-graph.ts';
import type { CatalogGraph } from '../graph/catalog-graph.ts';
import { walkFrom, walkTo } from '../graph/paths.ts';
import type { SearchTree } from '../graph/paths.ts';

/**
 * Names kept on either side of the component that a witness is about. Real walks are far shorter; in a
 * chain of thousands the witnesses of all members together would be quadratic.
 */
const REACH_MAX = 32;

/** The way to `node`, by name: what is nearest to it. */
export function witnessTo(graph: CatalogGraph, tree: SearchTree, node: number): string[] {
  return namesAlong(graph, walkTo(tree, node, REACH_MAX));
}

/** The way on from `node` in a tree that was searched against the direction of calls: what is nearest to it. */
export function witnessFrom(graph: CatalogGraph, tree: SearchTree, node: number): string[] {
  return namesAlong(graph, walkFrom(tree, node, REACH_MAX));
}
