import { compareText } from '../diagnostic.ts';
import { componentOf, nameOf } from '../graph/catalog-graph.ts';
import type { CatalogGraph } from '../graph/catalog-graph.ts';
import { targetsOf } from '../graph/digraph.ts';
import type { Digraph } from '../graph/digraph.ts';
import { isReached, searchTree } from '../graph/paths.ts';
import type { SearchTree } from '../graph/paths.ts';
import type { ClosureWarning } from './closure.ts';
import { isCopyable } from './sharing.ts';
import { witnessFrom, witnessTo } from './witness.ts';

export interface Inside {
  readonly graph: CatalogGraph;
  /** The call graph turned round. */
  readonly callers: Digraph;
  /** Marks (1) what is inside. */
  readonly inside: Uint8Array;
  /** Changed or included. */
  readonly kept: readonly number[];
}

/** Sorted by component, code and message. */
export function closureWarnings(found: Inside): ClosureWarning[] {
  return [...pathsThroughShared(found), ...dataSplits(found)].toSorted(
    (a, b) =>
      compareText(a.component, b.component) ||
      compareText(a.code, b.code) ||
      compareText(a.message, b.message),
  );
}

/**
 * One warning for each component that is the first shared one (or external: nobody knows whom it
 * calls but the catalog) on a walk that leaves the environment and comes to the baseline's copy of a change.
 *
 * Without such a component no walk does: what lies on it would be on the path, and so inside.
 */
function pathsThroughShared(found: Inside): ClosureWarning[] {
  const { graph, callers, inside, kept } = found;
  const uncopied = new Uint8Array(graph.calls.size);
  for (const [number, component] of graph.components.entries()) {
    if (inside[number] !== 1 && !isCopyable(component)) uncopied[number] = 1;
  }
  // All that is inside is a root, so no walk comes back in.
  const outward = searchTree(graph.calls, membersOf(inside), { blocked: uncopied });
  const back = searchTree(callers, kept);
  const warnings: ClosureWarning[] = [];
  for (const [number, name] of graph.names.entries()) {
    if (uncopied[number] !== 1 || !isReached(back, number)) continue;
    const caller = callerOf(found, number, outward);
    if (caller === undefined) continue;
    const witness = [...witnessTo(graph, outward, caller), ...witnessFrom(graph, back, number)];
    const kind = componentOf(graph, number).type === 'external' ? 'external' : 'shared';
    warnings.push({
      code: 'PATH_THROUGH_SHARED',
      component: name,
      message: `a call can leave the environment through the ${kind} component "${name}" and reach the baseline's copy of "${String(witness.at(-1))}"`,
      witness,
    });
  }
  return warnings;
}

/** Who makes the call that leaves for `number`: preferably a member, else what members call. */
function callerOf(found: Inside, number: number, outward: SearchTree): number | undefined {
  const reached = targetsOf(found.callers, number).filter((node) => isReached(outward, node));
  return reached.find((node) => found.inside[node] === 1) ?? reached[0];
}

/** One warning for each component outside that calls from inside can reach, and each datastore inside that it uses. */
function dataSplits(found: Inside): ClosureWarning[] {
  const { graph, callers, inside } = found;
  const members = membersOf(inside);
  const outward = searchTree(graph.calls, members);
  const isOutside = (user: number): boolean =>
    user < graph.names.length && inside[user] !== 1 && isReached(outward, user);
  const warnings: ClosureWarning[] = [];
  for (const used of members) {
    const { type, name: datastore } = componentOf(graph, used);
    if (type !== 'datastore') continue;
    for (const user of targetsOf(callers, used).filter(isOutside)) {
      const name = nameOf(graph, user);
      warnings.push({
        code: 'DATA_SPLIT',
        component: name,
        message: `"${name}" runs in the baseline and uses the baseline's copy of "${datastore}", while the environment has a copy of its own`,
        witness: [...witnessTo(graph, outward, user), datastore],
      });
    }
  }
  return warnings;
}

function membersOf(inside: Uint8Array): number[] {
  const members: number[] = [];
  for (const [number, mark] of inside.entries()) if (mark === 1) members.push(number);
  return members;
}
