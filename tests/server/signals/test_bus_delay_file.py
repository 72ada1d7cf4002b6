"""What was learned of buses at signals outlives a restart, and nothing else is taken for it."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest

from server.signals.bus_delay import BusDelay
from server.signals.bus_delay_file import learned_to_bytes, recall
from server.signals.priority_approaching import Approaching
from tests.server.signals.test_approaches_passed import CROSSINGS, EIGHT, NETWORK
from tests.server.signals.test_bus_delay import NONE, pass_by
from tests.server.signals.test_priority_approaching import expected, see
from tests.support.lines import DAY


def taught() -> tuple[BusDelay, Approaching]:
    delays, approaching = BusDelay(NETWORK, CROSSINGS), Approaching(CROSSINGS)
    for k in range(30):
        delays.learn(DAY + EIGHT, pass_by(20.0 + k), NONE)
        see(approaching, 0, 100.0, 8.0, 30.0)
    return delays, approaching


def test_what_was_learned_comes_back_and_is_learned_on() -> None:
    delays, approaching = taught()
    again, times = BusDelay(NETWORK, CROSSINGS), Approaching(CROSSINGS)
    assert recall(learned_to_bytes(delays, approaching), again, times) is None
    assert again.delay().tolist()[0][8] == delays.delay().tolist()[0][8]
    assert again.per_intersection(2)[0] == delays.per_intersection(2)[0]
    assert expected(times, 0, 100.0, 8.0) == expected(approaching, 0, 100.0, 8.0)
    again.learn(DAY + EIGHT, pass_by(60.0), NONE)
    assert again.sums()["days"].sum() == 1
    assert again.approach(0, 0)[8].measured == 31
    assert delays.approach(0, 0)[8].measured == 30


def test_of_other_crossings_nothing_is_taken() -> None:
    delays, approaching = taught()
    moved = dataclasses.replace(CROSSINGS, distance=CROSSINGS.distance + 10.0)
    other = BusDelay(NETWORK, moved)
    said = recall(learned_to_bytes(delays, approaching), other, Approaching(moved))
    assert said == "what was learned of buses at signals is of another timetable or inventory"
    assert other.approach(0, 0)[8].measured == 0


@pytest.mark.parametrize("cut", [0, 10, 500, -40])
def test_bytes_that_are_no_such_file_are_said_to_be_none(cut: int) -> None:
    delays, approaching = taught()
    before = delays.sums()["seconds"].copy()
    said = recall(learned_to_bytes(delays, approaching)[:cut], delays, approaching)
    assert said is not None
    assert said.startswith("what was learned of buses at signals")
    assert (delays.sums()["seconds"] == before).all()


def test_a_file_that_lacks_a_column_is_refused_whole() -> None:
    delays, approaching = taught()
    with np.load(io.BytesIO(learned_to_bytes(delays, approaching))) as file:
        kept = {name: file[name] for name in file.files if name != "times"}
    out = io.BytesIO()
    np.savez(out, **kept)
    fresh = BusDelay(NETWORK, CROSSINGS)
    assert recall(out.getvalue(), fresh, approaching) == "what was learned of buses at signals lacks times"
    assert fresh.approach(0, 0)[8].passings == 0
