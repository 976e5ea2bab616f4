import pwd
import subprocess
import pymysql
from tools import fails, in_turn, started

USER = "mysql"


def start(folder, port):
    data = f"{folder}/data"
    subprocess.run(["chmod", "777", folder], check=True)
    initialise = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"]
    subprocess.run(initialise, check=True, user=USER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    command = [
        "mariadbd", "--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1",
        f"--socket={folder}/socket", f"--pid-file={folder}/pid",
    ]
    stop = started(command, port, folder, user=pwd.getpwnam(USER).pw_uid)
    root = pymysql.connect(unix_socket=f"{folder}/socket", user="root")
    with root.cursor() as cursor:
        cursor.execute("create database shop")
        cursor.execute("create user 'shop'@'127.0.0.1' identified by 'secret'")
        cursor.execute("create user 'shop'@'localhost' identified by 'secret'")
        cursor.execute("grant all on shop.* to 'shop'@'127.0.0.1'")
        cursor.execute("grant all on shop.* to 'shop'@'localhost'")
    return stop


def calls(port):
    where = {"host": "127.0.0.1", "port": port, "user": "shop", "password": "secret", "autocommit": True}

    def make():
        return pymysql.connect(database="shop", **where).cursor()

    def steps(cursor):
        cursor.execute("create table if not exists items (id int primary key, name text not null)")
        cursor.execute("insert ignore into items values (1, 'mug')")

        def query(text):
            return lambda: cursor.execute(text)

        def connect(**other):
            return lambda: pymysql.connect(**{"database": "shop", **where, **other})

        error = pymysql.err.Error
        yield "SELECT items", "ok", None, query("select id, name from items")
        yield "SELECT gone", "client_error", "1146", fails(query("select * from gone"), error)
        yield "INSERT items", "client_error", "1062", fails(query("insert into items values (1, 'mug')"), error)
        yield "UPDATE items", "ok", None, query("update items set name = 'cup' where id = 1")
        yield "CONNECT", "client_error", "1045", fails(connect(password="wrong"), error)
        yield "CONNECT", "client_error", "1044", fails(connect(database="nothing"), error)
        yield "SELECT", "ok", None, query("select repeat('x', 20000)")
        yield "SELECT", "client_error", "1064", fails(query("select from where"), error)

    return in_turn(make, steps)
