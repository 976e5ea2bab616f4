import type { ResourceType } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { ANALYSER } from '../capture/agreement.ts';
import type { ClusterSettings } from '../render/rendering.ts';

/**
 * What Offshoot does on a cluster, as rules of RBAC name it. The chart grants its controller exactly this;
 * tests compare it with the chart and with the audit log of an API server.
 */

export interface Right {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `pods/log`. */
  readonly resource: string;
  /** The only object it is about; null for all. */
  readonly objectName: string | null;
  /** `control`: in the control namespace only; `everywhere`: environments have namespaces of their own. */
  readonly where: 'everywhere' | 'control';
  readonly need: Need;
  /** What it is for, so that a person can decide. */
  readonly purpose: string;
}

/**
 * - `ask`: whoever wishes for environments, also where a controller carries the wishes out.
 * - `carry`: whoever carries them out.
 * - `useful`: environments come up without it.
 */
export type Need = 'ask' | 'carry' | 'useful';

type Rest = Pick<Right, 'where' | 'need' | 'purpose'> & {
  readonly subresource?: string;
  readonly objectName?: string;
};

function rightsOn(type: ResourceType, verbs: readonly string[], rest: Rest): readonly Right[] {
  const { subresource, objectName = null, where, need, purpose } = rest;
  const [group = ''] = type.apiVersion.includes('/') ? type.apiVersion.split('/') : [''];
  const resource = subresource === undefined ? type.plural : `${type.plural}/${subresource}`;
  return verbs.map((verb) => ({ verb, group, resource, objectName, where, need, purpose }));
}

const READ = ['get', 'list', 'watch'];
const WATCH = ['list', 'watch'];
const MANAGE = [...READ, 'create', 'patch', 'delete'];
const TYPES = RESOURCE_TYPES;
const API_SERVICE: ResourceType = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  plural: 'apiservices',
  isNamespaced: false,
};

const ASKING: readonly Right[] = [
  ...rightsOn(TYPES.environment, ['get', 'list', 'create', 'update'], {
    where: 'everywhere',
    need: 'ask',
    purpose: 'what is desired of environments',
  }),
  ...rightsOn(TYPES.report, ['get', 'list', 'create'], {
    where: 'everywhere',
    need: 'ask',
    purpose: 'test runs and their reports',
  }),
  ...rightsOn(TYPES.namespace, ['get'], {
    where: 'everywhere',
    need: 'ask',
    purpose: 'whether a namespace is taken',
  }),
  ...rightsOn(TYPES.configMap, ['get', 'list', 'create', 'update', 'patch', 'delete'], {
    where: 'control',
    need: 'ask',
    purpose: 'plans, events, demands',
  }),
  ...rightsOn(TYPES.lease, ['get', 'list', 'create', 'update', 'delete'], {
    where: 'control',
    need: 'ask',
    purpose: 'one reconciler at a time',
  }),
];

const CARRYING: readonly Right[] = [
  ...rightsOn(TYPES.environment, ['watch', 'patch', 'delete'], {
    where: 'everywhere',
    need: 'carry',
    purpose: 'ending environments',
  }),
  ...rightsOn(TYPES.environment, ['patch'], {
    subresource: 'status',
    where: 'everywhere',
    need: 'carry',
    purpose: 'what is true of environments',
  }),
  ...rightsOn(TYPES.report, ['watch', 'patch', 'delete'], {
    where: 'everywhere',
    need: 'carry',
    purpose: 'reports of test runs',
  }),
  ...rightsOn(TYPES.report, ['patch'], {
    subresource: 'status',
    where: 'everywhere',
    need: 'carry',
    purpose: 'reports of test runs',
  }),
  ...rightsOn(TYPES.secret, ['update'], {
    where: 'everywhere',
    need: 'carry',
    purpose: 'passwords that are generated',
  }),
  ...[
    TYPES.namespace,
    TYPES.serviceAccount,
    TYPES.resourceQuota,
    TYPES.limitRange,
    TYPES.configMap,
    TYPES.secret,
    TYPES.service,
    TYPES.deployment,
    TYPES.statefulSet,
    TYPES.job,
    TYPES.networkPolicy,
    TYPES.endpointSlice,
  ].flatMap((type) =>
    rightsOn(type, MANAGE, {
      where: 'everywhere',
      need: 'carry',
      purpose: 'what environments are made of',
    }),
  ),
  ...[
    { type: TYPES.pod, verbs: [...READ, 'delete'] },
    { type: TYPES.persistentVolumeClaim, verbs: WATCH },
    { type: TYPES.replicaSet, verbs: WATCH },
    { type: TYPES.daemonSet, verbs: READ },
    { type: TYPES.cronJob, verbs: READ },
    { type: TYPES.event, verbs: WATCH },
  ].flatMap(({ type, verbs }) =>
    rightsOn(type, verbs, {
      where: 'everywhere',
      need: 'carry',
      purpose: 'whether components are healthy, and why not',
    }),
  ),
  ...rightsOn(TYPES.pod, ['get'], {
    subresource: 'log',
    where: 'everywhere',
    need: 'carry',
    purpose: 'logs',
  }),
];

