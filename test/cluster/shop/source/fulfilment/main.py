"""A worker: nobody calls it; it looks for placed orders, has them shipped and says so."""

import time

import psycopg2
from database import Database
from kit import FAULT, HttpError, address, call, crash, hoard_memory, start

start("fulfilment")
DATABASE = Database()
SHIPPING = address("SHIPPING_URL")

print("fulfilment looks for orders")
while True:
    try:
        for (order,) in DATABASE.all("select id from orders where state = 'placed' order by id"):
            if FAULT.mode == "crash":
                crash()
            if FAULT.mode == "oom":
                hoard_memory()
            if FAULT.mode == "hang":
                time.sleep((FAULT.number or 3_600_000) / 1000)
            call("shipping", f"{SHIPPING}/parcels", {"order": order})
            DATABASE.all("update orders set state = 'shipped' where id = %s", order)
            print(f"shipped order {order}")
    except (HttpError, psycopg2.Error) as error:
        print(f"not now: {error}".strip())
    time.sleep(0.5)
