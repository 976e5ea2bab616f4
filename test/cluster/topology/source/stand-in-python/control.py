"""A second port, on which a test breaks and mends the service while it runs; nobody else calls it."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from urllib.parse import unquote

PORT = 9900
ROUTES = json.loads(os.environ.get("ROUTES", "{}"))


class Fault:
    """mode[:number or status[:text]][@path]"""

    def __init__(self, text=""):
        spec, _, path = text.partition("@")
        mode, number, words = (spec.split(":", 2) + ["", ""])[:3]
        self.mode, self.text, self.path = mode, words, path or "/"
        self.number = int(number or 0)

    def is_to_come(self):
        """Counts down to the request that it strikes."""
        self.number -= 1
        return self.number > 0


_none = Fault()
_fault = _none
_values = {}
_mended = Event()
_mended.set()
_on_refusal = lambda: None


def fault_for(path):
    return _fault if path.startswith(_fault.path) else _none


def value(name, otherwise=""):
    """A variable, as the test has it now."""
    return _values.get(name, os.environ.get(name, otherwise))


def when_refusing(close):
    global _on_refusal
    _on_refusal = close


def wait_until_mended():
    _mended.wait()


def serve():
    ThreadingHTTPServer(("", PORT), _Control).serve_forever()


class _Control(BaseHTTPRequestHandler):
    def do_GET(self):
        self._answer(200)

    def do_PUT(self):
        """/fault with a fault for a body, or /values/NAME with a value."""
        global _fault
        text = self.rfile.read(int(self.headers["content-length"])).decode()
        if self.path == "/fault":
            _fault = Fault(text)
            if _fault.mode == "refuse":
                _mended.clear()
                _on_refusal()
        else:
            _values[unquote(self.path.removeprefix("/values/"))] = text
        self._answer(200)

    def do_DELETE(self):
        """Everything as it was."""
        global _fault
        _fault = _none
        _values.clear()
        _mended.set()
        self._answer(200)

    def log_message(self, *_):
        pass

    def _answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()