const USEFUL: readonly Right[] = [
  ...rightsOn(TYPES.node, ['list'], {
    where: 'everywhere',
    need: 'useful',
    purpose: 'whether there is room, and which images are there already',
  }),
  ...rightsOn(TYPES.persistentVolume, ['list'], {
    where: 'everywhere',
    need: 'useful',
    purpose: 'counting volumes that stay',
  }),
  ...rightsOn(API_SERVICE, ['list'], {
    where: 'everywhere',
    need: 'useful',
    purpose: 'why a namespace does not go',
  }),
];

/** Of people only: a controller neither needs nor gets it. */
const PERSONAL: readonly Right[] = [
  // A WebSocket is opened by `get`; from Kubernetes 1.35 on `create` is asked for beside it.
  ...rightsOn(TYPES.pod, ['get', 'create'], {
    subresource: 'exec',
    where: 'everywhere',
    need: 'useful',
    purpose: '`offshoot exec`',
  }),
  ...rightsOn(TYPES.customResourceDefinition, ['get', 'create', 'patch'], {
    where: 'everywhere',
    need: 'useful',
    purpose: 'bringing its own definitions, and seeing whether they are of this version',
  }),
];

/** Which of two kinds is used depends on the project, but both are watched: one may be left of before. */
function exposureRights({ kind }: ClusterSettings['exposure']): readonly Right[] {
  const rest = { where: 'everywhere', need: 'carry', purpose: 'addresses for people' } as const;
  return [
    ...rightsOn(TYPES.ingress, kind === 'ingress' ? MANAGE : WATCH, rest),
    ...rightsOn(TYPES.httpRoute, kind === 'gateway' ? MANAGE : WATCH, rest),
  ];
}

function captureRights({ mode }: ClusterSettings['capture']): readonly Right[] {
  if (mode === 'off') return [];
  return rightsOn(TYPES.service, ['get'], {
    subresource: 'proxy',
    objectName: `${ANALYSER.name}:${ANALYSER.callsPort}`,
    // Nodes have one analyser, beside the controllers.
    where: mode === 'nodes' ? 'control' : 'everywhere',
    need: 'carry',
    purpose: 'what the analyser of each environment has seen',
  });
}

/** Of whoever carries out what is desired; the chart gives its controller no other. */
export function carrierRights(
  settings: Pick<ClusterSettings, 'exposure' | 'capture'>,
): readonly Right[] {
  const { exposure, capture } = settings;
  return [
    ...ASKING,
    ...CARRYING,
    ...exposureRights(exposure),
    ...captureRights(capture),
    ...USEFUL,
  ];
}

/** Of a person who works with the command line. */
export function personalRights(
  settings: Pick<ClusterSettings, 'exposure' | 'capture'>,
): readonly Right[] {
  return [...carrierRights(settings), ...PERSONAL];
}

/** To try out pods for a few seconds, in a namespace that goes again. */
export const PROBE_RIGHTS: readonly Right[] = [
  { type: TYPES.namespace, verbs: ['create', 'list', 'delete'] },
  { type: TYPES.pod, verbs: ['create', 'get', 'patch'] },
  { type: TYPES.networkPolicy, verbs: ['create'] },
].flatMap(({ type, verbs }) =>
  rightsOn(type, verbs, {
    where: 'everywhere',
    need: 'useful',
    purpose: 'trying out pods',
  }),
);

/** `create, patch deployments.apps` for people. */
export function rightsText(rights: readonly Right[]): string {
  const byResource = Map.groupBy(rights, ({ group, resource, where, objectName }) => {
    const named = objectName === null ? resource : `${resource} "${objectName}"`;
    const place = where === 'control' ? ' in the control namespace' : '';
    return `${group === '' ? named : `${named}.${group}`}${place}`;
  });
  return [...byResource]
    .map(([resource, of]) => `${of.map(({ verb }) => verb).join(', ')} ${resource}`)
    .join('; ');
}
