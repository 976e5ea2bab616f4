import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { startController, type ControllerProcess } from './faults/controllers.ts';
import { answers, runs } from './faults/project.ts';
import { repeated, type AuditedWrite } from './support/audited-writes.ts';
import { conditionOf, lifecycleStage, type LifecycleStage } from './support/lifecycle-stage.ts';

/**
 * Who carries an environment out changes while it is on its way: from a command that dies to a controller that
 * comes, from a command that lives to a controller that comes, and not at all when a controller is there.
 */

/**
 * `web` → `api`, which waits for a job that takes its time: the middle of a deployment. In environments called
 * `handed…` the job ends only when it is told to.
 */
const JOB = [
  'case "$NAME" in handed*) until [ -e /tmp/go ]; do sleep 1; done;; *) sleep 15;; esac',
  'echo schema',
].join('; ');
const COMPONENTS = {
  web: { ...answers('web'), expose: true, dependencies: ['api'] },
  api: { ...answers('api'), dependencies: ['schema'] },
  schema: {
    type: 'job',
    environment: { NAME: '${environment.name}' },
    writable: ['/tmp'],
    ...runs(JOB),
  },
};

let stage: LifecycleStage;
let controller: ControllerProcess | null = null;

beforeAll(async () => {
  stage = await lifecycleStage(COMPONENTS);
}, 300_000);
afterEach(async () => {
  await controller?.end('SIGTERM');
  controller = null;
}, 120_000);
afterAll(async () => {
  await controller?.end();
  await stage.close();
}, 300_000);

/** Until the job runs, and so what comes after it does not exist yet. Gives the name of its pod. */
async function untilItsMiddle(environment: string): Promise<string> {
  return await stage.until(`"${environment}" is on its way`, async () => {
    const { items } = await stage.api.list(RESOURCE_TYPES.pod, {
      namespace: stage.namespaceOf(environment),
      labelSelector: 'offshoot.dev/component=schema',
    });
    return items[0]?.metadata.name ?? null;
  });
}

async function untilReady(environment: string): Promise<void> {
  await stage.until(
    `"${environment}" is ready`,
    async () => conditionOf(await stage.environment(environment), 'Ready')?.status === 'True',
  );
}

async function startOne(): Promise<ControllerProcess> {
  controller = startController(stage.machine, stage.project);
  await controller.leads();
  return controller;
}

async function remove(environment: string): Promise<void> {
  const { code } = await stage.begin(stage.person, 'down', environment).ended;
  expect(code).toBe(0);
  expect(await stage.environment(environment)).toBeNull();
}

interface Written {
  readonly by: (account: 'person' | 'machine') => readonly AuditedWrite[];
  /** Objects in the environment's namespace that were written more than once. */
  readonly repeated: Readonly<Record<string, number>>;
}

async function writtenFor(environment: string): Promise<Written> {
  const namespace = stage.namespaceOf(environment);
  const inside = (await stage.log.writes()).filter((write) => write.namespace === namespace);
  const ours = new Set([stage.accounts.person, stage.accounts.machine]);
  const deeds = inside.filter(({ verb, account }) => verb !== 'delete' && ours.has(account));
  return {
    by: (account) => deeds.filter((write) => write.account === stage.accounts[account]),
    repeated: repeated(deeds),
  };
}

describe('an environment that a command has begun', { timeout: 400_000 }, () => {
  it('is finished by a controller that comes after the command was killed, once its Lease has run out', async () => {
    const branch = stage.project.branch('killed', 'api');
    const command = stage.begin(stage.person, 'up', branch);
    await untilItsMiddle(branch);
    command.kill('SIGKILL');
    await command.ended;
    const lease = await stage.lease(`environment-${branch}`);
    expect(lease?.['spec']).toMatchObject({
      holderIdentity: expect.stringMatching(/./u) as unknown,
    });

    await startOne();
    await untilReady(branch);

    const { finalizers } = (await stage.environment(branch))?.metadata ?? {};
    expect(finalizers).toEqual(['offshoot.dev/environment']);
    const written = await writtenFor(branch);
    const [people, machines] = (['person', 'machine'] as const).map((account) =>
      objectsOf(written.by(account)),
    );
    expect(people).toContain('serviceaccounts/offshoot');
    expect(people).not.toContain('deployments/api');
    expect(machines).toContain('deployments/api');
    expect(machines).toContain('deployments/web');
    expect(written.repeated).toEqual({});
    expect(await adoptedAfter(branch)).toBeGreaterThanOrEqual(secondsOf(lease?.['spec']) * 1_000);
    await remove(branch);
  });

  it('goes over to a controller that comes while the command still waits, which both finish', async () => {
    const branch = stage.project.branch('handed', 'api');
    const command = stage.begin(stage.person, 'up', branch);
    const pod = await untilItsMiddle(branch);
    await startOne();
    await stage.until(
      'the controller has adopted it',
      async () => ((await stage.environment(branch))?.metadata.finalizers ?? []).length > 0,
    );
    expect(await stage.lease(`environment-${branch}`)).toBeNull();
    const namespace = stage.namespaceOf(branch);
    await stage.until('the job is told to end', () =>
      stage.kubectl(['exec', '-n', namespace, pod, '--', 'touch', '/tmp/go']).then(() => true),
    );
    expect((await command.ended).code).toBe(0);
    const written = await writtenFor(branch);
    expect(written.repeated).toEqual({});
    const machines = objectsOf(written.by('machine'));
    expect(machines).toContain('deployments/api');
    expect(machines).toContain('deployments/web');
    await remove(branch);
  });
});

