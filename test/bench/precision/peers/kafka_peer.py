import subprocess
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic
from kafka.errors import KafkaError
from tools import fails, in_turn, java, started

CONTROLLER_PORT = 27002


def start(folder, port):
    properties = f"{folder}/server.properties"
    with open(properties, "w") as file:
        file.write(
            f"""process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{CONTROLLER_PORT}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{CONTROLLER_PORT}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={folder}/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
message.max.bytes=20000
"""
        )
    identity = "b2Zmc2hvb3QtdGVzdC1pZA"
    subprocess.run(java("kafka", "kafka.tools.StorageTool", "format", "-t", identity, "-c", properties), check=True, stdout=subprocess.DEVNULL)
    stop = started(java("kafka", "kafka.Kafka", properties), port, folder)
    admin = KafkaAdminClient(bootstrap_servers=f"127.0.0.1:{port}")
    admin.create_topics([NewTopic("carts", 1, 1)])
    admin.close()
    return stop


def calls(port):
    address = f"127.0.0.1:{port}"

    def make():
        return KafkaAdminClient(bootstrap_servers=address), KafkaProducer(bootstrap_servers=address, linger_ms=0, max_request_size=1_000_000, retries=0)

    def steps(clients):
        admin, producer = clients

        def sent(size):
            return lambda: producer.send("carts", b"x" * size).get(20)

        yield "Produce carts", "ok", None, sent(100)
        yield "Produce carts", "client_error", "MESSAGE_TOO_LARGE", fails(sent(40_000), KafkaError)
        yield "CreateTopics", "client_error", "TOPIC_ALREADY_EXISTS", fails(lambda: admin.create_topics([NewTopic("carts", 1, 1)]), KafkaError)
        yield "Produce carts", "ok", None, sent(3_000)
        yield "DeleteTopics", "client_error", "UNKNOWN_TOPIC_OR_PARTITION", fails(lambda: admin.delete_topics(["gone"]), KafkaError)

    return in_turn(make, steps)
