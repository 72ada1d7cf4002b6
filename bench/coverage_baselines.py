"""What `signal_coverage` is compared with: the same questions in SQL (DuckDB) and in a plain Python loop."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, NamedTuple

import duckdb
import numpy as np

from signals.coverage_days import Bins
from signals.inventory_spans import Spans
from signals.kernels.state_columns import StateColumns
from signals.model import Rung

Counts = dict[tuple[int, int, int, int], tuple[int, float]]
"""by grade, mode, proved and possible rung: (intersections, flow)"""


class Tables(NamedTuple):
    """The spans and transitions of one history; intersection n of the states is span row n's, by `who`."""

    spans: Spans
    who: Any
    flow: Any
    states: StateColumns


def connect(tables: Tables) -> duckdb.DuckDBPyConnection:
    """A database in memory that holds them."""
    import pandas as pd

    spans, states = tables.spans, tables.states
    owner = np.repeat(np.arange(len(states.known_until)), np.diff(states.first))
    frames = {
        "spans": pd.DataFrame({"id": tables.who, "a": spans.start, "b": spans.end, "grade": spans.grade, "flow": tables.flow}),
        "known": pd.DataFrame({"id": np.arange(len(states.known_until)), "until": states.known_until}),
        "states": pd.DataFrame(
            {"id": owner, "t": states.time, "proved": states.proved, "possible": states.possible, "mode": states.mode}
        ),
    }
    connection = duckdb.connect(":memory:")
    for name, frame in frames.items():
        connection.register("frame", frame)
        connection.execute(f"create table {name} as select * from frame")
    connection.execute(
        "create table lasting as select s.id, t as a, least(lead(t, 1, until) over (partition by s.id order by t), until) as b, "
        "proved, possible from states s join known using (id)"
    )
    return connection


AS_OF = """
with there as (select id, grade, flow, ?::bigint as now from spans where a <= ? and ? < b),
state as (select t.*, s.proved, s.possible, s.mode from there t asof left join states s on t.id = s.id and t.now >= s.t)
select grade, case when now < until then coalesce(mode, -1) else -1 end as m,
  case when now < until then coalesce(proved, 0) else 0 end as p, case when now < until then coalesce(possible, 5) else 5 end as q,
  count(*), coalesce(sum(flow) filter (not isnan(flow)), 0)
from state left join known using (id) group by all
"""


def sql_counts(connection: duckdb.DuckDBPyConnection, time: int) -> Counts:
    """Counts at a moment by an as-of join."""
    rows = connection.execute(AS_OF, [time, time, time]).fetchall()
    return {(grade, mode, proved, possible): (many, flow) for grade, mode, proved, possible, many, flow in rows}


def loop_counts(tables: Tables, time: int) -> Counts:
    """The same by a loop over lists; the lists are made outside the time that counts."""
    first, until, changes, proved, possible, mode, spans = _lists(tables)
    counts: dict[tuple[int, int, int, int], list[float]] = {}
    for start, end, grade, flow, i in spans:
        if not start <= time < end:
            continue
        key = (grade, -1, 0, 5)
        if i >= 0 and time < until[i]:
            row = bisect_right(changes, time, first[i], first[i + 1])
            if row > first[i]:
                key = (grade, mode[row - 1], proved[row - 1], possible[row - 1])
        sums = counts.setdefault(key, [0, 0.0])
        sums[0] += 1
        if flow == flow:
            sums[1] += flow
    return {key: (int(sums[0]), sums[1]) for key, sums in counts.items()}


_MADE: list[tuple[Tables, tuple[Any, ...]]] = []


def _lists(tables: Tables) -> tuple[Any, ...]:
    if not _MADE or _MADE[0][0] is not tables:
        states, spans = tables.states, tables.spans
        each = list(zip(spans.start.tolist(), spans.end.tolist(), spans.grade.tolist(), tables.flow.tolist(), tables.who.tolist()))
        columns = (states.first, states.known_until, states.time, states.proved, states.possible, states.mode)
        _MADE[:] = [(tables, (*(column.tolist() for column in columns), each))]
    return _MADE[0][1]


DAYS = """
select d.day, sum(greatest(0, least(l.b, d.b, s.b) - greatest(l.a, d.a, s.a)))
from lasting l join spans s on l.id = s.id join days d on l.a < d.b and l.b > d.a and s.a < d.b and s.b > d.a
where l.proved >= ? group by d.day order by d.day
"""


def sql_days(connection: duckdb.DuckDBPyConnection, bins: Bins, rung: Rung) -> list[float]:
    """ms × intersections on a rung or higher, by day, for one scope and one weight."""
    import pandas as pd

    connection.register("days", pd.DataFrame({"day": np.arange(len(bins.start)), "a": bins.start, "b": bins.end}))
    found = dict(connection.execute(DAYS, [int(rung)]).fetchall())
    return [float(found.get(day, 0)) for day in range(len(bins.start))]
