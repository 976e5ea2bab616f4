import { ok } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Shop } from './shop.ts';

/** One function a case; the name is what the report shows. */
export type Case = (shop: Shop) => Promise<unknown>;

const DISPATCHED_WITHIN_MS = Number(process.env['DISPATCHED_WITHIN_MS'] ?? 5000);

export const CASES: Readonly<Record<string, Case>> = {
  'a visitor sees the catalogue': (shop) => shop('/browse'),
  'a user signs in': (shop) => shop('/login'),
  'a cart keeps what is put in': (shop) => shop('/basket'),
  'shipping has a price': (shop) => shop('/quote'),
  'a product is rated': (shop) => shop('/rate'),
  'a page shows a product and its ratings': (shop) => shop('/page'),
  'an order is paid': (shop) => shop('/buy'),
  'a paid order is dispatched': async (shop) => {
    const id = randomUUID();
    await shop('/buy', id);
    const endMs = Date.now() + DISPATCHED_WITHIN_MS;
    for (;;) {
      const { payment } = await shop('/dispatched', id);
      if (JSON.stringify(payment).includes('dispatched')) return;
      ok(Date.now() < endMs, `order ${id} is not dispatched after ${DISPATCHED_WITHIN_MS} ms`);
      await sleep(250);
    }
  },
};
