import socket
import ssl
import subprocess
import threading
from tools import fails, in_turn


def start(folder, port):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=cart",
         "-addext", "subjectAltName=DNS:cart", "-keyout", f"{folder}/key", "-out", f"{folder}/cert"],
        check=True, stderr=subprocess.DEVNULL,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/cert", f"{folder}/key")
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    listener = socket.create_server(("127.0.0.1", port))

    def answer(connection):
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                secured.sendall(secured.recv(100))
                secured.recv(1)
        except OSError:
            connection.close()

    def serve():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    calls.trusted = f"{folder}/cert"
    return lambda: None


def calls(port):
    def connect(context, name):
        def call():
            with socket.create_connection(("127.0.0.1", port)) as plain:
                with context.wrap_socket(plain, server_hostname=name) as secured:
                    secured.sendall(b"hello")
                    secured.recv(100)

        return call

    trusting = ssl.create_default_context(cafile=calls.trusted)
    doubting = ssl.create_default_context()
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(calls.trusted)
    old.minimum_version = ssl.TLSVersion.TLSv1_3

    def steps(_connection):
        yield "TLS cart", "ok", None, connect(trusting, "cart")
        yield "TLS cart", "transport_error", "tls.alert", fails(connect(doubting, "cart"), ssl.SSLError)
        yield "TLS cart", "transport_error", "tls.alert", fails(connect(old, "cart"), ssl.SSLError)

    return in_turn(lambda: None, steps)
