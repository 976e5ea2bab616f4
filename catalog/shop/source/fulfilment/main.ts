import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../kit/postgres.ts';
import { address } from '../kit/service.ts';

/** A worker: nobody calls it; it looks for placed orders, has them shipped and tells the customer. */

const SHIPPING = address('SHIPPING_URL');
const NOTIFICATIONS = address('NOTIFICATIONS_URL');

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}

const database = await openDatabase(address('DATABASE_URL'));
console.log('fulfilment looks for orders');
for (;;) {
  const placed = await database.query("select id, account from orders where state = 'placed'");
  for (const order of placed) {
    await post(`${SHIPPING}/parcels`, { order: order['id'] });
    await database.query("update orders set state = 'shipped' where id = $1", [
      order['id'] ?? null,
    ]);
    await post(`${NOTIFICATIONS}/messages`, { account: order['account'], text: 'on its way' });
    console.log(`shipped order ${order['id']}`);
  }
  await sleep(500);
}
