import type { Component, Dependency } from '../../catalog/component.ts';
import type { Role } from '../../closure/closure.ts';
import { isInfrastructure } from './platform.ts';
import type { Origin, PlatformEvent } from '../report.ts';

/** What the verdict needs of a plan. A `Plan` is one: it defines all that is inside or boundary. */
export interface PlanFacts {
  readonly environment: string;
  readonly branch: string;
  readonly components: readonly {
    readonly name: string;
    readonly role: Role;
    readonly revision: { readonly sha: string } | null;
  }[];
  readonly boundary: readonly { readonly name: string }[];
  readonly definitions: Readonly<
    Record<
      string,
      Pick<Component, 'type'> & {
        readonly dependencies: readonly (Pick<Dependency, 'name'> &
          Partial<Pick<Dependency, 'publishes' | 'consumes'>>)[];
      }
    >
  >;
}

/** Where each component stands: asked by name, also by names that no catalog has. */
export interface Standing {
  isInside(component: string): boolean;
  /** The plan defines it, inside or boundary, or it was seen in the baseline. */
  isComponent(name: string): boolean;
  originOf(component: string, event: PlatformEvent | null): Origin;
}

/**
 * @param isBaseline - The run was one against the baseline itself: everything there is the baseline's.
 * @param beyond - Names that were seen in the baseline, of which the plan need not know.
 */
export function standingOf(
  facts: PlanFacts,
  isBaseline: boolean,
  beyond: ReadonlySet<string>,
): Standing {
  const roles = new Map(facts.components.map(({ name, role }) => [name, role]));
  const types = new Map(Object.entries(facts.definitions).map(([name, { type }]) => [name, type]));
  return {
    isInside: (component) => roles.has(component),
    isComponent: (name) => types.has(name) || beyond.has(name),
    originOf(component, event) {
      // A baseline that does not run is the baseline's trouble, whatever brought it down.
      if (event !== null && isInfrastructure(event) && event.code !== 'BASELINE_FAILED') {
        return 'infrastructure';
      }
      const role = roles.get(component);
      if (types.get(component) === 'external') return 'external';
      const isThere = types.has(component) || beyond.has(component);
      if (role === undefined) return isThere ? 'baseline' : 'external';
      if (isBaseline) return 'baseline';
      return role === 'changed' ? 'change' : 'path';
    },
  };
}
