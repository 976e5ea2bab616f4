import { address, call, serve } from '../kit/service.ts';

/** Carts, kept in memory. */

const PRODUCTS = address('PRODUCTS_URL');

interface Item {
  readonly product: string;
  readonly cents: number;
}

const carts = new Map<string, Item[]>();

serve('cart', {
  'POST /carts/:id/items': async (request) => {
    const cart = request.params['id'] ?? '';
    const product = await call<{ id: string; cents: number }>(
      request,
      'products',
      `${PRODUCTS}/products/${String(request.body['product'])}`,
    );
    const items = [...(carts.get(cart) ?? []), { product: product.id, cents: product.cents }];
    carts.set(cart, items);
    return { id: cart, items };
  },
  'GET /carts/:id': (request) => {
    const id = request.params['id'] ?? '';
    const items = carts.get(id) ?? [];
    return { id, items, cents: items.reduce((sum, item) => sum + item.cents, 0) };
  },
});
