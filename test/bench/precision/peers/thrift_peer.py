import socket
import threading
import thriftpy2
from thriftpy2.rpc import make_client, make_server
from thriftpy2.thrift import TApplicationException
from tools import fails, in_turn

SERVED = """
exception Gone { 1: string message }
service Cart {
  string total(1: string id) throws (1: Gone gone),
}
"""
ASKED = SERVED.replace("service Cart {", "service Cart {\n  string unknown(1: string id),")


def shop(text, folder, name):
    path = f"{folder}/{name}.thrift"
    with open(path, "w") as file:
        file.write(text)
    return thriftpy2.load(path, module_name=f"{name}_thrift")


IDL = {}


def start(folder, port):
    served = shop(SERVED, folder, "served")
    IDL["asked"] = shop(ASKED, folder, "asked")

    class Handler:
        def total(self, id):
            if id == "gone":
                raise served.Gone(message="no such cart")
            return id * 3

    server = make_server(served.Cart, Handler(), "127.0.0.1", port, client_timeout=None)
    server.daemon = True
    threading.Thread(target=server.serve, daemon=True).start()
    while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
        pass
    return lambda: None


def calls(port):
    asked = IDL["asked"]

    def steps(client):
        yield "total", "ok", None, lambda: client.total("mug")
        yield "total", "client_error", "thrift.exception_1", fails(lambda: client.total("gone"), asked.Gone)
        yield "total", "ok", None, lambda: client.total("x" * 1000)
        yield "unknown", "server_error", "UNKNOWN_METHOD", fails(lambda: client.unknown("mug"), TApplicationException)

    return in_turn(lambda: make_client(asked.Cart, "127.0.0.1", port, timeout=20_000), steps)
