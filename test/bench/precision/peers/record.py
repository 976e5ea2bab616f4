"""Records one protocol from the wire: a real server, a real client, and calls whose outcome is known.

    python3 record.py PROTOCOL ROUNDS FOLDER

writes FOLDER/PROTOCOL.pcap and FOLDER/PROTOCOL.labels.json: one label a call, with the moments between which the client made it.
A peer is a module with `start(folder, port)`, which returns what ends the server, and `calls(port)`, which yields
`(operation, outcome, error type, function)` for ever, in turn over several connections. Needs tcpdump and rights to capture.
"""

import importlib
import itertools
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

PORT = 27000
"""Nobody listens there."""
CLOSED_PORT = 27001
SETTLE_SECONDS = 0.5


def now_us():
    return time.time_ns() // 1000


def main():
    protocol, rounds, folder = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
    peer = importlib.import_module(protocol + "_peer")
    with tempfile.TemporaryDirectory() as temporary:
        stop = peer.start(temporary, PORT)
        capture = folder / f"{protocol}.pcap"
        tcpdump = subprocess.Popen(
            ["tcpdump", "-i", "lo", "-U", "--immediate-mode", "-B", "65536", "-w", str(capture), f"port {PORT} or port {CLOSED_PORT}"],
            stderr=subprocess.PIPE,
        )
        tcpdump.stderr.readline()
        time.sleep(SETTLE_SECONDS)
        labels = []
        for operation, outcome, error, call in itertools.islice(peer.calls(PORT), rounds):
            began = now_us()
            call()
            labels.append(
                {
                    "operation": operation,
                    "outcome": outcome,
                    "errorType": error,
                    "fromUs": began,
                    "toUs": now_us(),
                }
            )
        time.sleep(SETTLE_SECONDS)
        tcpdump.send_signal(signal.SIGINT)
        tcpdump.wait()
        stop()
    (folder / f"{protocol}.labels.json").write_text(json.dumps(labels))


main()
