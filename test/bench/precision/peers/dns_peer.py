import socket
import threading
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import dns.query
from tools import in_turn

CODES = {"gone": dns.rcode.NXDOMAIN, "broken": dns.rcode.SERVFAIL, "forbidden": dns.rcode.REFUSED}


def start(_folder, port):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", port))

    def serve():
        while True:
            data, address = server.recvfrom(4096)
            query = dns.message.from_wire(data)
            answer = dns.message.make_response(query)
            name = query.question[0].name
            label = name.labels[0].decode()
            if label in CODES:
                answer.set_rcode(CODES[label])
            elif label != "empty":
                answer.answer.append(dns.rrset.from_text(name, 30, "IN", "A", "10.1.2.3"))
            server.sendto(answer.to_wire(), address)

    threading.Thread(target=serve, daemon=True).start()
    return lambda: None


def calls(port):
    def steps(_connection):
        def ask(name):
            query = dns.message.make_query(f"{name}.shop.example.", "A")
            return lambda: dns.query.udp(query, "127.0.0.1", port=port, timeout=5)

        yield "A cart.shop.example", "ok", None, ask("cart")
        yield "A gone.shop.example", "transport_error", "dns.nxdomain", ask("gone")
        yield "A broken.shop.example", "transport_error", "dns.servfail", ask("broken")
        yield "A forbidden.shop.example", "transport_error", "dns.refused", ask("forbidden")
        yield "A orders.shop.example", "ok", None, ask("orders")

    return in_turn(lambda: None, steps)
