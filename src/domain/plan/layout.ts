import type { BoundaryMember, Closure } from '../closure/closure.ts';
import type { Catalog, Component, Dependency } from '../catalog/component.ts';
import type { Revision } from '../revision/revision.ts';
import type { Location } from '../diagnostic.ts';
import { compareText } from '../diagnostic.ts';
import { invariant } from '../errors.ts';
import { oncePerObject } from '../once-per-object.ts';

/** Where a name leads from inside the environment. */
export type Placement = 'inside' | 'boundary' | 'external' | 'missing';

/**
 * Settings of the installation that shape what Tasks make, as digests. They are no part of a catalog, yet
 * whoever changes them expects that environments follow at their next plan.
 */
export interface SettingsDigests {
  /** All that shapes the place itself. */
  readonly place: string;
  /** What pods get beside their component. */
  readonly pods: string;
  /** By which addresses people and components reach each other. */
  readonly addresses: string;
}

/** Of an engine that has no such settings. */
const NO_SETTINGS: SettingsDigests = { place: '', pods: '', addresses: '' };

/** The part of the catalog that a plan is about, by name, with nothing in it that says where files lie. */
export interface Layout {
  readonly environment: string;
  readonly branch: string;
  readonly domain: string;
  readonly settings: SettingsDigests;
  /** Components that run in the environment. */
  readonly inside: ReadonlyMap<string, Component>;
  /** Components it uses from elsewhere. */
  readonly outside: ReadonlyMap<string, Component>;
  readonly usedBy: ReadonlyMap<string, readonly string[]>;
  readonly picks: ReadonlyMap<string, Revision | null>;
}

export interface LayoutInput {
  readonly environment: string;
  readonly branch: string;
  readonly domain: string;
  /** Absent for an engine that has none. */
  readonly settings?: SettingsDigests | undefined;
  readonly catalog: Catalog;
  readonly closure: Closure;
  readonly picks: ReadonlyMap<string, Revision | null>;
}

/** Cost: only what the closure names is looked at, never the whole catalog. */
export function layoutOf(input: LayoutInput): Layout {
  const { environment, branch, domain, catalog, closure, picks } = input;
  const boundary = closure.boundary.toSorted(byName);
  return {
    environment,
    branch,
    domain,
    settings: input.settings ?? NO_SETTINGS,
    inside: definitionsOf(closure.members.toSorted(byName), catalog),
    outside: definitionsOf(boundary, catalog),
    usedBy: new Map(boundary.map(({ name, usedBy }) => [name, usedBy.toSorted(compareText)])),
    picks,
  };
}

export function placementOf(layout: Layout, name: string): Placement {
  if (layout.inside.has(name)) return 'inside';
  const component = layout.outside.get(name);
  if (component === undefined) return 'missing';
  return component.type === 'external' ? 'external' : 'boundary';
}

/** Null where the picks do not say, too. */
export function revisionOf(layout: Layout, name: string): Revision | null {
  return layout.picks.get(name) ?? null;
}

export function byName(a: Pick<BoundaryMember, 'name'>, b: Pick<BoundaryMember, 'name'>): number {
  return compareText(a.name, b.name);
}

function definitionsOf(
  members: readonly { readonly name: string }[],
  catalog: Catalog,
): ReadonlyMap<string, Component> {
  const definitions = new Map<string, Component>();
  for (const { name } of members) {
    const component = catalog.components.get(name);
    invariant(component !== undefined, `the closure names "${name}", which the catalog lacks`);
    definitions.set(name, placeless(component));
  }
  return definitions;
}

/** Stands for every place, so that moving a catalog file changes no plan. */
const NOWHERE: Location = { file: '', line: 0, column: 0 };

const placeless = oncePerObject((component: Component): Component => {
  const dependencies = component.dependencies
    .map((dependency): Dependency => ({ ...dependency, location: NOWHERE }))
    .toSorted(byName);
  return { ...component, dependencies, location: NOWHERE };
});
