import { RESOURCE_TYPES } from '../client/resource-types.ts';
import {
  digestOf,
  fromSecret,
  loginName,
  loginObjects,
  variableObjects,
  variablesDigest,
  variablesOf,
  variableSources,
} from './configuration.ts';
import { resourcesOf } from './container-resources.ts';
import { dataVolumeOf } from './data-volume.ts';
import { engineOf, userOf } from './datastore-engines.ts';
import { selectorOf, type Draft, type Role } from './draft.ts';
import { imageOf } from './images.ts';
import { logicalObjects } from './logical/logical-objects.ts';
import { isLogical } from './logical/place-of.ts';
import {
  containerSecurity,
  distinctPorts,
  mounted,
  podBasics,
  podSecurity,
  podTemplateOf,
  scratchMounts,
  type Mounts,
} from './pods.ts';
import { probesOf } from './probes.ts';
import type { ComponentScene } from './scene.ts';

/** What has no probe is ready as soon as it runs; what ends at once must not be taken for well. */
const UNPROBED_SECONDS = 3;

/** What runs: a Deployment, or a StatefulSet for a datastore, with its configuration before it. */
export function deployObjects(scene: ComponentScene): readonly Draft[] {
  const { component } = scene;
  if (isLogical(component)) return logicalObjects(scene);
  return [
    ...variableObjects(component.name, variablesOf(scene)),
    ...loginObjects(scene),
    component.type === 'datastore' ? statefulSet(scene) : deployment(scene),
  ];
}

/**
 * A new revision takes the old one's place at once. Both start and stop side by side, which is quickest, and the
 * old one answers nobody from the first moment: a test never meets a revision that was replaced.
 */
export const REPLACE_AT_ONCE = {
  type: 'RollingUpdate',
  rollingUpdate: { maxUnavailable: '100%', maxSurge: '100%' },
} as const;

export function deadlineSeconds({ order }: ComponentScene): number {
  return Math.ceil(order.task.timeoutMs / 1000);
}

function deployment(scene: ComponentScene): Draft {
  const { component } = scene;
  return {
    type: RESOURCE_TYPES.deployment,
    name: component.name,
    body: {
      spec: {
        replicas: component.replicas ?? 1,
        revisionHistoryLimit: 0,
        progressDeadlineSeconds: deadlineSeconds(scene),
        ...(component.ports.length === 0 ? { minReadySeconds: UNPROBED_SECONDS } : {}),
        strategy: REPLACE_AT_ONCE,
        selector: { matchLabels: selectorOf(component.name) },
        template: ownPodTemplate(scene, { role: 'inside', restartPolicy: 'Always', probed: true }),
      },
    },
  };
}

function statefulSet(scene: ComponentScene): Draft {
  const { component } = scene;
  const { claims, mounts } = dataVolumeOf(scene);
  return {
    type: RESOURCE_TYPES.statefulSet,
    name: component.name,
    body: {
      spec: {
        replicas: 1,
        serviceName: component.name,
        podManagementPolicy: 'Parallel',
        revisionHistoryLimit: 0,
        selector: { matchLabels: selectorOf(component.name) },
        template: ownPodTemplate(scene, {
          role: 'inside',
          restartPolicy: 'Always',
          probed: true,
          mounts,
        }),
        ...(claims.length === 0
          ? {}
          : {
              volumeClaimTemplates: claims,
              persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
            }),
      },
    },
  };
}

export interface OwnPod {
  readonly role: Role;
  readonly restartPolicy: 'Always' | 'Never';
  readonly probed: boolean;
  readonly mounts?: Mounts;
}

/** The pod of a component as its catalog entry describes it. */
export function ownPodTemplate(scene: ComponentScene, pod: OwnPod): object {
  const { component, revision } = scene;
  const image = imageOf(component, revision);
  const engine = engineOf(component);
  const variables = variablesOf(scene);
  const password = passwordVariables(scene);
  const scratch = scratchMounts(component);
  const volumes = mounted({
    volumes: [...scratch.volumes, ...(pod.mounts?.volumes ?? [])],
    volumeMounts: [...scratch.volumeMounts, ...(pod.mounts?.volumeMounts ?? [])],
  });
  const sources = variableSources(component.name, variables);
  const container = {
    name: component.name,
    image,
    ...component.container,
    ...listed('ports', distinctPorts(component.ports).map(containerPort)),
    ...listed('envFrom', sources),
    ...listed('env', password),
    resources: resourcesOf(component),
    securityContext: containerSecurity(component.security),
    ...(pod.probed ? probesOf(component) : {}),
    ...volumes.container,
  };
  return podTemplateOf(scene, {
    role: pod.role,
    container: component.name,
    digest: digestOf([variablesDigest(variables), loginObjects(scene).map(({ body }) => body)]),
    spec: {
      ...podBasics(scene),
      restartPolicy: pod.restartPolicy,
      securityContext: podSecurity(component, engine === null ? null : userOf(engine, image)),
      containers: [container],
      ...volumes.pod,
    },
  });
}

/** The password of its user, unless the catalog sets that variable itself. */
function passwordVariables({ component }: ComponentScene): readonly object[] {
  const variable = engineOf(component)?.passwordVariable;
  const isSaid = component.environment.some(({ name }) => name === variable);
  if (variable === undefined || isSaid) return [];
  return [fromSecret(variable, loginName(component.name), 'password')];
}

function containerPort({ name, port }: { readonly name: string; readonly port: number }): object {
  return { name, containerPort: port, protocol: 'TCP' };
}

/** A list under its key; nothing at all when it is empty. */
function listed(key: string, list: readonly object[]): Readonly<Record<string, unknown>> {
  return list.length === 0 ? {} : { [key]: list };
}
