import { address, call, serve } from '../kit/service.ts';

/** What else one might like. The shop works without it. */

const PRODUCTS = address('PRODUCTS_URL');

serve('recommendations', {
  'GET /for/:id': async (request) => {
    const all = await call<{ id: string }[]>(request, 'products', `${PRODUCTS}/products`);
    return all.filter((product) => product.id !== request.params['id']).slice(0, 2);
  },
});
