import asyncio
import threading
import nats
import nats.errors
from tools import fails, in_turn, started


def start(folder, port):
    return started(["nats-server", "-p", str(port), "-a", "127.0.0.1"], port, folder)


def calls(port):
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    def wait(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(20)

    async def answer(message):
        await message.respond(b"fine" * 200)

    async def connected():
        return await nats.connect(f"nats://127.0.0.1:{port}", allow_reconnect=False)

    async def serve():
        server = await connected()
        await server.subscribe("cart.get", cb=answer)
        await server.flush()

    wait(serve())

    def steps(client):
        yield "request cart.get", "ok", None, lambda: wait(client.request("cart.get", b"42", timeout=5))
        yield "request cart.gone", "server_error", "nats.no_responders", fails(
            lambda: wait(client.request("cart.gone", b"42", timeout=5)), nats.errors.NoRespondersError
        )
        yield "request cart.get", "ok", None, lambda: wait(client.request("cart.get", b"x" * 3000, timeout=5))

    return in_turn(lambda: wait(connected()), steps)
