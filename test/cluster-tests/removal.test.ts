import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import type { KubeObject, ResourceType } from '../../src/adapters/kubernetes/client/kube-object.ts';
import { sweepNamespaces } from '../../src/adapters/kubernetes/engine/sweep-namespaces.ts';
import { LABELS, MANAGED_BY } from '../../src/adapters/kubernetes/labels.ts';
import { openClusterState } from '../../src/adapters/kubernetes/store/cluster-state.ts';
import { SortableIds } from '../../src/adapters/sqlite/sortable-ids.ts';
import type { EnvironmentRecord } from '../../src/application/ports/environment-store.ts';
import { openCluster, type Cluster } from '../../src/main/cluster.ts';
import { settingsFor } from '../../src/main/settings.ts';
import { startController, type ControllerProcess } from './faults/controllers.ts';
import { answers, runs } from './faults/project.ts';
import type { AuditedWrite } from './support/audited-writes.ts';
import { conditionOf, lifecycleStage, type LifecycleStage } from './support/lifecycle-stage.ts';

/** How an environment goes: in which order, what stays on purpose, and what is said when it cannot go. */

const FOREIGN = 'example.com/hold';
const LAST_WORDS = 'the last words of api';

let stage: LifecycleStage;
let controller: ControllerProcess;
/** Only looks. */
let cluster: Cluster;

beforeAll(async () => {
  stage = await lifecycleStage({
    web: { ...answers('web'), expose: true, dependencies: ['api'] },
    api: { ...answers('api'), dependencies: [] },
    broken: { type: 'worker', ...runs(`echo ${LAST_WORDS} >&2; exit 3`) },
  });
  controller = startController(stage.machine, stage.project);
  await controller.leads();
  process.env['KUBECONFIG'] = stage.cluster.kubeconfig;
  process.env['OFFSHOOT_HOME'] = stage.project.home;
  const { file, folder } = stage.project;
  cluster = await openCluster(await settingsFor({ project: file }, folder, false));
}, 300_000);
afterAll(async () => {
  await controller.end('SIGTERM');
  await cluster.close();
  await stage.close();
}, 300_000);

async function up(name: string, component: string, code = 0): Promise<string> {
  const branch = stage.project.branch(name, component);
  const ended = await stage.begin(stage.person, 'up', branch).ended;
  expect(ended).toMatchObject({ code });
  return branch;
}

async function down(branch: string): Promise<void> {
  const ended = await stage.begin(stage.person, 'down', branch).ended;
  expect(ended).toMatchObject({ code: 0 });
  expect(await stage.environment(branch)).toBeNull();
}

async function untilGone(branch: string): Promise<void> {
  await stage.until(`"${branch}" is gone`, async () => (await stage.environment(branch)) === null);
}

/** Until the environment says why it does not go, in words that have all of these in them. */
async function untilSaid(branch: string, ...words: readonly string[]): Promise<void> {
  let said = '';
  const look = async (): Promise<boolean> => {
    const removing = conditionOf(await stage.environment(branch), 'Removing');
    said = `${removing?.reason ?? ''}: ${removing?.message ?? ''}`;
    return said.startsWith('RemovalIncomplete') && words.every((word) => said.includes(word));
  };
  await stage.until(`"${branch}" says why it stays`, look).catch((error: unknown) => {
    throw new Error(`it said: ${said}`, { cause: error });
  });
}

async function put(
  type: ResourceType,
  object: Omit<KubeObject, 'apiVersion' | 'kind'>,
): Promise<void> {
  const { apiVersion, kind } = type;
  await stage.api.create(type, { ...object, apiVersion, kind } as KubeObject);
}

/** What the event of its end says. */
async function lastWords(branch: string): Promise<string | undefined> {
  const events = await cluster.state.store.events({ environment: branch });
  return events.find(({ type }) => type === 'removed')?.message;
}

async function exists(type: ResourceType, name: string): Promise<boolean> {
  return (await stage.api.get(type, { name })) !== null;
}

