import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRepositories, type Repositories } from '../../cluster/images/repositories.ts';

/** Real Git in a temporary folder; no image is built. */

const SHOP = join(import.meta.dirname, '../../cluster/shop');
const folders: string[] = [];

afterAll(async () => {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

async function repositoriesWith(tools: string, only: readonly string[]): Promise<Repositories> {
  const folder = await mkdtemp(join(tmpdir(), 'cluster-shop-'));
  folders.push(folder);
  const toolsKeys = new Map([['go', tools]]);
  return await createRepositories({ shop: SHOP, folder, toolsKeys, only });
}

async function shasOf(shop: Repositories, branch: string): Promise<Record<string, string>> {
  const heads = (await shop.heads()).filter((head) => head.branch === branch);
  return Object.fromEntries(heads.map(({ name, sha }) => [name, sha]));
}

describe('the repositories of the shop', () => {
  it('have the same commits everywhere, and others when a compiler changes', async () => {
    const [one, same, other] = await Promise.all(
      ['go 1', 'go 1', 'go 2'].map(
        async (tools) =>
          await shasOf(await repositoriesWith(tools, ['checkout', 'pricing']), 'main'),
      ),
    );
    expect(same).toEqual(one);
    expect(other?.['checkout']).not.toBe(one?.['checkout']);
    expect(other?.['pricing']).toBe(one?.['pricing']);
  });

  it('take every change of the shop, and lose the branch when it is merged', async () => {
    const coupon = ['e2e', 'orders', 'orders-db', 'promotions'];
    const shop = await repositoriesWith('go 1', [...coupon, 'shipping', 'gateway']);
    expect((await shop.push('feat/coupon', 'feat-coupon')).toSorted()).toEqual(coupon);
    const broken = await shasOf(shop, 'feat/coupon');
    expect(Object.keys(broken).toSorted()).toEqual(coupon);
    await shop.push('feat/coupon', 'feat-coupon-fix');
    const mended = await shasOf(shop, 'feat/coupon');
    expect(mended).toEqual({ ...broken, promotions: mended['promotions'] });
    expect(mended['promotions']).not.toBe(broken['promotions']);
    expect(await shop.push('feat/express', 'feat-express')).toEqual(['shipping']);

    expect((await shop.merge('feat/coupon')).toSorted()).toEqual(coupon);
    expect(await shasOf(shop, 'feat/coupon')).toEqual({});
    expect(Object.keys(await shasOf(shop, 'feat/express'))).toEqual(['shipping']);
    const promotions = await readFile(join(shop.cloneOf('promotions'), 'main.rs'), 'utf8');
    expect(promotions).toContain('to_uppercase');
  });

  it('take an edit of a test as a commit on a branch of its own', async () => {
    const shop = await repositoriesWith('go 1', ['gateway', 'tax-rates']);
    await shop.edit('feat/fault', 'tax-rates', async (clone) => {
      await writeFile(join(clone, 'main.py'), 'raise SystemExit(3)\n');
    });
    expect(Object.keys(await shasOf(shop, 'feat/fault'))).toEqual(['tax-rates']);
  });
});
