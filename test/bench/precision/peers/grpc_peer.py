from concurrent.futures import ThreadPoolExecutor
import grpc
from tools import CONNECTIONS, fails, in_turn

CODES = {"/shop.Cart/Missing": grpc.StatusCode.NOT_FOUND, "/shop.Cart/Broken": grpc.StatusCode.INTERNAL,
         "/shop.Cart/Away": grpc.StatusCode.UNAVAILABLE}


class Service(grpc.GenericRpcHandler):
    def service(self, details):
        name = details.method
        if name == "/shop.Cart/Unknown":
            return None

        def answer(request, context):
            if name in CODES:
                context.abort(CODES[name], "nothing works")
            if name == "/shop.Cart/Slow":
                import time

                time.sleep(0.4)
            return request * 3

        return grpc.unary_unary_rpc_method_handler(answer)


def start(_folder, port):
    server = grpc.server(ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((Service(),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return lambda: server.stop(0).wait()


def calls(port):
    def make():
        options = (("grpc.use_local_subchannel_pool", 1),)
        return grpc.insecure_channel(f"127.0.0.1:{port}", options)

    def steps(channel):
        def call(name, body=b"mug", timeout=10):
            return lambda: channel.unary_unary(f"/shop.Cart/{name}")(body, timeout=timeout)

        error = grpc.RpcError
        yield "/shop.Cart/Get", "ok", None, call("Get")
        yield "/shop.Cart/Missing", "client_error", "NOT_FOUND", fails(call("Missing"), error)
        yield "/shop.Cart/Get", "ok", None, call("Get", b"x" * 3000)
        yield "/shop.Cart/Broken", "server_error", "INTERNAL", fails(call("Broken"), error)
        yield "/shop.Cart/Away", "server_error", "UNAVAILABLE", fails(call("Away"), error)
        yield "/shop.Cart/Slow", "timeout", "tcp.client_abort|DEADLINE_EXCEEDED", fails(call("Slow", timeout=0.2), error)
        yield "/shop.Cart/Unknown", "server_error", "UNIMPLEMENTED", fails(call("Unknown"), error)

    return in_turn(make, steps)
