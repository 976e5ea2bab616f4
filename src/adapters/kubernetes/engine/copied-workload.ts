import type { RunningWorkload } from '../../../domain/catalog/component.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { KubeObject, ResourceType } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import type { CopiedWorkload } from '../render/rendering.ts';
import { reported } from './api-failures.ts';
import { listAt, textAt, textsAt, valueAt } from '../client/read-object.ts';
import type { Site } from './site.ts';

/** Reads a workload that already runs, with the Services, ConfigMaps and Secrets that it needs. */

const TYPES: Readonly<Record<RunningWorkload['kind'], ResourceType>> = {
  Deployment: RESOURCE_TYPES.deployment,
  StatefulSet: RESOURCE_TYPES.statefulSet,
  DaemonSet: RESOURCE_TYPES.daemonSet,
  Job: RESOURCE_TYPES.job,
  CronJob: RESOURCE_TYPES.cronJob,
};

/** Null when there is none. */
export async function runningWorkload(
  { api }: Pick<Site, 'api'>,
  { kind, namespace, name }: RunningWorkload,
): Promise<KubeObject | null> {
  return await reported(`${kind} "${namespace}/${name}"`, () =>
    api.get(TYPES[kind], { namespace, name }),
  );
}

/** @throws {OperationError} `NOT_FOUND` when there is no such workload. */
export async function copiedWorkload(
  site: Pick<Site, 'api'>,
  from: RunningWorkload,
): Promise<CopiedWorkload> {
  const { kind, namespace, name } = from;
  const workload = await runningWorkload(site, from);
  if (workload === null) {
    throw new OperationError('NOT_FOUND', `there is no ${kind} "${namespace}/${name}" to copy`);
  }
  const template = templateOf(workload);
  const named = configurationOf(valueAt(template, 'spec'));
  const [services, configMaps, secrets] = await Promise.all([
    servicesOf(site, namespace, textsAt(template, 'metadata', 'labels')),
    readAll(site, RESOURCE_TYPES.configMap, namespace, named.configMaps),
    readAll(site, RESOURCE_TYPES.secret, namespace, named.secrets),
  ]);
  return { workload, services, configMaps, secrets };
}

function templateOf(workload: KubeObject): unknown {
  return (
    valueAt(workload, 'spec', 'template') ??
    valueAt(workload, 'spec', 'jobTemplate', 'spec', 'template')
  );
}

/** Services that select the pods of this template. */
async function servicesOf(
  { api }: Pick<Site, 'api'>,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): Promise<readonly KubeObject[]> {
  const { items } = await reported(`Services of "${namespace}"`, () =>
    api.list(RESOURCE_TYPES.service, { namespace }),
  );
  return items.filter((service) => {
    const selector = Object.entries(textsAt(service, 'spec', 'selector'));
    return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
  });
}

interface Named {
  readonly configMaps: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
}

/** Whatever a pod names of its namespace's configuration: in variables and in volumes. */
function configurationOf(spec: unknown): Named {
  const configMaps = new Set<string>();
  const secrets = new Set<string>();
  const add = (names: Set<string>, name: string | null): void => {
    if (name !== null) names.add(name);
  };
  const containers = [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')];
  for (const container of containers) {
    for (const from of listAt(container, 'envFrom')) {
      add(configMaps, textAt(from, 'configMapRef', 'name'));
      add(secrets, textAt(from, 'secretRef', 'name'));
    }
    for (const variable of listAt(container, 'env')) {
      add(configMaps, textAt(variable, 'valueFrom', 'configMapKeyRef', 'name'));
      add(secrets, textAt(variable, 'valueFrom', 'secretKeyRef', 'name'));
    }
  }
  for (const volume of listAt(spec, 'volumes')) {
    const sources = [volume, ...listAt(volume, 'projected', 'sources')];
    for (const source of sources) {
      add(configMaps, textAt(source, 'configMap', 'name'));
      add(secrets, textAt(source, 'secret', 'secretName') ?? textAt(source, 'secret', 'name'));
    }
  }
  return { configMaps, secrets };
}

/** By an annotation its owner says that an object is not for environments. */
const COPY = 'offshoot.dev/copy';

/** Those there are, and may be copied: what is missing may be optional there, too. */
async function readAll(
  { api }: Pick<Site, 'api'>,
  type: ResourceType,
  namespace: string,
  names: ReadonlySet<string>,
): Promise<readonly KubeObject[]> {
  const found = await Promise.all(
    [...names].map((name) =>
      reported(`${type.kind} "${namespace}/${name}"`, () => api.get(type, { namespace, name })),
    ),
  );
  return found
    .filter((object) => object !== null)
    .filter(({ metadata }) => metadata.annotations?.[COPY] !== 'false');
}
