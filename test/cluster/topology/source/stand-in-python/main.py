"""A service or a worker of any name: what it does comes from its variables (README.md)."""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from signal import SIGTERM, signal
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import control
from faults import misbehave, send
from steps import StepError, do_step

NAME = os.environ["NAME"]


class Door(BaseHTTPRequestHandler):
    """Where others call it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        address = urlsplit(self.path)
        words = {name: values[0] for name, values in parse_qs(address.query).items()}
        fault = control.fault_for(address.path)
        if misbehave(self, fault):
            return
        status, result = 200, {"name": NAME}
        try:
            if address.path not in control.ROUTES:
                raise StepError(404, f"{NAME} has no {address.path}")
            for step in control.ROUTES[address.path]:
                result |= do_step(step, words, self.headers.get("baggage"), fault)
        except StepError as error:
            print(f"{self.path}: {error.status} {error}")
            status, result = error.status, {"error": str(error)}
            if fault.mode == "swallow":
                status, result = 200, {}
        send(self, status, result, fault)

    def log_message(self, *_):
        pass


def serve():
    """Opens and closes the door as the fault `refuse` comes and goes."""
    while True:
        server = ThreadingHTTPServer(("", int(os.environ["PORT"])), Door)
        server.daemon_threads = True
        control.when_refusing(server.shutdown)
        print(f"{NAME} listens")
        server.serve_forever(poll_interval=0.05)
        server.server_close()
        print(f"{NAME} does not listen")
        control.wait_until_mended()


def work():
    """Takes what a queue holds, one by one."""
    while True:
        try:
            taken = do_step({"in": os.environ["QUEUE"], "redis": ["BLPOP", os.environ["TAKES"], "1"]}, {})
            if not taken["value"]:
                continue
            misbehave(None, control.fault_for("/"))
            for step in control.ROUTES["/"]:
                do_step(step, {"id": taken["value"][1]})
        except StepError as error:
            print(f"not now: {error}")
            time.sleep(0.5)


signal(SIGTERM, lambda *_: os._exit(0))
Thread(target=control.serve, daemon=True).start()
print(f"{NAME}: {json.dumps(control.ROUTES)}")
if "TAKES" in os.environ:
    work()
serve()
