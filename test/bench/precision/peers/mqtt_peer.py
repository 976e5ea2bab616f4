import threading
import paho.mqtt.client as mqtt
from tools import in_turn, started


def start(folder, port):
    with open(f"{folder}/passwords", "w") as file:
        file.write("")
    with open(f"{folder}/rights", "w") as file:
        file.write("user shop\ntopic readwrite carts/#\n")
    with open(f"{folder}/mosquitto.conf", "w") as file:
        file.write(f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {folder}/passwords\nuser root\nacl_file {folder}/rights\n")
    import subprocess

    subprocess.run(["mosquitto_passwd", "-b", f"{folder}/passwords", "shop", "secret"], check=True)
    return started(["mosquitto", "-c", f"{folder}/mosquitto.conf"], port, folder)


def calls(port):
    def connected(password="secret"):
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5, reconnect_on_failure=False)
        client.username_pw_set("shop", password)
        done = threading.Event()
        client.answers = []

        def answered(*arguments):
            client.answers.append(arguments)
            done.set()

        client.on_connect = client.on_publish = client.on_subscribe = answered
        client.done = done
        client.connect("127.0.0.1", port)
        client.loop_start()
        if not done.wait(10):
            raise SystemExit("no CONNACK")
        return client

    def waiting(client, act):
        def call():
            client.done.clear()
            act()
            if not client.done.wait(10):
                raise SystemExit("no answer")

        return call

    def refused():
        client = connected("wrong")
        client.loop_stop()

    def steps(client):
        yield "PUBLISH", "ok", None, waiting(client, lambda: client.publish("carts/1", b"mug", qos=1))
        yield "SUBSCRIBE", "ok", None, waiting(client, lambda: client.subscribe("carts/none", qos=1))
        yield "PUBLISH", "client_error", "not_authorized", waiting(client, lambda: client.publish("other/1", b"mug", qos=1))
        yield "PUBLISH", "ok", None, waiting(client, lambda: client.publish("carts/1", b"x" * 3000, qos=2))
        yield "CONNECT", "client_error", "not_authorized", refused

    return in_turn(connected, steps)