describe('a removal', { timeout: 400_000 }, () => {
  it('keeps the evidence, deletes the namespace in one request, then lets the Environment go', async () => {
    const branch = await up('ordered', 'broken', 4);
    const namespace = stage.namespaceOf(branch);
    const uid = (await stage.environment(branch))?.metadata.uid ?? '';
    const living = await cluster.state.store.get(branch);
    expect(evidenceIn(living)).toContain(LAST_WORDS);
    await down(branch);

    const lives = await cluster.state.store.list({ removed: true });
    expect(evidenceIn(lives.find((life) => life.uid === uid))).toContain(LAST_WORDS);
    const begun = await removalWrites(branch, uid);
    expect(begun.map(deed)).toEqual([
      'delete namespaces',
      'patch configmaps',
      'update environments',
      'delete environments',
    ]);
    const inside = (await stage.log.writes()).filter(
      (write) =>
        write.namespace === namespace &&
        write.verb === 'delete' &&
        // What Kubernetes collects by itself is its own affair.
        write.account !== 'kube-system' &&
        write.atMs >= (begun[0]?.atMs ?? 0),
    );
    expect(inside.filter(({ path }) => !path.endsWith(`/namespaces/${namespace}`))).toEqual([]);
  });

  it('counts the volumes that stay as their storage class wants', async () => {
    const branch = await up('retained', 'api');
    const name = `${stage.project.prefix}-retained`;
    await put(RESOURCE_TYPES.persistentVolume, {
      metadata: { name },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Mi' },
        hostPath: { path: '/tmp/offshoot-retained' },
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'none',
        claimRef: {
          namespace: stage.namespaceOf(branch),
          name: 'data',
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
        },
      },
    });
    try {
      await down(branch);
      // The controller writes events a moment after they happened.
      await expect
        .poll(async () => await lastWords(branch), { timeout: 30_000, interval: 500 })
        .toBe(`the environment "${branch}" is gone; 1 volume stays, as the storage class wants`);
      expect(await exists(RESOURCE_TYPES.persistentVolume, name)).toBe(true);
    } finally {
      await stage.api.delete(RESOURCE_TYPES.persistentVolume, { name });
    }
  });

  it('that `kubectl delete` asks for is carried out as any other', async () => {
    const branch = await up('deleted', 'api');
    await stage.api.delete(RESOURCE_TYPES.environment, {
      name: (await stage.environment(branch))?.metadata.name ?? '',
    });
    await untilGone(branch);
    expect(await exists(RESOURCE_TYPES.namespace, stage.namespaceOf(branch))).toBe(false);
    const all = await cluster.state.store.list({ removed: true });
    expect(all.find(({ name }) => name === branch)?.removedAt).not.toBeNull();
  });
});

describe('a namespace that does not go', { timeout: 400_000 }, () => {
  it('names the finalizers and the objects that hold it, until somebody takes them away', async () => {
    const branch = await up('held', 'api');
    const namespace = stage.namespaceOf(branch);
    const finalizers = [FOREIGN];
    await put(RESOURCE_TYPES.configMap, { metadata: { name: 'precious', namespace, finalizers } });
    const { items } = await stage.api.list(RESOURCE_TYPES.pod, { namespace });
    const pod = items[0]?.metadata.name ?? '';
    await stage.api.patch(
      RESOURCE_TYPES.pod,
      { namespace, name: pod },
      { metadata: { finalizers } },
    );

    const waiting = stage.begin(stage.person, 'down', branch, '--timeout', '40s');
    await untilSaid(
      branch,
      `ConfigMap "precious" is held by the finalizer "${FOREIGN}"`,
      `Pod "${pod}" is held by the finalizer "${FOREIGN}"`,
    );
    const { code, stderr } = await waiting.ended;
    expect(code).toBe(6);
    expect(stderr).toContain(`ConfigMap "precious" is held by the finalizer "${FOREIGN}"`);

    const metadata = { finalizers: null };
    await stage.api.patch(RESOURCE_TYPES.pod, { namespace, name: pod }, { metadata });
    await stage.api.patch(RESOURCE_TYPES.configMap, { namespace, name: 'precious' }, { metadata });
    await untilGone(branch);
    expect(await exists(RESOURCE_TYPES.namespace, namespace)).toBe(false);
  });

  it('names the API service that does not answer', async () => {
    const branch = await up('unanswered', 'api');
    const group = `${stage.project.prefix}.example.com`;
    const service: ResourceType = {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      plural: 'apiservices',
      isNamespaced: false,
    };
    const name = `v1.${group}`;
    await put(service, {
      metadata: { name },
      spec: {
        group,
        version: 'v1',
        groupPriorityMinimum: 10,
        versionPriority: 10,
        insecureSkipTLSVerify: true,
        service: { namespace: 'default', name: 'nobody' },
      },
    });
    try {
      await stage.until('the API service is known not to answer', async () =>
        JSON.stringify((await stage.api.get(service, { name }))?.['status'] ?? '').includes(
          'ServiceNotFound',
        ),
      );
      const waiting = stage.begin(stage.person, 'down', branch, '--no-wait');
      expect((await waiting.ended).code).toBe(0);
      await untilSaid(branch, `API service "${name}" does not answer (ServiceNotFound)`);
    } finally {
      await stage.api.delete(service, { name });
    }
    await untilGone(branch);
  });
});

