import { compareText } from '../diagnostic.ts';
import { digraphOf } from '../graph/digraph.ts';
import { stronglyConnectedComponents } from '../graph/strongly-connected.ts';
import type { Component, Dependency } from '../catalog/component.ts';

/** Components that start together, since they wait for each other; most have one member. */
export interface StartGroup {
  /** By name. */
  readonly members: readonly string[];
}

/**
 * The strongly connected components of the `wait` edges, what is waited for before who waits.
 *
 * @param components - By name.
 */
export function startGroupsOf(components: ReadonlyMap<string, Component>): readonly StartGroup[] {
  return groupsOf(components, [...components.keys()], isWaitedFor).map((members) => ({ members }));
}

/**
 * What each member of a start group cannot do without: its own needs, and those of every member that
 * it needs, transitively. An `optional` edge inside the group passes nothing on.
 */
export function needsWithin(
  group: StartGroup,
  components: ReadonlyMap<string, Component>,
  ownNeeds: (member: string) => readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const needs = new Map<string, ReadonlySet<string>>();
  // What is needed comes before who needs it, so its needs are known.
  for (const members of groupsOf(components, group.members, isNeeded)) {
    const shared = new Set<string>();
    const needed = members.flatMap((member) =>
      (components.get(member)?.dependencies ?? []).filter(isNeeded).map(({ name }) => name),
    );
    for (const name of needed) for (const need of needs.get(name) ?? []) shared.add(need);
    for (const member of members) for (const need of ownNeeds(member)) shared.add(need);
    for (const member of members) needs.set(member, shared);
  }
  return needs;
}

function isWaitedFor({ startup }: Dependency): boolean {
  return startup === 'wait';
}

function isNeeded({ startup, optional }: Dependency): boolean {
  return startup === 'wait' && !optional;
}

function groupsOf(
  components: ReadonlyMap<string, Component>,
  among: readonly string[],
  follows: (dependency: Dependency) => boolean,
): readonly (readonly string[])[] {
  const names = among.toSorted(compareText);
  const numbers = new Map(names.map((name, number) => [name, number]));
  const edges: [number, number][] = [];
  for (const [source, name] of names.entries()) {
    for (const edge of components.get(name)?.dependencies ?? []) {
      const target = numbers.get(edge.name);
      if (target === undefined || !follows(edge)) continue;
      edges.push([source, target]);
    }
  }
  const found = stronglyConnectedComponents(digraphOf(names.length, edges)).components;
  return found.map((nodes) => nodes.map((node) => names[node] ?? ''));
}
