"""Statements of a batch sent to PostgreSQL in one go: libpq's pipeline mode, below psycopg's cursors, whose adapting of values takes
longer than the decisions of a whole batch. Values go out as text (numbers as `{1,2}`, all else as one JSON value), rows come in binary.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from typing import Any, NoReturn

import orjson
import psycopg
from psycopg import errors, pq

Question = tuple[str, Sequence[bytes]]
"""a statement with `$1` …, and its values"""
Answer = Sequence[tuple[bytes, ...]]
"""rows; NULL is b"" (no column asked for in this way is ever empty)"""
_BINARY = 1


class Wire:
    """Of one connection, which nobody else uses meanwhile. Statements are prepared the first time they come."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection, self._pg = connection, connection.pgconn
        self._pg.nonblocking = 1
        self._names: dict[str, bytes] = {}
        self._ready = select.poll()
        self._ready.register(self._pg.socket, select.POLLIN)

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """One round trip; an answer each. Raises what psycopg would: of the first that failed, and nothing after it was carried out."""
        self._prepare({statement for statement, _ in questions if statement not in self._names})
        pg = self._pg
        pg.enter_pipeline_mode()
        try:
            for statement, values in questions:
                pg.send_query_prepared(self._names[statement], values, None, _BINARY)
            pg.pipeline_sync()
            return [_rows(one) for one in self._receive()]
        finally:
            if pg.status == pq.ConnStatus.OK:
                pg.exit_pipeline_mode()

    def say(self, statement: str) -> None:
        """One statement, at once."""
        self.ask([(statement, ())])

    def _prepare(self, statements: set[str]) -> None:
        for statement in statements:
            name = f"wire{len(self._names)}".encode()
            result = self._pg.prepare(name, statement.encode())
            if result.status != pq.ExecStatus.COMMAND_OK:
                _give_up(result)
            self._names[statement] = name

    def _receive(self) -> list[Any]:
        """Results of the statements."""
        pg, wrong = self._pg, None
        results: list[Any] = []
        while pg.flush():  # the server reads on only when its answers are read
            select.select([pg.socket], [pg.socket], [])
            pg.consume_input()
        while True:
            while pg.is_busy():
                self._ready.poll()
                pg.consume_input()
            result = pg.get_result()
            if result is None:
                if pg.status != pq.ConnStatus.OK:
                    raise psycopg.OperationalError("the connection to the database is lost")
                continue
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                break
            if result.status == pq.ExecStatus.FATAL_ERROR and wrong is None:
                wrong = result
            results.append(result)
        if wrong is not None:
            _give_up(wrong)
        return results


def number_of(value: bytes) -> int:
    """An integer of any width, as it came."""
    return int.from_bytes(value, "big", signed=True)


def numbers(values: Sequence[int]) -> bytes:
    """As one value of a statement."""
    return b"{%s}" % ",".join(map(str, values)).encode()


def listed(rows: Sequence[object]) -> bytes:
    """As one value of a statement."""
    return orjson.dumps(rows)


def _rows(result: Any) -> Answer:
    columns, get = range(result.nfields), result.get_value
    return [tuple([get(row, column) or b"" for column in columns]) for row in range(result.ntuples)]


def _give_up(result: Any) -> NoReturn:
    code = result.error_field(pq.DiagnosticField.SQLSTATE)
    message = result.get_error_message()
    raise (psycopg.OperationalError if code is None else errors.lookup(code.decode()))(message)
