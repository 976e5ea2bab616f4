"""One connection to PostgreSQL, opened when it is first needed and again after it broke."""

import os
import select
from threading import Lock

import psycopg2


class Database:
    def __init__(self):
        self._connection = None
        self._lock = Lock()

    def all(self, sql, *values):
        """The rows of one statement in a transaction of its own; none for a statement without rows."""
        with self._lock:
            try:
                if self._connection is None or self._has_gone():
                    self._connection = psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=2)
                with self._connection, self._connection.cursor() as cursor:
                    cursor.execute(sql, values)
                    return cursor.fetchall() if cursor.description else []
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                self._connection = None
                raise

    def _has_gone(self):
        """An idle connection has something to read only when the server says goodbye."""
        return bool(select.select([self._connection], [], [], 0)[0])

    def one(self, sql, *values):
        """The first row; None when there is none."""
        rows = self.all(sql, *values)
        return rows[0] if rows else None
