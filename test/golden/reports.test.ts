import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/domain/calls/report/build-report.ts';
import { event, failedCase, passedCase, reportInput } from '../support/call-story.ts';

/** Whole reports, reviewed like code. */

const SCENARIOS = {
  'deep-cause': reportInput(
    `test → gateway 200 GET /products @0..20 [ gateway → products 200 GET /products @2..15 ]
     test → gateway 502 POST /orders @100..190 [
       gateway → accounts 200 POST /whoami @105..110
       gateway → checkout 502 POST /checkout @115..185 [
         checkout → cart 200 GET /carts/7 @120..130
         checkout → pricing 502 POST /totals @135..180 [
           pricing → promotions 500 GET /coupons/SPRING @140..175
             "500 Internal Server Error from promotions GET /coupons/SPRING: Cannot read properties of undefined" ] ] ]`,
    {
      changed: ['promotions', 'orders'],
      boundary: ['accounts'],
      types: { orders: 'service', 'orders-db': 'datastore' },
      dependencies: {
        gateway: ['products', 'accounts', 'checkout'],
        checkout: ['cart', 'pricing', 'orders'],
        pricing: ['promotions'],
        orders: ['orders-db'],
      },
      cases: [passedCase('shows the products', 0, 50), failedCase('takes a coupon', 90, 200)],
    },
  ),
  'refused-after-crash': reportInput(
    `test → gateway 200 @0..20 [ gateway → cart 200 @2..15 ]
     test → gateway 502 POST /orders #pays @1000..1050 [
       gateway → payments refused POST /payments #pays @1010..1011 "connection refused by payments:8080"
       gateway → payments refused POST /payments #pays @1020..1021 "connection refused by payments:8080" ]
     test → gateway 200 #looks @1000..1100 [ gateway → ads 503 #looks @1005..1010 ]`,
    {
      changed: ['gateway'],
      cases: [failedCase('pays'), passedCase('looks')],
      events: [event('payments', 700, 'OUT_OF_MEMORY', 'used more than its 128 MiB')],
      dependencies: { gateway: ['cart', 'payments', 'ads'] },
    },
  ),
  'nothing-to-blame': reportInput(
    `test → gateway 200 GET /orders/1 @0..20 [ gateway → orders 200 @2..15 ]
     test → gateway 500 GET /orders/2 @100..130 [ gateway → orders unknown GET /orders/2 @105..120 ]
     gateway → baseline/orders 200 @40..45`,
    {
      cases: [failedCase('lists the order', 0, 50), failedCase('shows the order', 90, 200)],
      dependencies: { gateway: ['orders'] },
    },
  ),
};

describe('the report of', () => {
  it.each(Object.entries(SCENARIOS))('%s is as reviewed', async (name, input) => {
    const text = await format(JSON.stringify(buildReport(input)), {
      parser: 'json',
      printWidth: 100,
    });
    await expect(text).toMatchFileSnapshot(`report-${name}.json`);
  });
});
