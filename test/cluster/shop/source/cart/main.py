"""Carts, kept in Redis."""

import json
import os

from kit import HttpError, address, call, serve, start
from redis import Redis

start("cart")
PRODUCTS = address("PRODUCTS_URL")
STORE = Redis(os.environ["CART_STORE"])
KEPT_SECONDS = 3600


def command(*words):
    try:
        return STORE.command(*words)
    except OSError as error:
        raise HttpError(502, f"cart-store did not answer: {error}") from error


def add_item(params, body):
    product = call("products", f"{PRODUCTS}/products/{body.get('product')}")
    key = f"cart:{params['id']}"
    command("RPUSH", key, json.dumps({"product": product["id"], "cents": product["cents"]}))
    command("EXPIRE", key, KEPT_SECONDS)
    return cart(params, body)


def cart(params, _body):
    items = [json.loads(item) for item in command("LRANGE", f"cart:{params['id']}", 0, -1)]
    return {"id": params["id"], "items": items, "cents": sum(item["cents"] for item in items)}


serve("cart", {"POST /carts/:id/items": add_item, "GET /carts/:id": cart})
