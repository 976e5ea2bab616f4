from pymemcache.client.base import Client
from pymemcache.exceptions import MemcacheClientError, MemcacheServerError
from tools import fails, in_turn, started


def start(folder, port):
    command = ["memcached", "-p", str(port), "-l", "127.0.0.1", "-u", "nobody", "-m", "64"]
    return started(command, port, folder)


def calls(port):
    def steps(client):
        yield "set", "ok", None, lambda: client.set("text", "words", noreply=False)
        yield "get", "ok", None, lambda: client.get("text")
        yield "incr", "client_error", "CLIENT_ERROR", fails(lambda: client.incr("text", 1), MemcacheClientError)
        yield "get", "ok", None, lambda: client.get("nothing")
        yield "set", "server_error", "SERVER_ERROR", fails(
            lambda: client.set("large", "x" * 2_000_000, noreply=False), MemcacheServerError
        )
        yield "delete", "ok", None, lambda: client.delete("nothing", noreply=False)

    return in_turn(lambda: Client(("127.0.0.1", port)), steps)
