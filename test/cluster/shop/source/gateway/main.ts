import { address, call, HttpError, serve } from '#kit';

/** The front door of the shop: everything a browser asks for goes through here. */

const PRODUCTS = address('PRODUCTS_URL');
const CART = address('CART_URL');
const CHECKOUT = address('CHECKOUT_URL');
const ORDERS = address('ORDERS_URL');
const ACCOUNTS = address('ACCOUNTS_URL');
const RECOMMENDATIONS = address('RECOMMENDATIONS_URL');

/** The shop works without recommendations. */
async function recommended(id: string): Promise<object> {
  if (RECOMMENDATIONS === '') return [];
  try {
    return await call('recommendations', `${RECOMMENDATIONS}/for/${id}`);
  } catch {
    return [];
  }
}

serve('gateway', {
  'GET /': () => ({ shop: 'Offshoot test shop', start: ['/products', '/products/mug'] }),
  'GET /products': () => call('products', `${PRODUCTS}/products`),
  'GET /products/:id': async ({ params }) => {
    const { id = '' } = params;
    const product = await call('products', `${PRODUCTS}/products/${id}`);
    return { ...product, recommended: await recommended(id) };
  },
  'POST /carts/:id/items': ({ params, body }) =>
    call('cart', `${CART}/carts/${params['id']}/items`, body),
  'GET /carts/:id': ({ params }) => call('cart', `${CART}/carts/${params['id']}`),
  'POST /orders': async ({ body, token }) => {
    const account = await call<{ id: string }>('accounts', `${ACCOUNTS}/whoami`, { token });
    if (typeof body['cart'] !== 'string') throw new HttpError(400, 'name a cart');
    return await call('checkout', `${CHECKOUT}/checkout`, { ...body, account: account.id });
  },
  'GET /orders/:id': ({ params }) => call('orders', `${ORDERS}/orders/${params['id']}`),
});
