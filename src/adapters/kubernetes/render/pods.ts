import type { Component, Port, Security } from '../../../domain/catalog/component.ts';
import { placementsOf } from './placements.ts';
import { digestOf } from './configuration.ts';
import { labelsOf, type Role } from './draft.ts';
import { hostAliasesOf } from './host-aliases.ts';
import { bytesQuantity } from './quantities.ts';
import type { ClusterSettings } from './rendering.ts';
import type { ComponentScene } from './scene.ts';
import { withTap } from './tap.ts';

/** What all pods of an environment have in common, whatever runs in them. */

export const SERVICE_ACCOUNT = 'offshoot';

/** Annotations of pod templates. Whatever is here restarts pods when it changes, so little is. */
const POD_ANNOTATIONS = {
  /** Of everything its containers are told. */
  configuration: 'offshoot.dev/configuration',
  /** Of the places where its dependencies live: callers keep old addresses open otherwise. */
  inside: 'offshoot.dev/inside',
  defaultContainer: 'kubectl.kubernetes.io/default-container',
} as const;

const UNPRIVILEGED_PORT_MIN = 1024;

export interface PodDraft {
  readonly role: Role;
  readonly container: string;
  /** Of its configuration. */
  readonly digest: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

export function podTemplateOf(
  { plan, context, component, order }: ComponentScene,
  { role, container, digest, spec }: PodDraft,
): object {
  return {
    metadata: {
      labels: labelsOf(plan, context.settings, component.name, role),
      annotations: {
        [POD_ANNOTATIONS.configuration]: digest,
        [POD_ANNOTATIONS.inside]: digestOf(placementsOf(plan, component, order.unavailable)),
        [POD_ANNOTATIONS.defaultContainer]: container,
      },
    },
    // Steps fill a datastore before anybody is tested.
    spec: role === 'inside' ? withTap(context.settings, component.name, spec) : spec,
  };
}

/** Of the pod itself, beside its containers and volumes. */
export function podBasics(scene: ComponentScene): Readonly<Record<string, unknown>> {
  const aliases = hostAliasesOf(scene);
  return {
    enableServiceLinks: false,
    serviceAccountName: SERVICE_ACCOUNT,
    automountServiceAccountToken: false,
    ...pullSecretsOf(scene.context.settings),
    ...(aliases.length === 0 ? {} : { hostAliases: aliases }),
  };
}

export function pullSecretsOf({ imagePullSecrets }: ClusterSettings): object {
  return imagePullSecrets.length === 0
    ? {}
    : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) };
}

/** @param user - That the image needs; null for the image's own. */
export function podSecurity(component: Component, user: number | null): object {
  const { runAsUser = user, runAsNonRoot = true } = component.security ?? {};
  const needsLowPort = runAsUser !== 0 && component.ports.some(isLow);
  return {
    runAsNonRoot,
    ...(runAsUser === null ? {} : { runAsUser, fsGroup: runAsUser }),
    seccompProfile: { type: 'RuntimeDefault' },
    // A setting that counts as safe: without it only root may listen there.
    ...(needsLowPort
      ? { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] }
      : {}),
  };
}

function isLow({ port }: Port): boolean {
  return port < UNPRIVILEGED_PORT_MIN;
}

export function containerSecurity({
  capabilities = [],
  readOnlyRootFilesystem,
}: Security = {}): object {
  return {
    allowPrivilegeEscalation: false,
    capabilities: {
      drop: ['ALL'],
      ...(capabilities.length === 0 ? {} : { add: capabilities }),
    },
    ...(readOnlyRootFilesystem === undefined ? {} : { readOnlyRootFilesystem }),
  };
}

/** Volumes and where the container has them. */
export interface Mounts {
  readonly volumes: readonly object[];
  readonly volumeMounts: readonly object[];
}

/** `/dev/shm` and the folders that it writes to. */
export function scratchMounts({ resources, writable = [] }: Component): Mounts {
  const paths = [...new Set(writable)];
  const { sharedMemoryBytes } = resources;
  const scratch = paths.map((mountPath, index) => ({ name: `writable-${index}`, mountPath }));
  const volumes: object[] = scratch.map(({ name }) => ({ name, emptyDir: {} }));
  const volumeMounts: object[] = [...scratch];
  if (sharedMemoryBytes !== undefined) {
    const sizeLimit = bytesQuantity(sharedMemoryBytes);
    volumes.push({ name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit } });
    volumeMounts.push({ name: 'shared-memory', mountPath: '/dev/shm' });
  }
  return { volumes, volumeMounts };
}

export function mounted({ volumes, volumeMounts }: Mounts): {
  readonly pod: object;
  readonly container: object;
} {
  return {
    pod: volumes.length === 0 ? {} : { volumes },
    container: volumeMounts.length === 0 ? {} : { volumeMounts },
  };
}

/** Two names for one number are one port. */
export function distinctPorts(ports: readonly Port[]): readonly Port[] {
  return ports.filter(({ port }, index) => ports.findIndex((each) => each.port === port) === index);
}
