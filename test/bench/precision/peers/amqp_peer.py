import os
import subprocess
import pika
import pika.exceptions
from tools import fails, in_turn, started


def start(folder, port):
    variables = {
        "RABBITMQ_NODENAME": f"precision{port}@localhost",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_MNESIA_BASE": folder,
        "RABBITMQ_LOG_BASE": folder,
        "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
        "RABBITMQ_DIST_PORT": str(port + 2),
        "HOME": folder,
    }
    os.environ.update(variables)
    stop = started(["/usr/lib/rabbitmq/bin/rabbitmq-server"], port, folder)

    def end():
        subprocess.run(["/usr/lib/rabbitmq/bin/rabbitmqctl", "-n", f"precision{port}@localhost", "stop"], stdout=subprocess.DEVNULL)
        stop()

    return end


def calls(port):
    def make():
        connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port))
        full = {"x-max-length": 1, "x-overflow": "reject-publish"}
        channel = connection.channel()
        channel.queue_declare("full", arguments=full)
        channel.basic_publish("", "full", b"one")
        channel.close()
        return connection

    def steps(connection):
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("orders")
        error = pika.exceptions.AMQPError
        publish = lambda body: channel.basic_publish("", "orders", body)
        yield "basic.publish", "ok", None, lambda: publish(b"one")
        yield "queue.declare", "ok", None, lambda: channel.queue_declare("orders")
        yield "basic.publish", "client_error", "NO_ROUTE", fails(
            lambda: channel.basic_publish("", "nothing", b"one", mandatory=True), error
        )
        yield "basic.publish", "ok", None, lambda: publish(b"x" * 3000)
        yield "basic.publish", "server_error", "amqp.nack", fails(
            lambda: channel.basic_publish("", "full", b"one more"), error
        )
        yield "queue.declare", "client_error", "NOT_FOUND", fails(
            lambda: channel.queue_declare("gone", passive=True), error
        )

    return in_turn(make, steps)
