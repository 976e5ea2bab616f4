import pymongo
import pymongo.errors
from tools import fails, in_turn, java, source, started


def start(folder, port):
    return started(java("mongodb", source("MongoPeer.java"), str(port)), port, folder)


def calls(port):
    def make():
        client = pymongo.MongoClient("127.0.0.1", port, directConnection=True, maxPoolSize=1, retryWrites=False, retryReads=False)
        items = client.shop.items
        items.replace_one({"_id": 1}, {"_id": 1, "name": "mug"}, upsert=True)
        items.create_index("name", unique=True)
        return client

    def steps(client):
        items = client.shop.items
        error = pymongo.errors.PyMongoError
        yield "find items", "ok", None, lambda: list(items.find({"_id": 1}))
        yield "insert items", "client_error", "mongodb.code_11000|mongodb.DuplicateKey", fails(lambda: items.insert_one({"_id": 1}), error)
        yield "update items", "ok", None, lambda: items.update_one({"_id": 1}, {"$set": {"text": "x" * 3000}})
        yield "find items", "ok", None, lambda: list(items.find())
        yield "nothing", "client_error", "mongodb.CommandNotFound|mongodb.code_59", fails(lambda: client.shop.command("nothing"), error)
        yield "find items", "client_error", "mongodb.BadValue|mongodb.code_2", fails(lambda: list(items.find({"$nothing": 1})), error)

    return in_turn(make, steps)
