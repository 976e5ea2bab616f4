import type { Component, ComponentType } from './component.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { referencesOf } from './references.ts';

/** Types that a component calls; workers and jobs answer no calls. */
const CALLED: ReadonlySet<ComponentType> = new Set(['service', 'datastore', 'external']);

/**
 * Dependencies that a component calls without taking their address from a reference, so that the
 * embedded engine has no way to lead those calls through a relay. Nothing for components that say
 * nothing about the embedded engine.
 *
 * @param definitionOf - The definition of a dependency, from the catalog or the plan.
 */
export function hardcodedDependencies(
  component: Component,
  definitionOf: (name: string) => Pick<Component, 'type'> | undefined,
): readonly Diagnostic[] {
  if (component.embedded === undefined) return [];
  const referenced = new Set(
    referencesOf(component).flatMap((reference) =>
      reference.kind === 'dependency' ? [reference.name] : [],
    ),
  );
  return component.dependencies
    .filter(({ name }) => {
      const type = definitionOf(name)?.type;
      return type !== undefined && CALLED.has(type) && !referenced.has(name);
    })
    .map(({ name, location }) => ({
      code: 'EMBEDDED_HARDCODED_DEPENDENCY',
      severity: 'error',
      message: `"${component.name}" calls "${name}" but takes no address of it from a reference`,
      hint: `give it the address by an environment variable: \`\${dependencies.${name}.host}\` or \`.url\``,
      location,
      component: component.name,
    }));
}
