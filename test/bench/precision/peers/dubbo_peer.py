import atexit
import os
import subprocess
from tools import CONNECTIONS, source

PEER = {}


def start(folder, port):
    # Its compiler of proxies finds only classes in files.
    jars = f"{os.environ['OFFSHOOT_PEER_JARS']}/dubbo/*"
    subprocess.run(["javac", "-nowarn", "-cp", jars, "-d", folder, source("DubboPeer.java")], check=True, stderr=subprocess.DEVNULL)
    opened = ["--add-opens", "java.base/java.lang=ALL-UNNAMED"]
    command = ["java", "-Xmx400m", *opened, "-cp", f"{jars}:{folder}", "DubboPeer", str(port)]
    PEER["process"] = subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=folder, text=True
    )
    atexit.register(PEER["process"].kill)
    heard("ready")

    def stop():
        PEER["process"].stdin.close()
        PEER["process"].wait()

    return stop


def heard(*words):
    """The next of these words that the process says on a line of its own."""
    for line in PEER["process"].stderr:
        if line.strip() in words:
            return line.strip()
    raise SystemExit("the peer ended")


def calls(port):
    def call(connection, method, expected):
        def made():
            PEER["process"].stdin.write(f"{connection} {method}\n")
            PEER["process"].stdin.flush()
            if heard("done", "failed") != expected:
                raise SystemExit(f"{method} was not {expected}")

        return made

    while True:
        for connection in range(CONNECTIONS):
            yield "DubboPeer$Cart/total", "ok", None, call(connection, "total", "done")
            yield "DubboPeer$Cart/broken", "server_error", "dubbo.IllegalStateException", call(connection, "broken", "failed")
            yield "DubboPeer$Cart/total", "ok", None, call(connection, "long", "done")
            yield "DubboPeer$Nowhere/total", "server_error", "SERVICE_ERROR", call(connection, "nowhere", "failed")
