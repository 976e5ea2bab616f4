import { address, call, serve } from '../kit/service.ts';

/** What things cost today: the base price of a product less what promotions say. */

const PRODUCTS = address('PRODUCTS_URL');
const PROMOTIONS = address('PROMOTIONS_URL');

serve('pricing', {
  'GET /prices/:id': async (request) => {
    const id = request.params['id'] ?? '';
    const base = await call<{ cents: number }>(
      request,
      'products',
      `${PRODUCTS}/products/${id}/base`,
    );
    const promotion = await call<{ percent: number }>(
      request,
      'promotions',
      `${PROMOTIONS}/promotions/${id}`,
    );
    return { id, cents: Math.round((base.cents * (100 - promotion.percent)) / 100) };
  },
  'POST /totals': async (request) => {
    const { cents, coupon } = request.body as { cents: number; coupon?: string };
    if (coupon === undefined) return { cents };
    const discount = await call<{ percent: number }>(
      request,
      'promotions',
      `${PROMOTIONS}/coupons/${coupon}`,
    );
    return { cents: Math.round((cents * (100 - discount.percent)) / 100) };
  },
});
