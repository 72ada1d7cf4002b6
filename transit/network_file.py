"""A Network to and from one uncompressed .npz file.

The file holds every column as an array named `field` or `field.column`, and `meta`, a JSON object in UTF-8 with the format
version and what is no array. Nothing is pickled. Reading needs numpy alone and checks that every column is there with its
type and that the offsets of one table fit the length of the other; zip checksums find damaged bytes.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from transit.errors import NetworkFormatError
from transit.kernels.columns import (
    BlockColumns,
    CalendarColumns,
    FrequencyColumns,
    GridColumns,
    IdTable,
    PatternColumns,
    ShapeColumns,
    TripColumns,
)
from transit.network import Network
from transit.strings import Strings

FORMAT = 1
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, KeyError, TypeError, AttributeError, OSError,
    OverflowError, MemoryError, RuntimeError,
)  # fmt: skip
"""What numpy, zipfile and json raise on bytes that are not theirs (RuntimeError: a flag bit says encrypted)."""
_TUPLES: dict[str, Any] = {
    "patterns": PatternColumns,
    "shapes": ShapeColumns,
    "trips": TripColumns,
    "blocks": BlockColumns,
    "frequencies": FrequencyColumns,
    "calendar": CalendarColumns,
    "grid": GridColumns,
    "stop_table": IdTable,
    "route_table": IdTable,
    "trip_table": IdTable,
}
_DTYPES = {
    "I8": np.int8, "U8": np.uint8, "I32": np.int32, "I64": np.int64,
    "U64": np.uint64, "F32": np.float32, "F64": np.float64,
}  # fmt: skip


def save_network(network: Network, path: Path | str) -> None:
    """Write the file whole or not at all: a reader never sees half of one."""
    path = Path(path)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        _write(network, file)
    part.replace(path)


def load_network(path: Path | str) -> Network:
    """Read a file. Raises NetworkFormatError for anything but a whole file of this format, FileNotFoundError for none."""
    with Path(path).open("rb") as file:
        return _read(file, str(path))


def network_to_bytes(network: Network) -> bytes:
    """The bytes of the file, to send or to store elsewhere."""
    buffer = io.BytesIO()
    _write(network, buffer)
    return buffer.getvalue()


def network_from_bytes(data: bytes, name: str = "network") -> Network:
    """Read the bytes of a file; `name` is what errors call them. Raises NetworkFormatError."""
    return _read(io.BytesIO(data), name)


def _write(network: Network, file: BinaryIO) -> None:
    arrays: dict[str, NDArray[Any]] = {}
    plain: dict[str, Any] = {"format": FORMAT}
    for field in fields(network):
        value = getattr(network, field.name)
        if isinstance(value, Strings):
            arrays[f"{field.name}.starts"], arrays[f"{field.name}.text"] = value.starts, value.text
        elif isinstance(value, np.ndarray):
            arrays[field.name] = value
        elif isinstance(value, tuple):
            for name, column in zip(_TUPLES[field.name]._fields, value):
                store: dict[str, Any] = arrays if isinstance(column, np.ndarray) else plain
                store[f"{field.name}.{name}"] = column
        else:
            plain[field.name] = dict(value) if isinstance(value, Mapping) else value
    for kind in ("stop", "route", "trip"):  # the tables' text is that of the ids
        del arrays[f"{kind}_table.starts"], arrays[f"{kind}_table.text"]
    meta = np.frombuffer(json.dumps(plain, ensure_ascii=False).encode(), np.uint8)
    np.savez(file, allow_pickle=False, meta=meta, **arrays)


def _read(file: BinaryIO, name: str) -> Network:
    if not zipfile.is_zipfile(file):
        raise NetworkFormatError(name, "is not a network file")
    file.seek(0)
    try:
        with np.load(file, allow_pickle=False) as found:
            if not isinstance(found, np.lib.npyio.NpzFile) or "meta" not in found.files:
                raise NetworkFormatError(name, "is not a network file")
            plain = json.loads(found["meta"].tobytes())
            if plain.get("format") != FORMAT:
                raise NetworkFormatError(name, f"has format {plain.get('format')}, this program reads {FORMAT}")
            network = _network({key: found[key] for key in found.files}, plain)
    except _DAMAGE as error:
        raise NetworkFormatError(name, f"is not a network file or is damaged ({_reason(error)})") from None
    _check(network, name)
    return network


def _reason(error: Exception) -> str:
    said = str(error.args[0] if isinstance(error, KeyError) else error).strip()
    return said.split("\n")[0] or type(error).__name__


def _network(arrays: dict[str, NDArray[Any]], plain: dict[str, Any]) -> Network:
    values: dict[str, Any] = {}
    for field in fields(Network):
        if field.name in _TUPLES:
            values[field.name] = _columns(field.name, arrays, plain)
        elif field.type == "Strings":
            values[field.name] = Strings(_typed(arrays, f"{field.name}.starts", "I64"), _typed(arrays, f"{field.name}.text", "U8"))
        elif field.type in _DTYPES:
            values[field.name] = _typed(arrays, field.name, str(field.type))
        else:
            values[field.name] = plain[field.name]
    return Network(**values)


def _columns(field: str, arrays: dict[str, NDArray[Any]], plain: dict[str, Any]) -> Any:
    kind = _TUPLES[field]
    columns: dict[str, Any] = {}
    for name, annotation in kind.__annotations__.items():
        dtype = annotation if isinstance(annotation, str) else annotation.__forward_arg__
        source = f"{field.removesuffix('_table')}_ids" if kind is IdTable and name in ("starts", "text") else field
        key = f"{source}.{name}"
        columns[name] = _typed(arrays, key, dtype) if dtype in _DTYPES else plain[key]
    return kind(**columns)


def _typed(arrays: dict[str, NDArray[Any]], key: str, dtype: str) -> NDArray[Any]:
    array = arrays[key]
    if array.dtype != _DTYPES[dtype]:
        raise ValueError(f"{key} has the type {array.dtype}")
    return array


def _check(network: Network, name: str) -> None:
    """Offsets against lengths: what a wrong file would otherwise show only in the middle of a step."""
    trips, patterns, shapes = network.trips, network.patterns, network.shapes
    fits = {
        "trips": len(trips.start) == len(trips.pattern) + 1 and trips.start[-1] == len(trips.arrival) == len(trips.departure),
        "trip_ids": len(network.trip_ids) == len(trips.pattern),
        "stop_ids": len(network.stop_ids) == len(network.stop_lat) == len(network.stop_names),
        "patterns": len(patterns.stop_start) == len(patterns.route) + 1 and patterns.stop_start[-1] == len(patterns.stop),
        "shapes": len(shapes.segment_start) == len(patterns.route) + 1 and shapes.segment_start[-1] == len(shapes.segments),
        "grid": len(network.grid.start) == network.grid.columns * network.grid.rows + 1,
        "calendar": network.calendar.active.ndim == 2 and len(network.calendar.active) == len(network.service_ids),
    }
    for part, whole in fits.items():
        if not whole:
            raise NetworkFormatError(name, f"is damaged: the columns of {part} do not fit together")
