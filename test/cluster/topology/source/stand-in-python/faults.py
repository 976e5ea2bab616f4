"""What goes wrong on command."""

import json
import os
import socket
import struct
import time

HOUR_S = 3600


def misbehave(request, fault):
    """What happens before a request is handled, or a message; true when it has been answered."""
    if fault.mode in ("crash", "oom") and fault.is_to_come():
        return False
    if fault.mode == "crash":
        print("crash on request")
        os._exit(1)
    if fault.mode == "oom":
        hoard = []
        while True:
            hoard.append(b"\1" * (8 << 20))
    if fault.mode == "hang":
        time.sleep(fault.number / 1000 or HOUR_S)
    if request is None:
        return False
    if fault.mode == "reset":
        # Closing with data unsent and no time to send it is a reset.
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.connection.close()
        request.close_connection = True
        return True
    if fault.mode == "status":
        _write(request, fault.number, (fault.text or '{"error":"told to fail"}').encode())
        return True
    return False


def send(request, status, result, fault):
    content = json.dumps(result).encode()
    if fault.mode == "truncate":
        _head(request, 200, len(content))
        request.wfile.write(content[: len(content) // 2])
        request.close_connection = True
    elif fault.mode == "slow":
        _head(request, status, len(content))
        for byte in content:
            time.sleep(fault.number / 1000 / len(content))
            request.wfile.write(bytes([byte]))
    else:
        _write(request, status, content)


def _write(request, status, content):
    _head(request, status, len(content))
    request.wfile.write(content)


def _head(request, status, length):
    request.send_response(status)
    request.send_header("content-type", "application/json")
    request.send_header("content-length", str(length))
    request.end_headers()
