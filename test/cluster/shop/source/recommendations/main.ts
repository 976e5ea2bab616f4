import { address, call, serve } from '#kit';

/** What else one might like. */

const PRODUCTS = address('PRODUCTS_URL');

serve('recommendations', {
  'GET /for/:id': async ({ params }) => {
    const all = await call<{ id: string }[]>('products', `${PRODUCTS}/products`);
    return all.filter(({ id }) => id !== params['id']).slice(0, 2);
  },
});
