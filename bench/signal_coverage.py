"""Coverage of 100,000 intersections: at any date, over a year of days, as known then; and of the signals of sim_city.

Every intersection has ten changes of state in a year and every fortnight an import changes one in a hundred. The baselines answer
less: DuckDB and a Python loop count states by grade, mode and rung at a date, DuckDB sums time on one rung by day in one scope.
Their counts are checked against ours.
"""

from __future__ import annotations

import dataclasses
import datetime
import tracemalloc
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from bench.coverage_baselines import Tables, connect, loop_counts, sql_counts, sql_days
from bench.recorded import SIM, absent, data_folder, find_folder
from bench.rows import Row
from bench.timing import interleaved, least
from signals.coverage import Coverage, coverage_at
from signals.coverage_days import days, local_midnight
from signals.coverage_official import official_figures
from signals.coverage_series import coverage_moments, principal_series, time_in_state
from signals.coverage_situation import situation_at
from signals.coverage_weights import Measured
from signals.finding import Finding
from signals.indicator_definitions import CoverageDefinitions
from signals.inventory import Inventory
from signals.inventory_history import Import, InventoryHistory
from signals.inventory_history_file import inventory_history_to_bytes
from signals.inventory_spans import spans_now, spans_of
from signals.kernels.state_columns import Transitions
from signals.model import Grade, Rung, Verdict
from signals.state_history import StateHistory, StateParameters, no_states
from signals.state_history_file import state_history_to_bytes

ZONE = "Asia/Shanghai"
START, END = (local_midnight(datetime.date(year, 1, 1), ZONE) for year in (2025, 2026))
D = CoverageDefinitions()
CHANGES = 10
LIMIT_MS = 1000.0


