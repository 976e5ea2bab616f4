import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { startController } from './faults/controllers.ts';
import { answers, SHOP } from './faults/project.ts';
import { conditionOf, lifecycleStage, type LifecycleStage } from './support/lifecycle-stage.ts';

/** Two projects on one cluster, each with a baseline of its own and the same branch. */

let one: LifecycleStage;
let other: LifecycleStage;
let branch: string;

beforeAll(async () => {
  one = await lifecycleStage(SHOP);
  other = await lifecycleStage({
    ...SHOP,
    web: { ...answers('other'), expose: true, dependencies: ['api'] },
  });
  branch = one.project.branch('same', 'api');
  other.project.repository.commit(branch, { 'api/version': `${branch}\n` });
}, 300_000);
afterAll(async () => {
  await one.close();
  await other.close();
}, 300_000);

async function fine(stage: LifecycleStage, ...args: readonly string[]): Promise<string> {
  const command = stage.begin(stage.person, ...args);
  expect(await command.ended).toMatchObject({ code: 0 });
  return command.stdout();
}

async function environmentNames(stage: LifecycleStage): Promise<readonly string[]> {
  const { environments } = JSON.parse(await fine(stage, 'list', '-o', 'json')) as {
    readonly environments: readonly { readonly name: string }[];
  };
  return environments.map(({ name }) => name);
}

async function uidsOf(stage: LifecycleStage): Promise<readonly (string | undefined)[]> {
  const objects = await Promise.all([
    stage.environment(branch),
    stage.environment('baseline'),
    stage.api.get(RESOURCE_TYPES.namespace, { name: stage.namespaceOf(branch) }),
    stage.api.get(RESOURCE_TYPES.namespace, { name: stage.namespaceOf('baseline') }),
  ]);
  return objects.map((object) => object?.metadata.uid);
}

describe('two installations with prefixes of their own', { timeout: 500_000 }, () => {
  it('bring up the same branch at the same time, each beside its own baseline', async () => {
    await Promise.all([fine(one, 'up', branch), fine(other, 'up', branch)]);
    const uids = [...(await uidsOf(one)), ...(await uidsOf(other))];
    expect(uids).not.toContain(undefined);
    expect(new Set(uids).size).toBe(8);
    for (const stage of [one, other]) {
      expect(conditionOf(await stage.environment('baseline'), 'Ready')?.status).toBe('True');
    }
  });

  it('see only their own', async () => {
    expect(await environmentNames(one)).toEqual([branch]);
    const extra = other.project.branch('extra', 'api');
    await fine(other, 'up', extra);
    expect(await environmentNames(one)).toEqual([branch]);
    expect(await environmentNames(other)).toEqual([extra, branch].toSorted());
  });

  it('leave each other alone, also when one has a controller and removes everything', async () => {
    const before = await uidsOf(other);
    const controller = startController(one.machine, one.project);
    await controller.leads();
    await one.until(
      'the controller holds its own',
      async () => ((await one.environment(branch))?.metadata.finalizers ?? []).length > 0,
    );
    await fine(one, 'down', branch);
    await one.until(
      'its baseline is gone',
      async () => (await one.environment('baseline')) === null,
    );
    await controller.end('SIGTERM');
    expect(await uidsOf(other)).toEqual(before);
    expect((await other.environment(branch))?.metadata.finalizers).toBeUndefined();
    const written = (await one.log.writes()).filter(
      ({ account, path }) =>
        Object.values(one.accounts).includes(account) && path.includes(other.project.prefix),
    );
    expect(written).toEqual([]);
    await fine(other, 'down', branch);
  });

  it('cannot share a control namespace', async () => {
    await one.project.settings({ controlNamespace: other.project.controlNamespace });
    const { code, stderr } = await one.begin(one.person, 'list').ended;
    expect(code).not.toBe(0);
    expect(stderr).toContain('NAMESPACE_TAKEN');
    expect(stderr).toContain(`environments of the prefix "${other.project.prefix}"`);
    await one.project.settings({ controlNamespace: one.project.controlNamespace });
  });
});
