import glob
import pwd
import signal
import subprocess
import psycopg2
from tools import fails, in_turn, started

USER = "nobody"


def programs():
    return sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1] if glob.glob("/usr/lib/postgresql/*/bin") else "/usr/local/bin"


def start(folder, port):
    data = f"{folder}/data"
    subprocess.run(["chmod", "777", folder], check=True)
    initialise = [f"{programs()}/initdb", "-D", data, "-A", "password", "-U", "shop", f"--pwfile={folder}/password", "--no-sync"]
    with open(f"{folder}/password", "w") as file:
        file.write("secret\n")
    subprocess.run(initialise, check=True, user=USER, stdout=subprocess.DEVNULL)
    command = [f"{programs()}/postgres", "-D", data, "-p", str(port), "-k", folder, "-c", "fsync=off"]
    return started(command, port, folder, user=pwd.getpwnam(USER).pw_uid, end=signal.SIGQUIT)


def calls(port):
    where = {"host": "127.0.0.1", "port": port, "user": "shop", "password": "secret", "sslmode": "disable"}

    def make():
        connection = psycopg2.connect(dbname="postgres", **where)
        connection.autocommit = True
        return connection.cursor()

    def steps(cursor):
        cursor.execute("create table if not exists items (id int primary key, name text not null)")
        cursor.execute("insert into items values (1, 'mug') on conflict do nothing")
        select = "select id, name from items"

        def wrong_password():
            psycopg2.connect(dbname="postgres", **{**where, "password": "wrong"})

        yield "SELECT items", "ok", None, lambda: cursor.execute(select)
        yield "SELECT gone", "client_error", "42P01", fails(
            lambda: cursor.execute("select * from gone"), psycopg2.errors.UndefinedTable
        )
        yield "INSERT items", "client_error", "23505", fails(
            lambda: cursor.execute("insert into items values (1, 'mug')"), psycopg2.errors.UniqueViolation
        )
        yield "SELECT items", "ok", None, lambda: cursor.execute(select + " where name = %s", ("mug",))
        cursor.execute("set statement_timeout = 20")
        yield "SELECT", "timeout", "57014", fails(
            lambda: cursor.execute("select pg_sleep(5)"), psycopg2.errors.QueryCanceled
        )
        cursor.execute("set statement_timeout = 0")
        yield "CONNECT", "client_error", "28P01", fails(wrong_password, psycopg2.OperationalError)
        yield "DO", "server_error", "XX000", fails(
            lambda: cursor.execute("do $$ begin raise exception 'broken' using errcode = 'XX000'; end $$"),
            psycopg2.errors.InternalError_,
        )
        yield "UPDATE items", "ok", None, lambda: cursor.execute("update items set name = 'cup' where id = 1")
        yield "SELECT", "ok", None, lambda: cursor.execute("select repeat('x', 20000)")

    return in_turn(make, steps)
