"""Learn: seconds that `baimai learn` takes for a recorded day of 1,000 vehicles that report every 10 s, beside the least asked for.

One hour and two hours are recorded and learned, warm, from the CSV to the history file; the difference is what each hour costs, so
that what is done once counts once. Notes say where the time goes and how large the file is.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.recorded import write_positions
from bench.rows import Row
from bench.timing import interleaved, least
from bench.workload import synthetic_fleet, synthetic_network
from feeds.recording import read_positions, take
from server.city import City
from server.commands.learn import REHEARSAL, learn
from server.commands.recordings import STEP, instants
from transit.history_file import load_history
from transit.links import find_links
from transit.network import Network
from transit.network_file import save_network

INTERVAL, ASKED_FOR, DAY = 10.0, 20.0, 86_400.0


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in seconds a recorded day."""
    vehicles, batches = (50, 13) if smoke else (1000, 721)
    with tempfile.TemporaryDirectory(prefix="baimai-bench-") as folder:
        network_file, recording, out = (Path(folder) / name for name in ("city.npz", "positions.csv", "history.npz"))
        network = synthetic_network(patterns=20 if smoke else 600)
        save_network(network, network_file)
        recorded = synthetic_fleet(network, vehicles=vehicles, batches=batches, interval=INTERVAL).batches
        write_positions(recorded, recording)
        write_positions(recorded[: batches // 2 + 1], half := Path(folder) / "half.csv")

        def whole(positions: Path) -> None:
            with contextlib.redirect_stderr(io.StringIO()):
                learn(network_file, [positions], out, None)

        whole(half)
        days = (batches - 1) * INTERVAL / DAY
        first, both = interleaved([lambda: whole(half), lambda: whole(recording)], 1 if smoke else 3, 60.0)
        took = both + (both - first) * (1.0 / days - 1.0) / 0.5
        yield Row(f"learn a day of {vehicles:,} vehicles, CSV to history", took, ASKED_FOR, "wanted at most", "s", False)
        links = find_links(network)
        finding = least(lambda: find_links(network), 1 if smoke else 3)
        loading = least(lambda: load_history(out, network, links), 1 if smoke else 3)
        yield Row("load the history", loading, 0.5, "wanted at most", "s", False)
        yield f"{days * 24:.1f} h, {vehicles * batches:,} positions, {len(links):,} links found in {finding:.2f} s, " \
              f"a file of {out.stat().st_size / 1024:,.0f} KB"  # fmt: skip
        yield _where_time_goes(network, recording, days)


def _where_time_goes(network: Network, recording: Path, days: float) -> str:
    spent = dict.fromkeys(("read", "absorb", "rehearse"), 0.0)
    mark = time.perf_counter()
    positions, _ = read_positions([recording])
    spent["read"] = time.perf_counter() - mark
    city, row = City(network), 0
    for now, rehearse in instants(float(positions.received[0]), float(positions.received[-1]), REHEARSAL, STEP):
        mark = time.perf_counter()
        end = int(np.searchsorted(positions.received, now, "right"))
        city.absorb(now, [take(positions, slice(row, end))])
        row = end
        spent["absorb"] += time.perf_counter() - mark
        if rehearse:
            mark = time.perf_counter()
            city.rehearse(now)
            spent["rehearse"] += time.perf_counter() - mark
    return "of a day: " + ", ".join(f"{name} {seconds / days:.1f} s" for name, seconds in spent.items())
