import { equal, ok } from 'node:assert/strict';
import type { Shop } from './shop.ts';

/** One function a case; the name is what the report shows. */
export type Case = (shop: Shop) => Promise<void>;

export const CASES: Readonly<Record<string, Case>> = {
  'a visitor sees the products': async (shop) => {
    const products = await shop.get<object[]>('/products');
    equal(products.length, 3);
  },
  'a promotion lowers the price': async (shop) => {
    const poster = await shop.get<{ cents: number }>('/products/poster');
    equal(poster.cents, 1350);
  },
  'a product shows what else one might like': async (shop) => {
    const mug = await shop.get<{ recommended: object[] }>('/products/mug');
    ok(mug.recommended.length <= 2);
  },
  'an order is stored with its tax': async (shop) => {
    const cart = await shop.cartWith('mug');
    const order = await shop.post<{ cents: string; tax_percent: string }>('/orders', { cart });
    equal(order.cents, '1200');
    equal(order.tax_percent, '19');
  },
};
