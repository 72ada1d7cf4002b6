"""The recorded data sets beside the repository (../shared/data, or the folder that BAIMAI_SHARED names), and replays of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from bench import payloads
from feeds.gtfs import compile_network
from transit.kernels.columns import PositionColumns
from transit.network import Network
from transit.network_file import save_network

POSITIONS_HEADER = "vehicle_id,trip_id,route_id,timestamp_unix,received_unix,lat,lon,bearing,speed_mps"
REPOSITORY = Path(__file__).resolve().parents[1]
TEXT = ("vehicle_id", "trip_id", "stop_id", "route_id", "service_date", "state", "source")
Columns = dict[str, NDArray[Any]]


class DataSet(NamedTuple):
    """Where the parts of one recording lie, within its folder."""

    name: str
    positions: str
    arrivals: str
    scores_first_stops: bool = True
    """whether arrivals at a trip's first stop are arrivals and not the begin of a layover"""
    earlier_positions: str = ""
    """of earlier days, to learn from"""
    earlier_arrivals: str = ""


WMATA = DataSet("wmata_dc_2026", "dev/pings.csv.gz", "dev/arrivals.csv.gz")
NYC = DataSet("nyc_b63_2010", "dev/pings.csv.gz", "dev/arrivals.csv.gz")
SIM = DataSet("sim_city", "test/pings.csv.gz", "test/truth.csv.gz", False, "pings.csv.gz", "truth.csv.gz")


def data_folder() -> Path:
    """Where the data sets would lie; it need not exist."""
    given = os.environ.get("BAIMAI_SHARED")
    return (Path(given) if given else REPOSITORY.parent / "shared") / "data"


def find_folder(data: DataSet) -> Path | None:
    """The folder of a data set, or None where it is absent."""
    folder = data_folder() / data.name
    return folder if folder.is_dir() else None


def absent(data: DataSet) -> str:
    """The note for a bench that has to do without a data set."""
    return f"{data.name} skipped: there is no {data_folder() / data.name} (BAIMAI_SHARED names another folder than ../shared)"


def compile_data(data: DataSet, work: Path) -> tuple[Network, Path]:
    """The network of a data set, and the file in `work` that it was saved to."""
    network, _ = compile_network(data_folder() / data.name / "gtfs.zip")
    file = work / f"{data.name}.npz"
    save_network(network, file)
    return network, file


def replay(data: DataSet, network: Path, options: Sequence[str | Path], positions: str = "") -> str:
    """Runs `baimai replay` on the positions of a data set (or others of it); returns what it said. Raises as `command` does."""
    recorded = data_folder() / data.name / (positions or data.positions)
    return command("replay", "--network", network, "--positions", recorded, *options)


def command(*words: str | Path) -> str:
    """Runs a command of `baimai`; returns what it said. Raises RuntimeError with that when it fails."""
    done = subprocess.run([sys.executable, "-m", "server", *words], cwd=REPOSITORY, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"baimai {words[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stderr.strip()


def has_command(*words: str) -> bool:
    """Whether `baimai` has a command, or one with an option: `has_command("replay", "--history")`."""
    asked = [sys.executable, "-m", "server", words[0], "--help"]
    done = subprocess.run(asked, cwd=REPOSITORY, check=False, capture_output=True, text=True, env=os.environ | {"COLUMNS": "200"})
    return done.returncode == 0 and all(word in done.stdout for word in words)


def read_columns(path: Path, names: Sequence[str]) -> Columns:
    """Columns of a recorded CSV (.gz too): ids as text, numbers as float64, empty ones as "" and NaN."""
    kinds = {name: pa.string() if name in TEXT or name.startswith("label_") else pa.float64() for name in names}
    convert = pyarrow.csv.ConvertOptions(column_types=kinds, include_columns=list(names), strings_can_be_null=False)
    table = pyarrow.csv.read_csv(path, convert_options=convert)
    return {
        name: np.asarray(table[name].to_pylist(), str) if kinds[name] == pa.string() else table[name].to_numpy().astype(np.float64)
        for name in names
    }


def chosen(columns: Columns, rows: NDArray[Any]) -> Columns:
    """The same columns, some rows."""
    return {name: values[rows] for name, values in columns.items()}


def write_positions(batches: Sequence[PositionColumns], path: Path) -> None:
    """Positions as a recorded CSV, a batch after the other."""
    with path.open("w", encoding="utf-8") as out:
        print(POSITIONS_HEADER, file=out)
        for batch in batches:
            received = float(batch.received[0])
            for one in payloads.records(batch):
                print(
                    f"{one['vehicle_id']},{one.get('trip_id', '')},,{one['timestamp_unix']},{received},{one['lat']},{one['lon']},,",
                    file=out,
                )
