import { definitionOf } from '../../../../domain/plan/plan-lookup.ts';
import { insideOf, baselinePlaceOf, type ComponentScene } from '../scene.ts';

/**
 * Rewrites full names of the baseline's Services to plain ones, for each component that is inside. What is
 * outside keeps its full name, which leads to the baseline as before.
 */
export type Readdress = (text: string) => string;

export function addressBook(scene: ComponentScene): Readdress {
  const { clusterDomain } = scene.context.settings;
  const plainNames = new Map<string, string>();
  for (const { name } of insideOf(scene.plan)) {
    const component = definitionOf(scene.plan, name);
    const place = component === undefined ? null : baselinePlaceOf(scene, component);
    if (place !== null) plainNames.set(`${place.name}.${place.namespace}`, name);
  }
  if (plainNames.size === 0) return (text) => text;
  const suffix = `(?:\\.svc(?:\\.${escaped(clusterDomain)})?)?\\.?`;
  const names = [...plainNames.keys()]
    .toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1))
    .map(escaped)
    .join('|');
  // Not in the middle of a longer name.
  const pattern = new RegExp(`(?<![A-Za-z0-9.-])(${names})${suffix}(?![A-Za-z0-9.-])`, 'gu');
  return (text) => text.replaceAll(pattern, (whole, name: string) => plainNames.get(name) ?? whole);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&');
}
