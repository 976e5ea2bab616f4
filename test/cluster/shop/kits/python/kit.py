"""What every Python service of this shop has: JSON over HTTP, calls to others, and the faults of README.md."""

import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from signal import SIGTERM, signal

CALL_TIMEOUT_S = int(os.environ.get("CALL_TIMEOUT_MS", "5000")) / 1000


class Fault:
    """mode[:number or status[:text]][@path]"""

    def __init__(self, text):
        spec, _, path = text.partition("@")
        mode, number, words = (spec.split(":", 2) + ["", ""])[:3]
        self.mode, self.text, self.path = mode, words, path or "/"
        self.number = int(number or 0)


FAULT = Fault(os.environ.get("FAULT", ""))


class HttpError(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def address(variable):
    """That of a dependency; empty when it is optional and not there."""
    return os.environ.get(variable, "").rstrip("/")


def start(name):
    """First line of every program: how it ends, and faults that strike before anything else."""
    signal(SIGTERM, lambda *_: os._exit(0))
    if FAULT.mode == "exit":
        print(f"{name}: cannot start")
        sys.exit(3)


def serve(name, routes):
    """Serves {"GET /carts/:id": handler}; a handler gets (params, body) and returns what is answered as JSON."""
    if FAULT.mode == "refuse":
        print(f"{name}: does not listen")
        while True:
            time.sleep(60)
    table = []
    for route, handler in routes.items():
        method, path = route.split(" ")
        table.append((method, re.compile(re.sub(r":(\w+)", r"(?P<\1>[^/]+)", path)), handler))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self):
            _respond(self, name, table)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    port = int(os.environ["PORT"])
    server = ThreadingHTTPServer(("", port), Handler)
    server.daemon_threads = True
    print(f"{name} listens on {port}")
    server.serve_forever()


def _respond(request, name, table):
    text = request.rfile.read(int(request.headers.get("content-length", 0)))
    if request.path == "/healthz":
        _answer(request, 200, {"name": name, "ok": True})
        return
    faulty = request.path.startswith(FAULT.path)
    if faulty and _misbehave(request):
        return
    try:
        status, result = 200, _route(request, name, table, text)
    except Exception as error:  # whatever went wrong is this request's answer
        status = error.status if isinstance(error, HttpError) else 500
        print(f"{request.command} {request.path}: {status} {error}")
        result = {"error": str(error).strip()}
        if faulty and FAULT.mode == "swallow":
            status, result = 200, {}
    content = json.dumps(result).encode()
    if faulty and FAULT.mode == "truncate":
        _head(request, 200, len(content))
        request.wfile.write(content[: len(content) // 2])
        request.close_connection = True
    elif faulty and FAULT.mode == "slow":
        _head(request, status, len(content))
        for byte in content:
            time.sleep(FAULT.number / 1000 / len(content))
            request.wfile.write(bytes([byte]))
    else:
        _head(request, status, len(content))
        request.wfile.write(content)


def _route(request, name, table, text):
    for method, pattern, handler in table:
        match = pattern.fullmatch(request.path) if method == request.command else None
        if match is not None:
            try:
                body = json.loads(text) if text else {}
            except ValueError as error:
                raise HttpError(400, "the body is not JSON") from error
            return handler(match.groupdict(), body)
    raise HttpError(404, f"{name} has no {request.command} {request.path}")


def call(name, url, body=None):
    """GET, or POST when there is a body. What the other side spoils is raised as 502."""
    attempt = 0
    while True:
        try:
            return _call_once(name, url, body)
        except HttpError as error:
            if FAULT.mode != "retry" or attempt >= FAULT.number or error.status != 502:
                raise
            attempt += 1
            print(f"{error}; once more")


def _call_once(name, url, body):
    content = None if body is None else json.dumps(body).encode()
    headers = {} if content is None else {"content-type": "application/json"}
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, content, headers), timeout=CALL_TIMEOUT_S
        ) as response:
            return json.loads(response.read())
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")[:200]
        status = 502 if error.code >= 500 else error.code
        raise HttpError(status, f"{name} answered {error.code}: {text}") from error
    except ValueError as error:
        raise HttpError(502, f"{name} answered no JSON: {error}") from error
    except Exception as error:  # refused, reset, timed out, cut short, unknown name
        raise HttpError(502, f"{name} did not answer: {getattr(error, 'reason', error)!s}") from error


def _misbehave(request):
    """What happens before the request is handled; true when it has been answered."""
    if FAULT.mode == "crash":
        crash()
    if FAULT.mode == "hang":
        time.sleep((FAULT.number or 3_600_000) / 1000)
    if FAULT.mode == "oom":
        hoard_memory()
    if FAULT.mode == "status":
        content = (FAULT.text or '{"error":"told to fail"}').encode()
        _head(request, FAULT.number, len(content))
        request.wfile.write(content)
        return True
    return False


def crash():
    print("crash on request")
    os._exit(1)


def hoard_memory():
    hoard = []
    while True:
        hoard.append(b"\1" * (8 << 20))


def _answer(request, status, result):
    content = json.dumps(result).encode()
    _head(request, status, len(content))
    request.wfile.write(content)


def _head(request, status, length):
    request.send_response(status)
    request.send_header("content-type", "application/json")
    request.send_header("content-length", str(length))
    request.end_headers()
