"""What the peers share."""

import atexit
import os
import pathlib
import signal
import socket
import subprocess
import time

CONNECTIONS = 4


def started(command, port, folder, user=None, end=signal.SIGTERM):
    """A server as a child process, once its port answers. Returns what ends it."""
    log = open(f"{folder}/server.log", "wb")
    process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, user=user)
    atexit.register(process.kill)
    until = time.time() + 60
    while time.time() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return lambda: (process.send_signal(end), process.wait())
        time.sleep(0.1)
    process.kill()
    raise SystemExit(f"{command[0]} did not start: {open(f'{folder}/server.log').read()[-2000:]}")


def fails(function, *errors):
    """The call must fail, with one of these errors."""

    def call():
        try:
            function()
        except errors:
            return
        raise SystemExit("a call that must fail succeeded")

    return call


def in_turn(make, steps):
    """`steps(connection)` of each of several connections, forever, one call of one connection after another."""
    cycles = [_forever(make, steps) for _ in range(CONNECTIONS)]
    while True:
        for cycle in cycles:
            yield next(cycle)


def _forever(make, steps):
    connection = make()
    while True:
        yield from steps(connection)


def java(peer, *rest):
    """The command of a Java peer, with its packages on the class path. Where those are: `OFFSHOOT_PEER_JARS`."""
    return ["java", "-Xmx400m", "-cp", f"{os.environ['OFFSHOOT_PEER_JARS']}/{peer}/*", *rest]


def source(name):
    return str(pathlib.Path(__file__).parent / "java" / name)
