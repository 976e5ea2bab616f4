import { address, call, HttpError, serve } from '../kit/service.ts';

/** Turns a cart into an order: price it, ask what shipping costs, have it paid, store it. */

const CART = address('CART_URL');
const PRICING = address('PRICING_URL');
const PAYMENTS = address('PAYMENTS_URL');
const ORDERS = address('ORDERS_URL');
const SHIPPING = address('SHIPPING_URL');

serve('checkout', {
  'POST /checkout': async (request) => {
    const { cart: cartId, account, coupon } = request.body as Record<string, string>;
    const cart = await call<{ items: object[]; cents: number }>(
      request,
      'cart',
      `${CART}/carts/${cartId}`,
    );
    if (cart.items.length === 0) throw new HttpError(400, `cart "${cartId}" is empty`);
    const total = await call<{ cents: number }>(request, 'pricing', `${PRICING}/totals`, {
      cents: cart.cents,
      coupon,
    });
    const quote = await call<{ cents: number }>(request, 'shipping', `${SHIPPING}/quotes/standard`);
    const cents = total.cents + quote.cents;
    const payment = await call<{ id: string }>(request, 'payments', `${PAYMENTS}/payments`, {
      account,
      cents,
    });
    return await call(request, 'orders', `${ORDERS}/orders`, {
      account,
      cents,
      payment: payment.id,
      coupon,
    });
  },
});
