import type { Component, Dependency } from '../catalog/component.ts';
import { compareText } from '../diagnostic.ts';
import { digraphFromEdgeList } from '../graph/digraph.ts';
import { stronglyConnectedComponents } from '../graph/strongly-connected.ts';
import { mustHave } from '../must-have.ts';

/** Components that start together, since they wait for each other; by name. Most groups have one member. */
export type StartGroup = readonly Component[];

/** The strongly connected components of the `wait` edges, what is waited for before who waits. */
export function startGroupsOf(components: Iterable<Component>): readonly StartGroup[] {
  return groupsOf([...components], isWaitedFor);
}

/** Task ids outside of its group that a member needs, and those that it only waits for. */
export interface OwnPrerequisites {
  readonly needed: readonly string[];
  readonly wanted: readonly string[];
}

/** What the members of a start group wait for outside of it. */
export interface Prerequisites {
  /** By name; the same for every member. */
  readonly all: readonly string[];
  /** Member → those of `all` that it can do without. */
  readonly dispensable: ReadonlyMap<string, readonly string[]>;
}

/**
 * The union of what the members wait for, and what of it each member needs: its own needs and those
 * of every member that it needs, transitively. An `optional` edge inside the group passes no need on.
 *
 * Members with the same needs share their lists, as all of them share the union.
 */
export function prerequisitesOf(
  group: StartGroup,
  ownOf: (member: Component) => OwnPrerequisites,
): Prerequisites {
  const owns = new Map(group.map((member) => [member.name, ownOf(member)]));
  const found = owns.values().flatMap(({ needed, wanted }) => [...needed, ...wanted]);
  const all = [...new Set(found)].toSorted(compareText);
  const numbers = new Map(all.map((id, number) => [id, number]));
  const needs = new Map<string, Uint8Array>();
  const dispensable = new Map<string, readonly string[]>();
  // What is needed comes before who needs it, so its needs are known.
  for (const bound of boundTogether(group)) {
    const needed = new Uint8Array(all.length);
    for (const { name, dependencies } of bound) {
      for (const id of mustHave(owns, name).needed) needed[mustHave(numbers, id)] = 1;
      for (const each of dependencies.filter(isNeeded)) addAll(needed, needs.get(each.name));
    }
    const rest = all.filter((_, number) => needed[number] === 0);
    for (const { name } of bound) {
      needs.set(name, needed);
      dispensable.set(name, rest);
    }
  }
  return { all, dispensable };
}

function boundTogether(group: StartGroup): readonly StartGroup[] {
  return group.length === 1 ? [group] : groupsOf(group, isNeeded);
}

function addAll(flags: Uint8Array, others: Uint8Array = NOTHING): void {
  for (const [number, flag] of others.entries()) if (flag === 1) flags[number] = 1;
}

const NOTHING = new Uint8Array();

function isWaitedFor({ startup }: Dependency): boolean {
  return startup === 'wait';
}

function isNeeded({ startup, optional }: Dependency): boolean {
  return startup === 'wait' && !optional;
}

function groupsOf(
  components: readonly Component[],
  follows: (dependency: Dependency) => boolean,
): readonly StartGroup[] {
  const numbers = new Map(components.map(({ name }, number) => [name, number]));
  const sources: number[] = [];
  const targets: number[] = [];
  for (const [source, { dependencies }] of components.entries()) {
    for (const dependency of dependencies) {
      const target = follows(dependency) ? numbers.get(dependency.name) : undefined;
      if (target === undefined) continue;
      sources.push(source);
      targets.push(target);
    }
  }
  const graph = digraphFromEdgeList(components.length, { sources, targets });
  // Nodes are places in `components`, which the compiler cannot know.
  return stronglyConnectedComponents(graph).components.map((nodes) =>
    nodes.map((node) => components[node] as Component),
  );
}
