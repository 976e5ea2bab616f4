import { deepEqual, equal, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Shop } from './shop.ts';

/** One function a case; the name is what the report shows. */
export type Case = (shop: Shop) => Promise<void>;

const SHIPPED_WITHIN_MS = Number(process.env['SHIPPED_WITHIN_MS'] ?? 5000);

interface Order {
  readonly id: number;
  readonly cents: number;
  readonly tax_percent: number;
  readonly state: string;
}

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
  'a cart keeps what is put in': async (shop) => {
    const cart = await shop.get<{ items: object[] }>(`/carts/${await shop.cartWith('mug')}`);
    deepEqual(cart.items, [{ product: 'mug', cents: 1200 }]);
  },
  'an order is stored with its tax': async (shop) => {
    const order = await shop.post<Order>('/orders', { cart: await shop.cartWith('mug') });
    equal(order.cents, 1200);
    equal(order.tax_percent, 19);
  },
  'an order is shipped': async (shop) => {
    const { id } = await shop.post<Order>('/orders', { cart: await shop.cartWith('shirt') });
    const endMs = Date.now() + SHIPPED_WITHIN_MS;
    for (;;) {
      const { state } = await shop.get<Order>(`/orders/${id}`);
      if (state === 'shipped') return;
      ok(Date.now() < endMs, `order ${id} is still "${state}" after ${SHIPPED_WITHIN_MS} ms`);
      await sleep(250);
    }
  },
};
