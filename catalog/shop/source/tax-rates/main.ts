import { openDatabase } from '../kit/postgres.ts';

/** A job: loads the tax rates that orders need, then ends. Running it twice changes nothing. */

const RATES = { de: 19, fr: 20, ie: 23 };

const database = await openDatabase(process.env['DATABASE_URL'] ?? '');
for (const [country, percent] of Object.entries(RATES)) {
  await database.query(
    `insert into tax_rates (country, percent) values ($1, $2)
     on conflict (country) do update set percent = excluded.percent`,
    [country, percent],
  );
}
console.log(`loaded ${Object.keys(RATES).length} tax rates`);
database.close();
