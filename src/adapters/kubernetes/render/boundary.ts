import type { Component } from '../../../domain/catalog/component.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { beyondBaseline, hasAddressesBeyond } from './beyond-baseline.ts';
import type { Draft } from './draft.ts';
import { externalSlice, mirroredSlices } from './endpoint-slices.ts';
import { FOLLOWED, followedDigest, placesOf, placeText } from './followed.ts';
import { addressFamily } from './ip-address.ts';
import { externalPolicy, reachableNamespaces } from './network-policies.ts';
import { distinctPorts } from './pods.ts';
import type { BaselineService } from './rendering.ts';
import { baselinePlaceOf, fullNameOf, type ComponentScene } from './scene.ts';
import { aliasOf } from './service-aliases.ts';

/** The name of what the environment uses and does not run: it leads to the baseline's, or elsewhere. */
export function boundaryObjects(scene: ComponentScene): readonly Draft[] {
  const { component } = scene;
  const drafts =
    component.type === 'external' ? externalObjects(component) : baselineObjects(scene);
  return drafts.map((draft) => ({ ...draft, role: 'boundary' }));
}

function externalObjects(component: Component): readonly Draft[] {
  const address = component.external?.address;
  const family = address === undefined ? null : addressFamily(address);
  if (address === undefined) return [withoutSelector(component)];
  const leading =
    family === null
      ? [named(component.name, address, component)]
      : [withoutSelector(component), externalSlice(component, address, family)];
  return [...leading, ...externalPolicy(component)];
}

function baselineObjects(scene: ComponentScene): readonly Draft[] {
  const { component, context } = scene;
  const place = context.baseline ?? baselinePlaceOf(scene, component);
  if (place === null) return [withoutSelector(component)];
  const target = fullNameOf(place, context.settings.clusterDomain);
  const alias = aliasOf(scene.plan, component, place.name);
  const drafts = [
    ...(context.baseline === null
      ? [named(component.name, target, component)]
      : foundObjects(scene, context.baseline, target)),
    ...(alias === null ? [] : [named(alias, target, component)]),
  ];
  const annotations = followed(scene);
  return drafts.map((draft) => (draft.name === component.name ? { ...draft, annotations } : draft));
}

/** A name for a name where that is enough, and what the environment's policy does not let through else. */
function foundObjects(
  { component, plan, context }: ComponentScene,
  baseline: BaselineService,
  target: string,
): readonly Draft[] {
  const reached = reachableNamespaces(plan, context.settings.baselineNamespaces);
  return [
    ...(hasOtherPorts(component, baseline)
      ? [withoutSelector(component), ...mirroredSlices(component, baseline)]
      : [named(component.name, target, component)]),
    ...beyondBaseline(component, baseline, reached),
  ];
}

/** Nothing beside a baseline of our own, which never changes its ports under an environment. */
function followed({
  component,
  context: { settings, baseline },
}: ComponentScene): Readonly<Record<string, string>> {
  const { baselineNamespaces } = settings;
  if (baselineNamespaces.length === 0) return {};
  const hasEndpoints =
    baseline !== null && (hasOtherPorts(component, baseline) || hasAddressesBeyond(baseline));
  return {
    [FOLLOWED.places]: placesOf(component, baselineNamespaces).map(placeText).join(','),
    [FOLLOWED.digest]: followedDigest(baseline, hasEndpoints ? 'endpoints' : 'names'),
  };
}

function hasOtherPorts({ ports }: Component, there: Pick<BaselineService, 'ports'>): boolean {
  return ports.some(({ name, port }) => {
    const number = there.ports[name];
    return number !== undefined && number !== port;
  });
}

/** A name for a name: ports stay what they are. */
function named(name: string, externalName: string, component: Component): Draft {
  const ports = portsOf(component);
  return {
    type: RESOURCE_TYPES.service,
    name,
    body: {
      spec: { type: 'ExternalName', externalName, ...(ports.length === 0 ? {} : { ports }) },
    },
  };
}

/** Its addresses come from EndpointSlices of our own. Without ports there can be no such Service. */
function withoutSelector(component: Component): Draft {
  const ports = portsOf(component);
  return {
    type: RESOURCE_TYPES.service,
    name: component.name,
    body: {
      spec:
        ports.length === 0
          ? { type: 'ClusterIP', clusterIP: 'None' }
          : { type: 'ClusterIP', ports },
    },
  };
}

function portsOf({ ports }: Component): readonly object[] {
  return distinctPorts(ports).map(({ name, port }) => ({
    name,
    protocol: 'TCP',
    port,
    targetPort: port,
  }));
}
