import { compareText } from '../../../domain/diagnostic.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import { baselinePlaceOf, isInside, type ComponentScene } from './scene.ts';

/**
 * Full names of the baseline that an image may have built in (`cart.team-cart.svc.cluster.local`), pinned
 * to the environment's own Service for each dependency that is inside. Only direct dependencies: a pod
 * with a thousand names would be heavy, and nothing else is called.
 */
export function hostAliasesOf(
  scene: ComponentScene,
): readonly { readonly ip: string; readonly hostnames: readonly string[] }[] {
  const { component, plan, context } = scene;
  const aliases = component.dependencies.flatMap(({ name }) => {
    const ip = context.clusterIps.get(name);
    const dependency = definitionOf(plan, name);
    if (ip === undefined || dependency === undefined || !isInside(plan, name)) return [];
    const place = baselinePlaceOf(scene, dependency);
    if (place === null) return [];
    const short = `${place.name}.${place.namespace}`;
    const hostnames = [short, `${short}.svc`, `${short}.svc.${context.settings.clusterDomain}`];
    return [{ ip, hostnames }];
  });
  return aliases.toSorted((a, b) => compareText(a.ip, b.ip));
}