describe('what nobody owns any more', { timeout: 400_000 }, () => {
  const GRACE_MS = 900_000;
  let lateMs = 0;

  /** The sweep of one process, whose clock may run ahead of what it finds. */
  function sweeper(): () => Promise<ReadonlySet<string>> {
    const { prefix, controlNamespace } = stage.project;
    const clock = { nowMs: (): number => Date.now() + lateMs };
    const state = openClusterState({
      api: stage.api,
      namespace: controlNamespace,
      prefix,
      clock,
      ids: new SortableIds(() => Date.now()),
      identity: 'sweeper',
      limits: { orphanMs: GRACE_MS },
    });
    const remove = (environment: string): Promise<unknown> => cluster.engine.remove(environment);
    const place = { api: stage.api, prefix, clock, graceMs: GRACE_MS, remove };
    return async () => new Set([...(await state.sweep()), ...(await sweepNamespaces(place))]);
  }

  async function namespaceWith(
    name: string,
    labels: Readonly<Record<string, string>>,
  ): Promise<string> {
    await put(RESOURCE_TYPES.namespace, { metadata: { name, labels } });
    return name;
  }

  it('is taken away after a grace; what is not ours by its labels and its name never', async () => {
    const { prefix, controlNamespace: namespace } = stage.project;
    const living = await up('living', 'api');
    const ours = { [LABELS.managedBy]: MANAGED_BY };
    const orphans = [
      await namespaceWith(`${prefix}-lost`, { ...ours, [LABELS.environment]: 'lost' }),
      await namespaceWith(`${prefix}-doctor-1`, { ...ours, [LABELS.probe]: 'true' }),
    ];
    const strangers = [
      await namespaceWith(`${prefix}-unlabelled`, {}),
      await namespaceWith(`${prefix}-renamed`, { ...ours, [LABELS.environment]: 'another' }),
      await namespaceWith(`x${prefix}-lost`, { ...ours, [LABELS.environment]: 'lost' }),
      await namespaceWith(`${prefix}-claimed`, { [LABELS.environment]: 'claimed' }),
    ];
    const labels = { ...ours, 'offshoot.dev/kept': 'plan', [LABELS.environment]: 'lost' };
    await put(RESOURCE_TYPES.configMap, { metadata: { name: 'plan-lost-0', namespace, labels } });
    await put(RESOURCE_TYPES.configMap, { metadata: { name: 'plan-of-others', namespace } });
    const spec = {
      holderIdentity: 'dead',
      leaseDurationSeconds: 12,
      renewTime: new Date().toISOString().replace('Z', '000Z'),
    };
    await put(RESOURCE_TYPES.lease, {
      metadata: { name: 'environment-lost', namespace, labels: ours },
      spec,
    });
    await put(RESOURCE_TYPES.lease, { metadata: { name: 'of-others', namespace }, spec });

    const sweep = sweeper();
    expect([...(await sweep())]).toEqual([]);
    // Whoever lives shows it meanwhile; then a long time passes.
    const seen = (await stage.lease('offshoot-controller'))?.metadata.resourceVersion;
    await stage.until('the controller renews its Lease', async () => {
      const lease = await stage.lease('offshoot-controller');
      return lease?.metadata.resourceVersion !== seen;
    });
    lateMs = 2 * GRACE_MS;
    expect(await sweep()).toEqual(new Set(['plan-lost-0', 'environment-lost', ...orphans]));
    for (const name of orphans) {
      await stage.until(
        `"${name}" is gone`,
        async () => !(await exists(RESOURCE_TYPES.namespace, name)),
      );
    }
    for (const name of [...strangers, stage.namespaceOf(living)]) {
      expect(await exists(RESOURCE_TYPES.namespace, name)).toBe(true);
    }
    expect(await stage.lease('of-others')).not.toBeNull();
    expect(conditionOf(await stage.environment(living), 'Ready')?.status).toBe('True');
    for (const name of strangers) await stage.api.delete(RESOURCE_TYPES.namespace, { name });
  });
});

function evidenceIn(record: EnvironmentRecord | null | undefined): string | undefined {
  return record?.status.tasks.find(({ id }) => id === 'deploy/broken')?.evidence;
}

function deed({ verb, resource }: AuditedWrite): string {
  return `${verb} ${resource}`;
}

/** What the controller wrote for the end of one life, but for its events and what it said meanwhile. */
async function removalWrites(environment: string, uid: string): Promise<readonly AuditedWrite[]> {
  const marks = [`--${environment}`, `-${environment}`, `past-${uid}`];
  const all = (await stage.log.writes()).filter(
    ({ account, path }) =>
      account === stage.accounts.machine &&
      marks.some((mark) => path.endsWith(mark) || path.endsWith(`${mark}/status`)),
  );
  const first = all.findIndex(
    ({ verb, resource }) => verb === 'delete' && resource === 'namespaces',
  );
  return all.slice(first).filter(({ resource }) => resource !== 'environments/status');
}
