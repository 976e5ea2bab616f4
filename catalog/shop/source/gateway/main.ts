import { address, call, HttpError, type Request, serve } from '../kit/service.ts';

/** The front door of the shop: everything a browser asks for goes through here. */

const PRODUCTS = address('PRODUCTS_URL');
const CART = address('CART_URL');
const CHECKOUT = address('CHECKOUT_URL');
const ACCOUNTS = address('ACCOUNTS_URL');
const RECOMMENDATIONS = address('RECOMMENDATIONS_URL');

async function recommended(request: Request, id: string): Promise<unknown> {
  if (RECOMMENDATIONS === '') return [];
  try {
    return await call(request, 'recommendations', `${RECOMMENDATIONS}/for/${id}`);
  } catch {
    return [];
  }
}

serve('gateway', {
  'GET /': () => ({ shop: 'Offshoot example', start: ['/products', '/products/mug'] }),
  'GET /products': (request) => call(request, 'products', `${PRODUCTS}/products`),
  'GET /products/:id': async (request) => {
    const id = request.params['id'] ?? '';
    const product = await call<object>(request, 'products', `${PRODUCTS}/products/${id}`);
    return { ...product, recommended: await recommended(request, id) };
  },
  'POST /carts/:id/items': (request) =>
    call(request, 'cart', `${CART}/carts/${request.params['id']}/items`, request.body),
  'GET /carts/:id': (request) => call(request, 'cart', `${CART}/carts/${request.params['id']}`),
  'POST /orders': async (request) => {
    const token = request.headers['authorization'] ?? '';
    const account = await call<{ id: string }>(request, 'accounts', `${ACCOUNTS}/whoami`, {
      token,
    });
    if (typeof request.body['cart'] !== 'string') throw new HttpError(400, 'name a cart');
    return await call(request, 'checkout', `${CHECKOUT}/checkout`, {
      ...request.body,
      account: account.id,
    });
  },
});
