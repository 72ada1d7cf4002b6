"""An InventoryHistory to and from the bytes of one .npz file. Nothing is pickled; the same history gives the same bytes."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.errors import HistoryFileError
from signals.inventory_history import Action, Import, InventoryHistory
from signals.inventory_tables import SCHEMA, TEXTS, Kind, Pool, Table, empty_table
from signals.kernels.columns import I32

FORMAT = 1
DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, KeyError, IndexError, TypeError, AttributeError, OSError,
    OverflowError, MemoryError, RuntimeError, NotImplementedError,
)  # fmt: skip
"""what numpy, zipfile and json raise on bytes that are not theirs"""
_STAMPS = {"valid_from": np.int64, "number": np.int32, "action": np.uint8}


def inventory_history_to_bytes(history: InventoryHistory) -> bytes:
    """The bytes of the file."""
    imports = [[one.valid_from, one.recorded, one.who, one.why, one.source, one.valid_to] for one in history.imports]
    arrays: dict[str, NDArray[Any]] = {"meta": packed_json({"format": FORMAT, "kind": "inventory", "imports": imports})}
    arrays["texts"] = packed_json(history.pool.texts)
    for kind, table in history.tables.items():
        arrays |= {f"{kind.word}.{name}": column for name, column in table.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def inventory_history_from_bytes(data: bytes, name: str) -> InventoryHistory:
    """The history in a file's bytes; `name` is what errors call it. Raises HistoryFileError for anything but a whole file."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            meta = unpacked_json(found["meta"])
            if meta.get("kind") != "inventory":
                raise HistoryFileError(name, "is not a history of the inventory")
            if meta.get("format") != FORMAT:
                raise HistoryFileError(name, f"has format {meta.get('format')}, this program reads {FORMAT}")
            texts: list[str] = unpacked_json(found["texts"])
            tables = {kind: _table(kind, found) for kind in Kind}
    except DAMAGE as error:
        raise HistoryFileError(name, f"is not a history of the inventory or is damaged ({first_line(error)})") from None
    imports = tuple(Import(*one) for one in meta["imports"])
    _check(texts, imports, tables, name)
    return InventoryHistory(Pool(texts), imports, tables)


def packed_json(value: object) -> NDArray[np.uint8]:
    """JSON as an array of UTF-8 bytes."""
    return np.frombuffer(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), np.uint8)


def unpacked_json(array: NDArray[Any]) -> Any:
    """And back."""
    return json.loads(array.tobytes())


def first_line(error: Exception) -> str:
    """What an error of a library says, in one line."""
    return str(error).strip().split("\n")[0] or type(error).__name__


def _table(kind: Kind, found: Any) -> Table:
    columns = {name: column.dtype for name, column in empty_table(kind).items()} | _STAMPS
    table = {name: np.asarray(found[f"{kind.word}.{name}"]).astype(dtype) for name, dtype in columns.items()}
    if len({column.shape for column in table.values()}) != 1 or table["key"].ndim != 1:
        raise ValueError(f"the columns of {kind.word} have different lengths")
    return table


def _check(texts: list[str], imports: tuple[Import, ...], tables: dict[Kind, Table], name: str) -> None:
    """Raise HistoryFileError where numbers point to what is not there or rows are out of order."""
    for kind, table in tables.items():
        codes = [table["key"], *(table[column] for column in SCHEMA[kind] if column in TEXTS)]
        order = np.lexsort((table["number"], table["valid_from"], table["key"]))
        whole = _within(table["number"], len(imports)) and all(_within(column, len(texts)) for column in codes)
        if not whole or not np.array_equal(order, np.arange(len(order))) or not np.isin(table["action"], list(Action)).all():
            raise HistoryFileError(name, f"is damaged (the rows of {kind.word} do not fit together)")


def _within(column: I32, most: int) -> bool:
    return not len(column) or (int(column.min()) >= 0 and int(column.max()) < most)