describe('beside a controller', { timeout: 400_000 }, () => {
  it('a command only writes its wish and waits', async () => {
    await startOne();
    const branch = stage.project.branch('wished', 'api');
    const beginMs = Date.now();
    const command = stage.begin(stage.person, 'up', branch);
    const { code, stderr } = await command.ended;
    expect(stderr).not.toContain('nobody');
    expect(code).toBe(0);
    const written = await writtenFor(branch);
    expect(written.by('person')).toEqual([]);
    expect(written.repeated).toEqual({});
    // Creations carry no name; whoever takes a Lease also renews it or gives it back.
    const wished = (await stage.log.writes()).filter(
      ({ account, atMs }) => account === stage.accounts.person && atMs >= beginMs,
    );
    expect(kindsOf(wished)).toContain('create environments');
    expect(wished.filter(({ path }) => path.includes(branch))).toEqual([]);
    await remove(branch);
  });

  it('a command that does not wait says nothing else, since the work goes on', async () => {
    await startOne();
    const branch = stage.project.branch('left', 'api');
    const { code, stderr } = await stage.begin(stage.person, 'up', branch, '--no-wait').ended;
    expect(code).toBe(0);
    expect(stderr).not.toContain('nobody');
    await untilReady(branch);
    await remove(branch);
  });
});

describe('without a controller', { timeout: 400_000 }, () => {
  it('a command that does not wait says that nobody goes on, and what does', async () => {
    const branch = stage.project.branch('alone', 'api');
    const { code, stderr } = await stage.begin(stage.person, 'up', branch, '--no-wait').ended;
    expect(code).toBe(0);
    expect(stderr).toContain('nobody goes on with it, as no controller runs');
    expect(stderr).toContain(`\`offshoot up ${branch}\` does`);
    // And it is as it says: the same command finishes it.
    expect((await stage.begin(stage.person, 'up', branch).ended).code).toBe(0);
    expect(await stage.lease(`environment-${branch}`)).toBeNull();
    await remove(branch);
  });

  it('a command that is interrupted says the same, and leaves no Lease behind', async () => {
    const branch = stage.project.branch('broken', 'api');
    const command = stage.begin(stage.person, 'up', branch);
    await untilItsMiddle(branch);
    command.kill('SIGINT');
    const { code, stderr } = await command.ended;
    expect(code).toBe(7);
    expect(stderr).toContain('CANCELLED');
    expect(stderr).toContain('nobody goes on with it, as no controller runs');
    expect(await stage.lease(`environment-${branch}`)).toBeNull();
    await remove(branch);
  });
});

/** `deployments/web` of the path of a request. */
function objectsOf(writes: readonly AuditedWrite[]): readonly string[] {
  return writes.map(({ path }) => path.split('/').slice(-2).join('/'));
}

function kindsOf(writes: readonly AuditedWrite[]): readonly string[] {
  return [...new Set(writes.map(({ verb, resource }) => `${verb} ${resource}`))];
}

/** From the last renewal of the command's Lease to the first write of a controller. Unit: milliseconds. */
async function adoptedAfter(environment: string): Promise<number> {
  const writes = await stage.log.writes();
  const of = (account: string, ending: string): readonly AuditedWrite[] =>
    writes.filter((write) => write.account === account && write.path.endsWith(ending));
  const account = stage.accounts.person;
  const renewals = of(account, `/leases/environment-${environment}`);
  const last = renewals.at(-1) ?? of(account, '/leases').at(-1);
  const adoption = of(stage.accounts.machine, `--${environment}`)[0];
  return (adoption?.atMs ?? 0) - (last?.atMs ?? Number.NaN);
}

function secondsOf(spec: unknown): number {
  return (
    (spec as { readonly leaseDurationSeconds?: number } | undefined)?.leaseDurationSeconds ?? 0
  );
}
