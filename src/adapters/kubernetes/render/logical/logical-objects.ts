import type { Component } from '../../../../domain/catalog/component.ts';
import { invariant } from '../../../../domain/errors.ts';
import { logicalNameOf } from '../../../../domain/naming/names.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { loginObjects, secretDraft } from '../configuration.ts';
import { engineOf, userOf } from '../datastore-engines.ts';
import { labelsOf, type Draft } from '../draft.ts';
import { externalSlice } from '../endpoint-slices.ts';
import { imageOf } from '../images.ts';
import { addressFamily } from '../ip-address.ts';
import { externalPolicy } from '../network-policies.ts';
import { distinctPorts } from '../pods.ts';
import { secretValue, type ComponentScene } from '../scene.ts';
import { loginOf } from '../surroundings.ts';
import { logicalEngineOf } from './logical-engines.ts';
import { placeOf } from './place-of.ts';
import { serverJobSpec } from './server-job.ts';
import { serverOf, type Server } from './server-url.ts';

/**
 * A datastore that is a place on a server kept for several environments: its name, which leads there, the
 * way to it, a login of its own, and the Job that makes the place. Nothing of it runs in the environment.
 */
export function logicalObjects(scene: ComponentScene): readonly Draft[] {
  const { component, context } = scene;
  const admin = component.datastore?.admin;
  invariant(admin !== undefined, 'a catalog has a `logical` datastore without administrator');
  const server = serverOf(component, secretValue(context, admin), context.settings.clusterDomain);
  return [
    ...loginObjects(scene),
    ...nameObjects(component, server).map((draft): Draft => ({ ...draft, role: 'boundary' })),
    ...wayThere(component, server, context.settings.clusterDomain),
    ...makeJob(scene),
  ];
}

function nameObjects(component: Component, { host }: Server): readonly Draft[] {
  const { name } = component;
  const ports = distinctPorts(component.ports).map((port) => ({
    name: port.name,
    protocol: 'TCP',
    port: port.port,
    targetPort: port.port,
  }));
  const service = (spec: object): Draft => ({
    type: RESOURCE_TYPES.service,
    name,
    body: { spec: { ...spec, ports } },
  });
  const family = addressFamily(host);
  return family === null
    ? [service({ type: 'ExternalName', externalName: host })]
    : [service({ type: 'ClusterIP' }), externalSlice(component, host, family)];
}

/** Policies only add up: this one lets the environment's pods out to the server. */
function wayThere(component: Component, { host }: Server, clusterDomain: string): readonly Draft[] {
  const namespace = namespaceOf(host, clusterDomain);
  if (namespace === null) {
    return externalPolicy({ ...component, external: { address: host, cidrs: [] } });
  }
  const there = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  const egress = [{ to: [{ namespaceSelector: there }] }];
  return [
    {
      type: RESOURCE_TYPES.networkPolicy,
      name: `${component.name}--egress`,
      body: { spec: { podSelector: {}, policyTypes: ['Egress'], egress } },
    },
  ];
}

/** Whether nobody can say at which address the server is. */
export function isElsewhere(host: string, clusterDomain: string): boolean {
  return addressFamily(host) === null && namespaceOf(host, clusterDomain) === null;
}

/** Of a Service of the cluster; null for anything else. */
function namespaceOf(host: string, clusterDomain: string): string | null {
  const [, namespace, ...more] = host.split('.');
  return more.join('.') === `svc.${clusterDomain}` ? (namespace ?? null) : null;
}

function makeJob(scene: ComponentScene): readonly Draft[] {
  const { component, context, plan, revision } = scene;
  const { settings, namespace, installation, environmentUid } = context;
  const { engine = '', admin } = component.datastore ?? {};
  invariant(
    admin !== undefined && installation !== undefined,
    'nobody gathered for a logical datastore',
  );
  const name = logicalNameOf(namespace, component.name);
  const image = imageOf(component, revision);
  const known = engineOf(component);
  invariant(known !== null, 'places are made on servers of an engine that nothing is known of');
  const place = placeOf(namespace, component.name, installation);
  const beside = { namespace: settings.controlNamespace, role: 'server' } as const;
  const spec = serverJobSpec({
    image,
    user: userOf(known, image),
    script: logicalEngineOf(component.name, engine).make(place, environmentUid ?? 'none'),
    admin,
    login: name,
    labels: labelsOf(plan, settings, component.name, beside.role),
    settings,
  });
  const password = loginOf(context, component)?.password ?? '';
  return [
    { ...beside, ...secretDraft(name, { password }) },
    { ...beside, type: RESOURCE_TYPES.job, name: `${name}--make`, body: { spec } },
  ];
}
