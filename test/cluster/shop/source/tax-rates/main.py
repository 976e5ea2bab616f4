"""A job: loads the tax rates that orders need, then ends. Running it twice changes nothing."""

from database import Database
from kit import start

RATES = {"de": 19, "fr": 20, "ie": 23}

start("tax-rates")
DATABASE = Database()
for country, percent in RATES.items():
    DATABASE.all(
        "insert into tax_rates (country, percent) values (%s, %s)"
        " on conflict (country) do update set percent = excluded.percent",
        country,
        percent,
    )
print(f"loaded {len(RATES)} tax rates")
