import type { Component, SecretRef } from '../../../domain/catalog/component.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import { ANALYSER, HANDING_ON } from '../capture/agreement.ts';
import type { NamedService, NamesFile } from '../capture/handing-on/names-file.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { secretDraft } from './configuration.ts';
import type { Draft } from './draft.ts';
import { wayOutPolicy } from './network-policies.ts';
import type { ClusterSettings } from './rendering.ts';
import { baselineNamespacesOf, insideOf, secretValue, type Scene } from './scene.ts';
import { aliasOf } from './service-aliases.ts';
import { servicePorts } from './services.ts';

/**
 * What lets the analyser hand calls on: names, which follow without a restart that would cost it its history;
 * the headers of its requests; and the way to who takes them.
 */
export function handingOnObjects(
  scene: Scene,
  selector: Readonly<Record<string, string>>,
): readonly Draft[] {
  const { settings } = scene.context;
  const target = exportOf(settings);
  if (target === null) return [];
  const { endpoint, headers } = target;
  const names = JSON.stringify(namesOf(scene));
  return [
    {
      type: RESOURCE_TYPES.configMap,
      name: ANALYSER.name,
      body: { data: { [HANDING_ON.names]: names } },
    },
    ...(headers === null
      ? []
      : [
          secretDraft(ANALYSER.name, {
            [HANDING_ON.headers]: secretValue(scene.context, headers),
          }),
        ]),
    wayOutPolicy(ANALYSER.name, selector, new URL(endpoint)),
  ];
}

/** Null where no calls are captured that could be handed on: who tells spans has a backend of its own. */
function exportOf({
  capture,
  exportsTo,
}: Pick<ClusterSettings, 'capture' | 'exportsTo'>): NonNullable<
  ClusterSettings['exportsTo']
> | null {
  return capture.mode === 'tap' ? (exportsTo ?? null) : null;
}

/** The secret with the headers of its requests, if there is one. */
export function exportHeaders(settings: ClusterSettings): readonly SecretRef[] {
  const headers = exportOf(settings)?.headers ?? null;
  return headers === null ? [] : [headers];
}

/** Of the analyser's container; values of secrets are in its files alone. */
export function handingOnArguments(settings: ClusterSettings): readonly string[] {
  const target = exportOf(settings);
  return target === null
    ? []
    : ['--export-endpoint', target.endpoint, '--export-folder', HANDING_ON.folder];
}

const VOLUME = 'handing-on';

export function handingOnMounts(settings: ClusterSettings): object {
  if (exportOf(settings) === null) return {};
  return { volumeMounts: [{ name: VOLUME, mountPath: HANDING_ON.folder, readOnly: true }] };
}

export function handingOnVolumes(settings: ClusterSettings): object {
  const target = exportOf(settings);
  if (target === null) return {};
  const secret = target.headers === null ? [] : [{ secret: { name: ANALYSER.name } }];
  const sources = [{ configMap: { name: ANALYSER.name } }, ...secret];
  return { volumes: [{ name: VOLUME, projected: { sources } }] };
}

function namesOf(scene: Scene): NamesFile {
  const { plan, context } = scene;
  const { prefix, clusterDomain } = context.settings;
  const boundary = plan.boundary.flatMap(({ name }) => definitionOf(plan, name) ?? []);
  const servicesOf = (component: Component, isInside: boolean): readonly NamedService[] => {
    const { name, baseline, from } = component;
    const alias = aliasOf(plan, component, baseline?.service ?? name);
    // Ports of what is copied, and of what others run, are theirs.
    const ports =
      isInside && from === undefined ? servicePorts(component).map(({ port }) => port) : [];
    return [name, ...(alias === null ? [] : [alias])].map((each) => ({
      name: each,
      component: name,
      isInside,
      ports,
    }));
  };
  return {
    environment: plan.environment,
    namespace: context.namespace,
    prefix: `${prefix}-`,
    clusterDomain,
    baselineNamespaces: baselineNamespacesOf(scene),
    services: [
      ...insideOf(plan)
        .filter(({ type }) => type !== 'job')
        .flatMap((component) => servicesOf(component, true)),
      ...boundary.flatMap((component) => servicesOf(component, false)),
    ],
  };
}
