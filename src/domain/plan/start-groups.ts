import { compareText } from '../diagnostic.ts';
import { digraphFromEdgeList } from '../graph/digraph.ts';
import { stronglyConnectedComponents } from '../graph/strongly-connected.ts';
import type { Component, Dependency } from '../catalog/component.ts';

/** Components that start together, since they wait for each other; most have one member. */
export interface StartGroup {
  /** By name. */
  readonly members: readonly string[];
  readonly has: (name: string) => boolean;
}

/**
 * The strongly connected components of the `wait` edges, what is waited for before who waits.
 *
 * @param components - By name.
 */
export function startGroupsOf(components: ReadonlyMap<string, Component>): readonly StartGroup[] {
  return groupsOf(components, [...components.keys()], isWaitedFor).map((members) => {
    const names = new Set(members);
    return { members, has: (name) => names.has(name) };
  });
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
  components: ReadonlyMap<string, Component>,
  own: (member: string) => {
    readonly needed: readonly string[];
    readonly wanted: readonly string[];
  },
): Prerequisites {
  const owns = new Map(group.members.map((member) => [member, own(member)]));
  const found = owns.values().flatMap(({ needed, wanted }) => [...needed, ...wanted]);
  const all = [...new Set(found)].toSorted(compareText);
  const numbers = new Map(all.map((id, number) => [id, number]));
  const needs = new Map<string, Uint8Array>();
  const dispensable = new Map<string, readonly string[]>();
  // What is needed comes before who needs it, so its needs are known.
  for (const members of boundTogether(components, group)) {
    const needed = new Uint8Array(all.length);
    for (const member of members) {
      for (const id of owns.get(member)?.needed ?? []) needed[numbers.get(id) ?? 0] = 1;
      for (const name of neededBy(components, member)) addAll(needed, needs.get(name));
    }
    const rest = all.filter((_, number) => needed[number] === 0);
    for (const member of members) {
      needs.set(member, needed);
      dispensable.set(member, rest);
    }
  }
  return { all, dispensable };
}

function boundTogether(
  components: ReadonlyMap<string, Component>,
  { members }: StartGroup,
): readonly (readonly string[])[] {
  return members.length === 1 ? [members] : groupsOf(components, members, isNeeded);
}

function neededBy(components: ReadonlyMap<string, Component>, member: string): readonly string[] {
  const dependencies = components.get(member)?.dependencies ?? [];
  return dependencies.filter(isNeeded).map(({ name }) => name);
}

function addAll(flags: Uint8Array, others: Uint8Array | undefined): void {
  if (others === undefined) return;
  for (const [number, flag] of others.entries()) if (flag === 1) flags[number] = 1;
}

function isWaitedFor({ startup }: Dependency): boolean {
  return startup === 'wait';
}

function isNeeded({ startup, optional }: Dependency): boolean {
  return startup === 'wait' && !optional;
}

function groupsOf(
  components: ReadonlyMap<string, Component>,
  names: readonly string[],
  follows: (dependency: Dependency) => boolean,
): readonly (readonly string[])[] {
  const numbers = new Map(names.map((name, number) => [name, number]));
  const sources: number[] = [];
  const targets: number[] = [];
  for (const [source, name] of names.entries()) {
    for (const edge of components.get(name)?.dependencies ?? []) {
      const target = follows(edge) ? numbers.get(edge.name) : undefined;
      if (target === undefined) continue;
      sources.push(source);
      targets.push(target);
    }
  }
  const graph = digraphFromEdgeList(names.length, { sources, targets });
  const found = stronglyConnectedComponents(graph).components;
  return found.map((nodes) => nodes.map((node) => names[node] ?? ''));
}