class District(NamedTuple):
    """A synthetic district with a past."""

    inventories: InventoryHistory
    states: StateHistory
    flow: Measured


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in ms, s, findings/s, bytes."""
    many = 1000 if smoke else 100_000
    rng = np.random.default_rng(1)
    inventory = synthetic_inventory(many, rng)
    took: list[float] = []
    history = _inventories(inventory, rng, took)
    district = District(history, _states(inventory, rng), _flow(inventory, rng))
    yield from _moments(district, many)
    yield from _year(district, many)
    yield from _imports(district, inventory, took)
    yield from _findings(inventory, 3 if smoke else 20)
    if find_folder(SIM) is None:
        yield absent(SIM)
    else:
        yield from _sim_city()


def synthetic_inventory(many: int, rng: np.random.Generator) -> Inventory:
    """Intersections of all grades, one in fifty unknown; four approaches and a point on half of them."""
    grades = np.array([int(grade) for grade in Grade], np.int8)
    approaches = np.repeat(np.arange(many, dtype=np.int32), 4)
    points = np.flatnonzero(rng.random(4 * many) < 0.5).astype(np.int32)
    return Inventory(
        device_ids=[f"C{k:06}" for k in range(many)], intersection_ids=[f"X{k:06}" for k in range(many)],
        device=np.arange(many, dtype=np.int32),
        grade=rng.choice(grades, many, p=[0.02, 0.2, 0.2, 0.18, 0.15, 0.15, 0.1]),
        declared_mode=rng.choice(np.array([21, 22, 23, 31, 32, 33, 41], np.int32), many),
        lat=30.0 + rng.random(many), lon=114.0 + rng.random(many),
        approach_ids=[f"A{k:06}" for k in range(4 * many)], approach_intersection=approaches,
        camera_ids=[f"E{k:06}" for k in points.tolist()], camera_approach=points, camera_intersection=approaches[points],
        camera_seen=np.full(len(points), END / 1000 - 3600.0),
    )  # fmt: skip


def _inventories(inventory: Inventory, rng: np.random.Generator, took: list[float]) -> InventoryHistory:
    """A first list and one a fortnight in which one mode in a hundred differs."""
    history = InventoryHistory()
    modes = inventory.declared_mode.copy()
    for number in range(26):
        if number:
            some = rng.integers(0, len(modes), max(1, len(modes) // 100))
            modes[some] = rng.choice(np.array([21, 22, 23, 41], np.int32), len(some))
        at = START + number * 14 * 86_400_000
        told, now = Import(at, at + 3_600_000, "bench", "fortnightly"), dataclasses.replace(inventory, declared_mode=modes.copy())
        made: list[InventoryHistory] = []

        def record(
            history: InventoryHistory = history, now: Inventory = now, told: Import = told, made: list[InventoryHistory] = made
        ) -> None:
            made.append(history.record(now, told).history)

        took.append(least(record, 1))
        history = made[-1]
    return history


def _states(inventory: Inventory, rng: np.random.Generator) -> StateHistory:
    """Ten changes of state an intersection, at whole seconds; one in a hundred falls silent in the last half year."""
    many = len(inventory.intersection_ids)
    seconds = (END - START) // 1000
    steps = np.cumsum(1 + rng.integers(0, seconds // CHANGES - 2, (many, CHANGES)), axis=1)
    rungs = np.sort(rng.integers(0, 6, (2, many * CHANGES)), axis=0).astype(np.uint8)
    kept = Transitions(
        np.repeat(np.arange(many, dtype=np.int32), CHANGES), (START + 1000 * steps).reshape(-1), rungs[0], rungs[1],
        rng.integers(0, 3, many * CHANGES).astype(np.uint8),
        rng.choice(np.array([-1, 21, 22, 23, 33, 41], np.int32), many * CHANGES),
    )  # fmt: skip
    last = no_states(many)
    last.end[:] = np.where(rng.random(many) < 0.01, (START + END) // 2, END)
    return StateHistory.of(StateParameters(), inventory.intersection_ids, last, kept)


def _flow(inventory: Inventory, rng: np.random.Generator) -> Measured:
    """Vehicles/h; one in five unknown."""
    flow = np.round(rng.gamma(2.0, 600.0, len(inventory.intersection_ids)))
    flow[rng.random(len(flow)) < 0.2] = np.nan
    return Measured("flow", inventory.intersection_ids, flow)


def _moments(district: District, many: int) -> Iterator[Row | str]:
    history, view = district.inventories, district.states.view()
    date = START + 200 * 86_400_000 + 8 * 3_600_000
    spans = spans_of(history)
    flow = dict(zip(district.flow.ids, district.flow.values.tolist()))
    tables = Tables(spans, view.rows_of(spans.ids), np.array([flow[name] for name in spans.ids]), view.columns)
    connection = connect(tables)

    def ours() -> Coverage:
        return coverage_at(date, spans_of(history), view, D, [district.flow])

    _check(ours(), sql_counts(connection, date))
    _check(ours(), loop_counts(tables, date))
    best = interleaved([ours, lambda: sql_counts(connection, date), lambda: loop_counts(tables, date)], 7)
    mine, sql, loop = (1000.0 * seconds for seconds in best)
    yield Row(f"coverage of {many:,} at a past date, all scopes and readings", mine, sql, "DuckDB as-of join, counts only", "ms", False)
    yield Row("… beside a loop", mine, loop, "Python loop, counts only", "ms", False)
    then = START + 190 * 86_400_000
    known = 1000.0 * least(lambda: coverage_at(date, spans_of(history, then), view, D, [district.flow]), 5)
    yield Row("… as it was known then", known, LIMIT_MS, "limit", "ms", False)
    lists = 1000.0 * least(lambda: official_figures(situation_at(date, spans, view), D, True), 3)
    yield Row("… official figures with the ids behind each", lists, LIMIT_MS, "limit", "ms", False)
    whole = 1000.0 * least(lambda: history.at(date), 3)
    yield Row("the whole inventory at a past date (4 approaches, 2 points each)", whole, LIMIT_MS, "limit", "ms", False)


def _check(ours: Coverage, theirs: dict[tuple[int, int, int, int], tuple[int, float]]) -> None:
    """Raise AssertionError where a baseline counts otherwise."""
    for scope, grades in zip(ours.scopes, (None, *(reading.grades for reading in D.grade_readings))):
        for shares in (scope.shares[0], scope.shares[2]):
            mine = [(key, value[shares.weight == "flow"]) for key, value in theirs.items() if grades is None or key[0] in grades]
            for rung in Rung:
                np.testing.assert_allclose(shares.proved[rung], sum(value for key, value in mine if key[2] >= rung))
                np.testing.assert_allclose(shares.possible[rung], sum(value for key, value in mine if key[3] >= rung))
    strict, reading = D.mode_readings[0].modes, D.grade_readings[0]
    principal = next(one for one in ours.official if one.reading == D.principal)
    assert principal.numerator == sum(
        many for (grade, mode, proved, _), (many, _) in theirs.items() if grade in reading.grades and mode in strict and proved >= 1
    )


def _year(district: District, many: int) -> Iterator[Row | str]:
    history, view = district.inventories, district.states.view()
    spans, bins = spans_of(history), days(START, END, ZONE)
    flow = dict(zip(district.flow.ids, district.flow.values.tolist()))
    tables = Tables(spans, view.rows_of(spans.ids), np.array([flow[name] for name in spans.ids]), view.columns)
    connection = connect(tables)
    found = time_in_state(bins, spans, view, D, [district.flow])[0]
    np.testing.assert_allclose(found.proved[:, Rung.ADAPTING, 0], sql_days(connection, bins, Rung.ADAPTING))
    ours, sql = interleaved(
        [lambda: time_in_state(bins, spans, view, D, [district.flow]), lambda: sql_days(connection, bins, Rung.ADAPTING)], 3, 60.0
    )
    yield Row(
        f"time in state of {many:,} by day for a year, 3 scopes × 6 rungs × 3 weights", ours, sql,
        "DuckDB, 1 scope × 1 rung × 1 weight", "s", False,
    )  # fmt: skip
    times = bins.start + 8 * 3_600_000
    series = least(lambda: coverage_moments(times, spans, view, D, [district.flow]), 3)
    few = times[::30]
    each = least(lambda: [coverage_at(time, spans, view, D, [district.flow]) for time in few.tolist()], 1) / len(few) * len(times)
    yield Row("coverage at 08:00 of every day of a year", series, each, "one date after the other", "s", False)
    official = least(lambda: principal_series(few, spans, view, D), 1) / len(few)
    yield Row("official ratio, a date of a series", 1000.0 * official, LIMIT_MS, "limit", "ms", False)


def _imports(district: District, inventory: Inventory, took: list[float]) -> Iterator[Row | str]:
    yield Row("first import of the inventory", took[0], 60.0, "a minute", "s", False)
    yield Row("an import that changes one in a hundred", float(np.median(took[1:])), 60.0, "a minute", "s", False)
    whole = inventory_history_to_bytes(district.inventories)
    first = InventoryHistory().record(inventory, Import(START, START, "", "")).history
    yield Row(
        "file of 26 inventories, bytes an intersection", len(whole) / len(inventory.intersection_ids),
        26 * len(inventory_history_to_bytes(first)) / len(inventory.intersection_ids), "26 files of one", "bytes", False,
    )  # fmt: skip
    states = len(state_history_to_bytes(district.states)) / (CHANGES * len(inventory.intersection_ids))
    yield Row("file of states, bytes a change", states, 16.0, "the columns as they lie in memory", "bytes", False)


def _findings(inventory: Inventory, windows: int) -> Iterator[Row | str]:
    """Windows of a quarter of an hour of every intersection; one in ten changes its rung."""
    ids, rng, quarter = inventory.intersection_ids, np.random.default_rng(2), 900_000
    many = min(len(ids), 20_000)
    rungs = rng.integers(0, 6, (windows, many))
    rungs[1:] = np.where(rng.random((windows - 1, many)) < 0.1, rungs[1:], rungs[:1])
    batches = [
        [Finding(j, k * quarter, (k + 1) * quarter, Verdict.UNKNOWN, Rung(rung), Rung(rung), 22, 1.0) for j, rung in enumerate(row)]
        for k, row in enumerate(rungs.tolist())
    ]

    def record() -> StateHistory:
        history = StateHistory()
        for batch in batches:
            history.record(batch, ids)
        history.view()
        return history

    seconds = least(record, 3)
    tracemalloc.start()
    record()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    yield Row("findings recorded", windows * many / seconds, 100_000 / 900, "100,000 intersections a quarter of an hour", "1/s", True)
    yield f"{windows} windows of {many:,} intersections: {peak / 1e6:.0f} MB at most"


def _sim_city() -> Iterator[Row | str]:
    """Signals of a real street network by grade; nothing is known of what they do, so all of the ratio is unknown."""
    from feeds.signals.inventory_files import read_inventory

    inventory = read_inventory(
        data_folder() / SIM.name / "signals.csv",
        renamed={"intersection_id": "tls_id", "device_id": "tls_id", "declared_mode": "program"},
    )
    grades, counts = np.unique(inventory.grade, return_counts=True)
    found = coverage_at(0, spans_now(inventory), StateHistory().view(), D)
    listed = {one.reading: one for one in found.official}
    yield "sim_city by grade: " + ", ".join(
        f"{Grade(grade).name.lower()} {many}" for grade, many in zip(grades.tolist(), counts.tolist())
    )
    for grades_read in D.grade_readings:
        one, state = (listed[f"{what}.strict.{grades_read.name}"] for what in ("listed", "declared"))
        words = grades_read.words.en
        yield Row(f"sim_city: {words}", one.denominator, len(inventory.intersection_ids), "all intersections", "count", True)
        yield (
            f"sim_city, {words}: {one.numerator} of {one.denominator} real-time by the list, {one.star} stars; "
            f"nothing was heard of them, so in truth between {state.low:.0%} and {state.high:.0%}"
        )
