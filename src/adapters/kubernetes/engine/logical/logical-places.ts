import type { TaskOrder } from '../../../../application/ports/engine.ts';
import { redact } from '../../../../domain/calls/redact.ts';
import { OperationError } from '../../../../domain/errors.ts';
import { definitionOf } from '../../../../domain/plan/plan-lookup.ts';
import type { Plan } from '../../../../domain/plan/plan.ts';
import type { KubeObject, ObjectRef } from '../../client/kube-object.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { engineNamed, userOf } from '../../render/datastore-engines.ts';
import { logicalEngineOf } from '../../render/logical/logical-engines.ts';
import { isLogical, placeOf } from '../../render/logical/place-of.ts';
import { serverJobSpec } from '../../render/logical/server-job.ts';
import { reported } from '../api-failures.ts';
import {
  installationOf,
  logicalLabels,
  logicalName,
  readRecords,
  recordFor,
  writeRecord,
  type LogicalRecord,
} from './logical-records.ts';
import { listAt, textAt } from '../../client/read-object.ts';
import { namespaceIn, type Site } from '../site.ts';

/** Places of environments on servers that are kept for several of them: remembered, and taken away. */

const { configMap: CONFIG_MAP, job: JOB, pod: POD, secret: SECRET } = RESOURCE_TYPES;

/** How long one call waits for the end of a Job, which is usually a second or two. Unit: milliseconds. */
const WAIT_MS = 15_000;
const POLL_MS = 250;

const LOG_LINES = 5;
const WORDS_BYTES_MAX = 512;

/**
 * Before anything of a place is made.
 *
 * @throws {OperationError} `ENVIRONMENT_NOT_READY` while a former place of that name is being taken away.
 */
export async function rememberPlace(site: Site, order: TaskOrder): Promise<void> {
  const record = recordFor(order);
  if (record === null) return;
  const ref = jobRef(site, record, 'drop');
  const dropping = await reported(`Job "${ref.name}"`, () => site.api.get(JOB, ref));
  if (dropping !== null) {
    if (endOf(dropping) !== null) await deleteJob(site, ref);
    throw new OperationError(
      'ENVIRONMENT_NOT_READY',
      `the former place of "${record.datastore}" on its server is still being taken away`,
    );
  }
  await writeRecord(site, record);
}

/** Takes away what the plan does not have any more. What does not go now goes with the environment. */
export async function dropUnplanned(site: Site, plan: Plan): Promise<void> {
  const hasAny = site
    .view()
    .objectsOf(plan.environment)
    .some(({ ref }) => ref.namespace === site.settings.controlNamespace);
  if (!hasAny) return;
  const records = await readRecords(site, plan.environment);
  const planned = new Set(plan.components.map(({ name }) => name));
  for (const record of records) {
    const component = definitionOf(plan, record.datastore);
    const isPlanned = planned.has(record.datastore) && component !== undefined;
    if (isPlanned && isLogical(component)) continue;
    await dropPlace(site, record);
  }
}

/**
 * When the namespace of an environment is gone, and nothing writes any more.
 *
 * @returns What is left, and why.
 */
export async function dropPlaces(site: Site, environment: string): Promise<readonly string[]> {
  const records = await readRecords(site, environment);
  const left = await Promise.all(records.map((record) => dropPlace(site, record)));
  return left.flatMap((reason) => reason ?? []);
}

/** @returns Null when it is gone, else why it is not. */
async function dropPlace(site: Site, record: LogicalRecord): Promise<string | null> {
  const what = `the place of "${record.datastore}" on its server`;
  const name = logicalName(site, record);
  const control = site.settings.controlNamespace;
  if (!(await isStopped(site, jobRef(site, record, 'make')))) return `${what} is still being made`;
  await site.api.delete(SECRET, { namespace: control, name });
  const ref = jobRef(site, record, 'drop');
  await reported(`Job "${ref.name}"`, async () => {
    if ((await site.api.get(JOB, ref)) !== null) return;
    await site.api.apply(JOB, await dropJob(site, record, ref.name), { force: true });
  });
  const end = await endWithin(site, ref);
  if (end === null) return `${what} is being taken away`;
  const words = end === 'Failed' ? await lastWords(site, ref) : '';
  await deleteJob(site, ref);
  if (end === 'Failed') return `${what} could not be taken away: ${words}`;
  await reported(`record of "${record.datastore}"`, () =>
    site.api.delete(CONFIG_MAP, { namespace: control, name }),
  );
  return null;
}

