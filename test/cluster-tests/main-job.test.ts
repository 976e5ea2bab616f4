import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/adapters/kubernetes/client/kube-object.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { clusterNameOf, environmentNameOf, namespaceOf } from '../../src/domain/naming/names.ts';
import { openClusterShop, type ClusterShop } from './support/cluster-shop.ts';

/** The journey of a branch on a real cluster, by the command line, with services in five languages. */

const COUPON = environmentNameOf('feat/coupon');
const EXPRESS = environmentNameOf('feat/express');

let shop: ClusterShop;
beforeAll(async () => {
  shop = await openClusterShop();
}, 600_000);
afterAll(async () => {
  for (const branch of ['feat/coupon', 'feat/express']) await shop.run('down', branch);
  await shop.run('baseline', 'down');
  await shop.close();
}, 600_000);

async function environment(name: string): Promise<KubeObject | null> {
  return await shop.api.get(RESOURCE_TYPES.environment, { name: clusterNameOf(shop.prefix, name) });
}

function namespace(name: string): string {
  return namespaceOf(shop.prefix, name);
}

describe('a branch on a cluster', { timeout: 400_000 }, () => {
  it('gets an environment of its own, which every tool of the cluster shows', async () => {
    const { code, stderr } = await shop.run('up', 'feat/coupon');
    expect(stderr).not.toContain('✘');
    expect(code).toBe(0);
    const record = await environment(COUPON);
    expect(record?.['status']).toMatchObject({
      conditions: [
        { type: 'Ready', status: 'True', reason: 'TasksSucceeded' },
        {},
        { type: 'Captured', status: 'False', reason: 'CaptureOff' },
      ],
    });
    const { items } = await shop.api.list(RESOURCE_TYPES.pod, { namespace: namespace(COUPON) });
    const languages = ['gateway', 'promotions', 'pricing', 'checkout', 'orders'];
    const names = items.map(({ metadata }) => metadata.labels?.['offshoot.dev/component']);
    expect(names).toEqual(expect.arrayContaining(languages));
  });

  it('is tested from inside, and a failing test says so by its exit code', async () => {
    const { code, stdout } = await shop.run('test', 'feat/coupon');
    expect(stdout).toContain('✘ a coupon lowers the total');
    expect(stdout).toContain('✔ a promotion lowers the price');
    expect(code).toBe(3);
    const report = await shop.run('report', 'feat/coupon', '-o', 'json');
    expect(JSON.parse(report.stdout)).toMatchObject({ environment: COUPON, outcome: 'failed' });
  });

  it('shows what a component has written, and runs a command beside it', async () => {
    const logs = await shop.run('logs', 'feat/coupon', 'promotions');
    expect(logs.stdout).toContain('unwrap()');
    const exec = await shop.run('exec', 'feat/coupon', 'pricing', '--', 'sh', '-c', 'exit 4');
    expect(exec.code).toBe(4);
  });

  it('has another beside it that it does not disturb', async () => {
    const { code } = await shop.run('up', 'feat/express');
    expect(code).toBe(0);
    const coupon = await environment(COUPON);
    expect(coupon?.['status']).toMatchObject({ conditions: [{ status: 'True' }, {}, {}] });
    expect(await environment(EXPRESS)).not.toBeNull();
  });

  it('is brought up again with what was pushed and the worker that ships, and passes', async () => {
    await shop.shop.push('feat/coupon', 'feat-coupon-fix');
    const up = await shop.run('up', 'feat/coupon', '--include', 'fulfilment');
    expect(up.code).toBe(0);
    const { code, stdout } = await shop.run('test', 'feat/coupon');
    expect(stdout).toContain('✔ a coupon lowers the total');
    expect(stdout).toContain('✔ an order is shipped');
    expect(code).toBe(0);
  });

  it('leaves nothing when it is taken down', async () => {
    const { code } = await shop.run('down', 'feat/coupon');
    expect(code).toBe(0);
    expect(await environment(COUPON)).toBeNull();
    const name = namespace(COUPON);
    expect(await shop.api.get(RESOURCE_TYPES.namespace, { name })).toBeNull();
    for (const type of Object.values(RESOURCE_TYPES)) {
      if (!type.isNamespaced || type.kind === 'HTTPRoute') continue;
      const { items } = await shop.api.list(type, { namespace: name });
      expect(items.map(({ metadata }) => metadata.name)).toEqual([]);
    }
    expect(await environment(EXPRESS)).not.toBeNull();
  });
});
