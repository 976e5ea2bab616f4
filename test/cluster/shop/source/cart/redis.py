"""A client of Redis in a few lines: RESP 2 over one socket, one command at a time."""

import select
import socket
from threading import Lock

TIMEOUT_S = 2


class RedisError(OSError):
    """What the server refused."""


class Redis:
    def __init__(self, where):
        host, _, port = where.rpartition(":")
        self._address = (host, int(port))
        self._socket = None
        self._stream = None
        self._lock = Lock()

    def command(self, *words):
        """One command and its reply. A connection that broke is made anew by the next command."""
        parts = [str(word).encode() for word in words]
        request = b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        with self._lock:
            try:
                if self._stream is None or self._has_gone():
                    self._socket = socket.create_connection(self._address, TIMEOUT_S)
                    self._stream = self._socket.makefile("rwb")
                self._stream.write(request)
                self._stream.flush()
                return self._reply()
            except RedisError:
                raise
            except OSError:
                self._stream = None
                raise

    def _has_gone(self):
        """An idle connection has something to read only when the server hung up."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def _reply(self):
        line = self._stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server hung up")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if int(rest) < 0 else self._stream.read(int(rest) + 2)[:-2].decode()
        return [self._reply() for _ in range(int(rest))]