async function dropJob(site: Site, record: LogicalRecord, name: string): Promise<KubeObject> {
  const { environment, datastore, engine, image, admin } = record;
  const { settings } = site;
  const place = placeOf(namespaceIn(site, environment), datastore, await installationOf(site));
  const labels = logicalLabels(environment, datastore);
  const known = engineNamed(engine);
  return {
    apiVersion: JOB.apiVersion,
    kind: JOB.kind,
    metadata: { name, namespace: settings.controlNamespace, labels },
    spec: serverJobSpec({
      image,
      user: known === null ? 0 : userOf(known, image),
      script: logicalEngineOf(datastore, engine).drop(place),
      admin,
      login: null,
      labels,
      settings,
    }),
  };
}

function jobRef(
  site: Pick<Site, 'settings'>,
  record: LogicalRecord,
  kind: 'make' | 'drop',
): Required<ObjectRef> {
  const name = `${logicalName(site, record)}--${kind}`;
  return { namespace: site.settings.controlNamespace, name };
}

/** With its pods: what is being made may not be taken away at the same time. */
async function isStopped(site: Site, ref: Required<ObjectRef>): Promise<boolean> {
  const what = `Job "${ref.name}"`;
  await reported(what, () => site.api.delete(JOB, ref, { propagation: 'Foreground' }));
  site.view().acceptDeletion(JOB, ref, null);
  const untilMs = site.clock.nowMs() + WAIT_MS;
  while ((await reported(what, () => site.api.get(JOB, ref))) !== null) {
    if (site.clock.nowMs() >= untilMs) return false;
    await site.clock.sleep(POLL_MS);
  }
  return true;
}

async function endWithin(
  site: Site,
  ref: Required<ObjectRef>,
): Promise<'Complete' | 'Failed' | null> {
  const untilMs = site.clock.nowMs() + WAIT_MS;
  for (;;) {
    const job = await reported(`Job "${ref.name}"`, () => site.api.get(JOB, ref));
    const end = job === null ? null : endOf(job);
    if (end !== null || site.clock.nowMs() >= untilMs) return end;
    await site.clock.sleep(POLL_MS);
  }
}

function endOf(job: KubeObject): 'Complete' | 'Failed' | null {
  const conditions = listAt(job, 'status', 'conditions');
  const holds = (type: string): boolean =>
    conditions.some(
      (condition) => textAt(condition, 'type') === type && textAt(condition, 'status') === 'True',
    );
  if (holds('Complete')) return 'Complete';
  return holds('Failed') ? 'Failed' : null;
}

async function deleteJob(site: Site, ref: Required<ObjectRef>): Promise<void> {
  await reported(`Job "${ref.name}"`, () =>
    site.api.delete(JOB, ref, { propagation: 'Background' }),
  );
  site.view().acceptDeletion(JOB, ref, null);
}

/** Never a failure of its own. */
async function lastWords(site: Site, { namespace, name }: Required<ObjectRef>): Promise<string> {
  try {
    const { items } = await site.api.list(POD, {
      namespace,
      labelSelector: `batch.kubernetes.io/job-name=${name}`,
    });
    const [pod] = items;
    if (pod === undefined) return 'no pod of it ran';
    const ref = { namespace, name: pod.metadata.name };
    const text = await site.api.podLog(ref, { tailLines: LOG_LINES });
    return redact(text.trim().replaceAll('\n', ' '), WORDS_BYTES_MAX) || 'it said nothing';
  } catch {
    return 'its log could not be read';
  }
}
