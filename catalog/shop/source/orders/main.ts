import { openDatabase } from '../kit/postgres.ts';
import { address, call, HttpError, serve } from '../kit/service.ts';

/** Orders in PostgreSQL, taxed by the rates that the job `tax-rates` loaded. */

const database = await openDatabase(address('DATABASE_URL'));
const ACCOUNTS = address('ACCOUNTS_URL');

serve('orders', {
  'POST /orders': async (request) => {
    const { account, cents, payment } = request.body as Record<string, string>;
    const owner = await call<{ country: string }>(
      request,
      'accounts',
      `${ACCOUNTS}/accounts/${account}`,
    );
    const [rate] = await database.query('select percent from tax_rates where country = $1', [
      owner.country,
    ]);
    if (rate === undefined) throw new HttpError(422, `no tax rate for "${owner.country}"`);
    const [order] = await database.query(
      `insert into orders (account, cents, tax_percent, payment) values ($1, $2, $3, $4)
       returning id, cents, tax_percent, state`,
      [account ?? null, cents ?? null, rate['percent'] ?? null, payment ?? null],
    );
    return order;
  },
  'GET /orders/:id': async (request) => {
    const [order] = await database.query(
      'select id, cents, tax_percent, state from orders where id = $1',
      [request.params['id'] ?? ''],
    );
    if (order === undefined) throw new HttpError(404, `no order "${request.params['id']}"`);
    return order;
  },
});
