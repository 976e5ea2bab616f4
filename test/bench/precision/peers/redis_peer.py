import redis
from tools import fails, in_turn, started


def start(folder, port):
    return started(["redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1"], port, folder)


def calls(port):
    def make():
        client = redis.Redis(port=port, single_connection_client=True, retry=None)
        client.ping()
        return client

    def steps(client):
        client.set("text", "words")
        error = redis.exceptions.ResponseError
        yield "GET", "ok", None, lambda: client.get("text")
        yield "SET", "ok", None, lambda: client.set("text", "x" * 3000)
        yield "LPUSH", "client_error", "WRONGTYPE", fails(lambda: client.lpush("text", 1), error)
        yield "GET", "ok", None, lambda: client.get("nothing")
        yield "INCRBY", "client_error", "ERR", fails(lambda: client.incr("text"), error)
        yield "GET", "ok", None, lambda: client.get("text")
        client.config_set("maxmemory", 1)
        yield "SET", "server_error", "OOM", fails(lambda: client.set("more", "x"), redis.exceptions.OutOfMemoryError)
        client.config_set("maxmemory", 0)
        yield "MGET", "ok", None, lambda: client.mget(["text", "a", "b"])

    return in_turn(make, steps)
