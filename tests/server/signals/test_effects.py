"""Days with and without, from kept bins and kept states; and the comparison over HTTP."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from server.signals.effects import HOURS, EffectBook, EffectParameters, time_in_modes
from signals.finding import Finding
from signals.kernels.measures_columns import GROUP_ROW, blank
from signals.measures_tables import MeasureTables, no_tables
from signals.model import Rung, Verdict
from signals.state_history import StateHistory
from tests.server.signals.test_district import check
from tests.support.live_server import run_async
from tests.support.running_signals import RunningSignals
from tests.support.signal_district import START, inventory

HOUR = 3_600_000
MIDNIGHT = START - 8 * HOUR
DAYS = 28
FIXED, ADAPTIVE = 21, 23


def states(modes: list[int]) -> StateHistory:
    """Of J1: a mode for each day before today, known at all times."""
    history = StateHistory()
    for day, mode in enumerate(modes):
        begin = MIDNIGHT - (len(modes) - day) * 24 * HOUR
        for hour in range(24):
            start = begin + hour * HOUR
            one = Finding(2, start, start + HOUR, Verdict.UNKNOWN, Rung.ONLINE, Rung.EFFECTIVE, mode, 1.0)
            history.record([one], inventory().intersection_ids)
    return history


def reader(delay_with: float, modes: list[int]):  # type: ignore[no-untyped-def]
    """Kept bins of J1: 100 vehicles and 40 cycles an hour, 20 s a vehicle on days without."""

    def read(start: int, end: int) -> MeasureTables:
        day = (start - MIDNIGHT) // (24 * HOUR) + len(modes)
        if not 0 <= day < len(modes):
            return no_tables()
        rng = np.random.default_rng(day)
        rows = blank(GROUP_ROW, HOURS)
        rows["bin"], rows["device"], rows["approach"], rows["phase"] = start + HOUR * np.arange(HOURS), 1, 2, 2
        each = (delay_with if modes[day] == ADAPTIVE else 20.0) + rng.normal(0, 0.3)
        rows["delay_n"], rows["delay_ms"], rows["judged"] = 100, round(100_000 * each), 40
        rows["failures"] = 4 + int(rng.integers(0, 2)) - (2 if modes[day] == ADAPTIVE and delay_with < 20 else 0)
        return no_tables()._replace(groups=rows)

    return read


def compared(delay_with: float, modes: list[int]) -> EffectBook:
    book = EffectBook(inventory(), "Asia/Shanghai", reader(delay_with, modes), EffectParameters(days=len(modes)))
    snapshot = Shot(START, states(modes).view())
    turns = 0
    while book.turn(snapshot):  # type: ignore[arg-type]
        turns += 1
    assert turns == len(modes)  # a day a turn; then the few intersections
    assert not book.turn(snapshot)  # type: ignore[arg-type]
    return book


class Shot:
    """As much of a snapshot as is read."""

    def __init__(self, now: int, view: object) -> None:
        self.now, self.states = now, view


ALTERNATING = [ADAPTIVE if day // 2 % 2 else FIXED for day in range(DAYS)]


@pytest.mark.parametrize(("delay", "effective", "effect"), [(17.0, True, "better"), (24.0, False, "worse")])
def test_days_with_are_held_against_days_without(delay: float, effective: bool, effect: str) -> None:
    book = compared(delay, ALTERNATING)
    assert book.effect() == {0: None, 1: None, 2: effective, 3: None}
    told = book.view(2)
    assert (told["days_with"], told["days_without"], told["days_left_out"], told["compared_on"]) == (14, 14, 0, "2026-04-27")
    assert told["comparisons"][0]["effect"] == effect
    assert told["comparisons"][0]["difference"] == pytest.approx(delay - 20.0, abs=0.5)
    assert "14 days with, 14 without" in told["comparisons"][0]["text"]["en"]


def test_too_few_days_say_nothing() -> None:
    book = compared(10.0, [FIXED] * 10 + [ADAPTIVE] * 4)
    assert book.effect()[2] is None
    (delay, _) = book.view(2)["comparisons"]
    assert (delay["reason"], delay["difference"], delay["days_with"]) == ("few_days", None, 4)
    assert "at least 5 days of each kind are needed" in delay["text"]["en"]


def test_a_day_of_both_modes_or_of_none_is_left_out() -> None:
    modes = [FIXED, ADAPTIVE, 41, -1]
    told = compared(20.0, modes).told[2]
    assert (told.days_with, told.days_without, told.days_left_out) == (1, 1, 2)
    assert compared(20.0, modes).told[0].days_left_out == 4  # nothing was ever told of it


def test_time_in_modes_is_cut_to_the_stretch() -> None:
    view = states([FIXED, ADAPTIVE]).view()
    assert time_in_modes("J1", MIDNIGHT - 26 * HOUR, MIDNIGHT - 20 * HOUR, view) == {FIXED: 2 * HOUR, ADAPTIVE: 4 * HOUR}
    assert time_in_modes("J1", MIDNIGHT - HOUR, MIDNIGHT + HOUR, view) == {ADAPTIVE: HOUR + 900_000}  # and as long as a state lives
    assert time_in_modes("J2", 0, START, view) == {}


def test_effect_and_worth_over_http(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningSignals(tmp_path).open() as city:
            document = (await city.get("/openapi.json")).json()
            effect = (await city.get("/v1/signals/intersections/J1/effect")).json()
            check(document, "/v1/signals/intersections/{intersection_id}/effect", effect)
            assert effect["effective"] is None
            assert effect["comparisons"][0]["text"]["zh"] == "延误：尚不能判断（启用 0 天，对照 0 天；两类日子各需至少 5 天）"
            worth = (await city.get("/v1/signals/intersections/J1/worth")).json()
            check(document, "/v1/signals/intersections/{intersection_id}/worth", worth)
            assert (worth["upper_bound"]["vehicle_seconds_a_day"], worth["unknown_because"]) == (None, "one_stage")
            for name in ("effect", "worth"):
                assert (await city.get(f"/v1/signals/intersections/none/{name}")).status_code == 404

    run_async(scenario())


