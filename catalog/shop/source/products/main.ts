import { address, call, HttpError, serve } from '../kit/service.ts';

/** What the shop sells. Asks pricing what a product costs today; pricing asks back what it costs at all. */

const PRICING = address('PRICING_URL');

const PRODUCTS = new Map([
  ['mug', { id: 'mug', name: 'A mug with a leaf', baseCents: 1200 }],
  ['shirt', { id: 'shirt', name: 'A shirt with a branch', baseCents: 2400 }],
  ['poster', { id: 'poster', name: 'A poster of a tree', baseCents: 1800 }],
]);

function productOf(id: string): { id: string; name: string; baseCents: number } {
  const product = PRODUCTS.get(id);
  if (product === undefined) throw new HttpError(404, `no product "${id}"`);
  return product;
}

serve('products', {
  'GET /products': () => [...PRODUCTS.values()],
  'GET /products/:id': async (request) => {
    const product = productOf(request.params['id'] ?? '');
    const price = await call<{ cents: number }>(
      request,
      'pricing',
      `${PRICING}/prices/${product.id}`,
    );
    return { ...product, cents: price.cents };
  },
  'GET /products/:id/base': (request) => ({
    cents: productOf(request.params['id'] ?? '').baseCents,
  }),
});
