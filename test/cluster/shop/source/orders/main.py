"""Orders in PostgreSQL, taxed by the rates that the job `tax-rates` loaded."""

from database import Database
from kit import FAULT, HttpError, address, call, serve, start

start("orders")
DATABASE = Database()
ACCOUNTS = address("ACCOUNTS_URL")
COLUMNS = ("id", "account", "cents", "tax_percent", "state")


def place(_params, body):
    owner = call("accounts", f"{ACCOUNTS}/accounts/{body.get('account')}")
    table = "tax_rate" if FAULT.mode == "sql" else "tax_rates"
    rate = DATABASE.one(f"select percent from {table} where country = %s", owner["country"])
    if rate is None:
        raise HttpError(422, f"no tax rate for \"{owner['country']}\"")
    row = DATABASE.one(
        "insert into orders (account, cents, tax_percent, payment) values (%s, %s, %s, %s)"
        f" returning {', '.join(COLUMNS)}",
        body.get("account"),
        body.get("cents"),
        rate[0],
        body.get("payment"),
    )
    return dict(zip(COLUMNS, row))


def order(params, _body):
    row = DATABASE.one(f"select {', '.join(COLUMNS)} from orders where id = %s", int(params["id"]))
    if row is None:
        raise HttpError(404, f"no order \"{params['id']}\"")
    return dict(zip(COLUMNS, row))


serve("orders", {"POST /orders": place, "GET /orders/:id": order})
