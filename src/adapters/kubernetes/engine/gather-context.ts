import type { TaskOrder } from '../../../application/ports/engine.ts';
import { BASELINE } from '../../../application/ports/environment-store.ts';
import type { Component } from '../../../domain/catalog/component.ts';
import { OperationError } from '../../../domain/errors.ts';
import { clusterNameOf } from '../../../domain/naming/names.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS } from '../labels.ts';
import type { BaselinePlace, BaselineService, RenderContext } from '../render/rendering.ts';
import { isLogical } from '../render/logical/place-of.ts';
import { reported } from './api-failures.ts';
import {
  baselineServiceOf,
  endpointSlicesOf,
  findBaselineService,
} from './existing/baseline-services.ts';
import { copiedWorkload } from './copied-workload.ts';
import { installationOf } from './logical/logical-records.ts';
import { secretsOf } from './gather-secrets.ts';
import { textAt } from '../client/read-object.ts';
import { namespaceIn, type Site } from './site.ts';
import { stepFilesOf } from './step-files.ts';
import { storeOf } from './store-of.ts';

/** Reads all that rendering one Task needs beside the order itself. */
export async function gatherContext(site: Site, order: TaskOrder): Promise<RenderContext> {
  const { plan, task } = order;
  const component = task.component === null ? undefined : definitionOf(plan, task.component);
  const isWorkload = task.kind === 'deploy' || task.kind === 'run';
  const from = isWorkload ? component?.from : undefined;
  const [owners, secrets, files, store, copied, baseline, clusterIps, baselinePlaces] =
    await Promise.all([
      ownersOf(site, order, component),
      secretsOf(site, order),
      stepFilesOf(site, order),
      storeOf(site, order, component),
      from === undefined ? null : copiedWorkload(site, from),
      task.kind === 'boundary' && component !== undefined ? baselineOf(site, component) : null,
      clusterIpsFor(site, order, component),
      placesOf(site, order, component),
    ]);
  return {
    namespace: namespaceIn(site, plan.environment),
    ...owners,
    settings: site.settings,
    secrets,
    files,
    ...(store === null ? {} : { store }),
    copied,
    baseline,
    clusterIps,
    baselinePlaces,
  };
}

/** Whose the namespace is, and whose a place on a server. */
async function ownersOf(
  site: Site,
  { plan, task }: TaskOrder,
  component: Component | undefined,
): Promise<Pick<RenderContext, 'environmentUid' | 'installation'>> {
  const isPlace = task.kind === 'deploy' && component !== undefined && isLogical(component);
  if (task.kind !== 'namespace' && !isPlace) return { environmentUid: null };
  const environmentUid = await environmentUidOf(site, plan.environment);
  return isPlace
    ? { environmentUid, installation: await installationOf(site) }
    : { environmentUid };
}

/** Null when nobody asked for it by an Environment: then nothing owns its namespace. */
export async function environmentUidOf(
  site: Pick<Site, 'api' | 'settings'>,
  environment: string,
): Promise<string | null> {
  const found = await reported(`environment "${environment}"`, () =>
    site.api.get(RESOURCE_TYPES.environment, {
      name: clusterNameOf(site.settings.prefix, environment),
    }),
  );
  return found?.metadata.uid ?? null;
}

/**
 * What a boundary leads to.
 *
 * @throws {OperationError} `ENVIRONMENT_NOT_READY` while a baseline of our own still starts it,
 *   `BASELINE_FAILED` when it does not run there.
 */
async function baselineOf(site: Site, component: Component): Promise<BaselineService | null> {
  if (component.type === 'external') return null;
  if (site.settings.baselineNamespaces.length === 0) {
    await checkRunsInOurBaseline(site, component.name);
    return null;
  }
  const service = await findBaselineService(site, component);
  if (service === null) return null;
  return baselineServiceOf(component, service, await endpointSlicesOf(site, service));
}

/** Whoever reconciles the baseline knows more than its objects tell: what was never accepted has none. */
async function checkRunsInOurBaseline(site: Site, name: string): Promise<void> {
  const id = `deploy/${name}`;
  if (site.view().observeTask(BASELINE, id)?.state === 'Succeeded') return;
  const tasks = await site.tasksOf(BASELINE);
  const status = tasks.find((task) => task.id === id);
  if (status?.state === 'Failed' || status?.state === 'Aborted') {
    const because = status.message ?? status.code ?? status.waitsFor.join(', ');
    throw new OperationError(
      'BASELINE_FAILED',
      `the baseline's "${name}" does not run: ${because}`,
    );
  }
  throw new OperationError('ENVIRONMENT_NOT_READY', `the baseline's "${name}" is still starting`);
}

/** Only beside a baseline of others, whose full names an image may have built in. */
async function clusterIpsFor(
  site: Site,
  { plan, task }: TaskOrder,
  component: Component | undefined,
): Promise<ReadonlyMap<string, string>> {
  const isOfPods = task.kind === 'deploy' || task.kind === 'run';
  if (!isOfPods || site.settings.baselineNamespaces.length === 0) return new Map();
  const inside = new Set(plan.components.map(({ name }) => name));
  const wanted = new Set(
    (component?.dependencies ?? []).map(({ name }) => name).filter((name) => inside.has(name)),
  );
  if (wanted.size === 0) return new Map();
  const namespace = namespaceIn(site, plan.environment);
  const { items } = await reported(`Services of "${namespace}"`, () =>
    site.api.list(RESOURCE_TYPES.service, {
      namespace,
      labelSelector: `${LABELS.environment}=${plan.environment}`,
    }),
  );
  return new Map(
    items.flatMap((service): [string, string][] => {
      const { name } = service.metadata;
      const address = textAt(service, 'spec', 'clusterIP');
      const isUsable = address !== null && address !== '' && address !== 'None';
      return wanted.has(name) && isUsable ? [[name, address]] : [];
    }),
  );
}

async function placesOf(
  site: Site,
  { plan, task }: TaskOrder,
  component: Component | undefined,
): Promise<ReadonlyMap<string, BaselinePlace>> {
  const isOfPods = task.kind === 'deploy' || task.kind === 'run';
  if (!isOfPods || component === undefined) return new Map();
  if (site.settings.baselineNamespaces.length === 0) return new Map();
  const places = new Map<string, BaselinePlace>();
  await Promise.all(
    component.dependencies.map(async ({ name }) => {
      const dependency = definitionOf(plan, name);
      if (dependency === undefined || dependency.type === 'external') return;
      const found = await findBaselineService(site, dependency);
      if (found === null) return;
      places.set(name, { namespace: found.metadata.namespace ?? '', name: found.metadata.name });
    }),
  );
  return places;
}
