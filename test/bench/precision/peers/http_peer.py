import http.client
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from tools import fails, in_turn


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments):
        pass

    def do_GET(self):
        if self.path == "/reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.close()
            self.close_connection = True
            return
        if self.path == "/closed":
            self.close_connection = True
            return
        if self.path == "/slow":
            time.sleep(1.5)
        code = 200 if self.path == "/slow" else int(self.path.split("/")[1])
        body = b"x" * 5000 if self.path.endswith("/long") else json.dumps({"message": "nothing works"}).encode()
        self.send_response(code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body) + (100 if self.path.endswith("/cut") else 0)))
        self.end_headers()
        self.wfile.write(body)
        if self.path.endswith("/cut"):
            self.close_connection = True


def start(_folder, port):
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.shutdown


def calls(port):
    def get(client, path):
        def call():
            client.request("GET", path)
            client.getresponse().read()

        return call

    def alone(path, port=port, timeout=20):
        return fails(
            get(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout), path), http.client.HTTPException, OSError
        )

    def steps(client):
        yield "GET /200", "ok", None, get(client, "/200/short")
        yield "GET /500", "server_error", "500", get(client, "/500/short")
        yield "GET /200", "ok", None, get(client, "/200/long")
        yield "GET /404", "client_error", "404", get(client, "/404/short")
        yield "GET /reset", "transport_error", "tcp.reset_before_response", alone("/reset")
        yield "GET /closed", "transport_error", "tcp.closed_before_response", alone("/closed")
        yield "GET /200/cut", "transport_error", "tcp.truncated", alone("/200/cut")
        yield "GET /503", "server_error", "503", get(client, "/503/long")
        yield "connect", "transport_error", "tcp.refused", alone("/200/short", port=port + 1)
        yield "GET /slow", "timeout", "tcp.client_abort", alone("/slow", timeout=1)
        yield "GET /504", "timeout", "504", get(client, "/504/short")

    return in_turn(lambda: http.client.HTTPConnection("127.0.0.1", port), steps)
