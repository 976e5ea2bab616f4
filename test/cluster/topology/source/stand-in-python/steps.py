"""One step of a route: a call of another service, a statement, a command to Redis."""

import json
import urllib.error
import urllib.request
from threading import Lock

import control
import psycopg2
from redis import Redis


class StepError(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def do_step(step, words, baggage=None, fault=None):
    """What it gave, for the answer of the route. `{id}` stands for the id of the request."""
    try:
        if "call" in step:
            return _repeated(step, words, baggage, fault)
        if "sql" in step:
            return {"rows": _rows(step["in"], step["sql"].format_map(words))}
        return {"value": _command(step["in"], [word.format_map(words) for word in step["redis"]])}
    except StepError:
        if step.get("optional"):
            return {}
        raise


def _address(name):
    return control.value(f"{name.upper().replace('-', '_')}_URL")


def _timeout_s():
    return int(control.value("CALL_TIMEOUT_MS", "3000")) / 1000


def _repeated(step, words, baggage, fault):
    attempts = 1 + (fault.number if fault and fault.mode == "retry" else 0)
    while True:
        attempts -= 1
        try:
            return _call(step["call"], step["path"].format_map(words), baggage)
        except StepError as error:
            if attempts == 0 or error.status != 502:
                raise
            print(f"{error}; once more")


def _call(name, path, baggage):
    headers = {"baggage": baggage} if baggage else {}
    try:
        request = urllib.request.Request(_address(name) + path, headers=headers)
        with urllib.request.urlopen(request, timeout=_timeout_s()) as response:
            return {name: json.loads(response.read())}
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")[:200]
        status = 502 if error.code >= 500 else error.code
        raise StepError(status, f"{name} answered {error.code}: {text}") from error
    except Exception as error:  # refused, reset, timed out, cut short, no such name, no JSON
        raise StepError(502, f"{name} did not answer: {getattr(error, 'reason', error)!s}") from error


def _rows(name, sql):
    """A connection for each statement: as a small service without a pool does it."""
    try:
        connection = psycopg2.connect(_address(name), connect_timeout=3)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()
    except psycopg2.Error as error:
        raise StepError(500, f"{name}: {error!s}".strip()) from error


_servers = {}
_lock = Lock()


def _command(name, words):
    where = _address(name)
    with _lock:
        server = _servers.setdefault(where, Redis(where.removeprefix("redis://")))
    try:
        return server.command(*words)
    except OSError as error:
        raise StepError(500, f"{name}: {error}") from error
