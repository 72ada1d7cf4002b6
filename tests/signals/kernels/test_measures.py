from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.kernels.columns import EventColumns
from signals.kernels.measures_columns import KEYS
from signals.measures import Measures
from signals.measures_tables import MeasureTables, join_tables, to_columns
from tests.support import naive_measures as naive
from tests.support.signal_streets import EVERYTHING, SMALL, T0, Q, columns, inventory_of, streams

Events = list[tuple[int, int, int, int]]


def measured(events: EventColumns, devices: int = 1) -> MeasureTables:
    measures = Measures(inventory_of(SMALL, devices), Q)
    measures.feed(events, int(events.time.max()) + 1)
    measures.finish()
    return measures.take()


def figures(rows: Any, *keys: str) -> dict[Any, dict[str, Any]]:
    """Rows as the naive twin has them: durations as tuples, without zeros, without keys that hold nothing."""
    found: dict[Any, dict[str, Any]] = {}
    flat = to_columns(rows)
    names = rows.dtype.names
    for i in range(len(rows)):
        row: dict[str, Any] = {}
        for name in names:
            if name in ("bin", "device", "phase", "approach", "channel", "lanes"):
                continue
            if rows.dtype[name].shape == (4,):
                if rows[i][name][0]:
                    row[name] = tuple(rows[i][name].tolist())
            elif rows.dtype[name].shape:
                row |= {part: int(flat[part][i]) for part in flat if part.startswith(f"{name}_") and flat[part][i]}
            elif rows[i][name]:
                row[name] = int(rows[i][name])
        if row:
            found[tuple(int(rows[i][key]) for key in keys)] = row
    return found


@settings(max_examples=120, deadline=None)
@given(streams())
def test_states_and_lane_groups_are_those_of_timelines_laid_over_bins(events: Events) -> None:
    tables = measured(columns(events))
    one = naive.by_device(events)[0]
    assert figures(tables.states, "bin", "phase") == naive.states(one, [1, 2, 3], Q)
    assert figures(tables.groups, "bin", "phase", "approach") == naive.groups(one, SMALL, Q)


@settings(max_examples=60, deadline=None)
@given(streams(EVERYTHING, devices=2), st.data())
def test_the_same_bytes_however_the_stream_is_cut(events: Events, data: st.DataObject) -> None:
    whole = measured(columns(events), devices=2)
    ordered = sorted(events, key=lambda one: one[0])
    measures, parts, at = Measures(inventory_of(SMALL, 2), Q), [], 0
    while at < len(ordered):
        end = data.draw(st.integers(at + 1, len(ordered)))
        batch = data.draw(st.permutations(ordered[at:end]))
        until = ordered[end][0] if end < len(ordered) else ordered[-1][0] + 1  # events of that very time may be in both batches
        measures.feed(columns(batch), until)
        if data.draw(st.booleans()):
            parts.append(measures.take())
        at = end
    measures.finish()
    parts.append(measures.take())
    for k, rows in enumerate(whole):
        pieces = np.concatenate([part[k] for part in parts])
        order = np.lexsort([pieces[name] for name in reversed(KEYS) if name in (pieces.dtype.names or ())])
        assert pieces[order].tobytes() == rows.tobytes()


@settings(max_examples=60, deadline=None)
@given(streams(EVERYTHING), st.sampled_from([2, 3, 60]))
def test_longer_bins_are_the_sums_of_shorter_ones(events: Events, times: int) -> None:
    short = measured(columns(events))
    longer = Measures(inventory_of(SMALL), Q._replace(bin=times * Q.bin))
    longer.feed(columns(events), events[-1][0] + 10_000)
    longer.finish()
    for summed, direct in zip(join_tables([short], times * Q.bin), longer.take()):
        keys = [name for name in ("bin", "phase", "approach", "channel") if name in direct.dtype.names]
        assert figures(summed, *keys) == figures(direct, *keys)


def test_more_arrivals_on_their_way_than_fit_are_unknown_not_lost() -> None:
    events = [(T0, 0, 1, 1), *((T0 + 10 * i, 0, 82, 1) for i in range(50)), (T0 + 9000, 0, 8, 1)]
    groups = measured(columns(events)).groups
    mine = groups[(groups["phase"] == 1) & (groups["approach"] == 0)]
    assert (mine["green"].sum(), mine["unknown"].sum()) == (32, 18)
