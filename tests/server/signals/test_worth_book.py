from __future__ import annotations

import datetime

import numpy as np
import pytest

from server.signals.volumes import DayVolumes
from server.signals.worth_book import WorthBook
from signals.worth import gain
from signals.worth_junctions import timed_intersections
from tests.support.timed_inventory import inventory

NOW = 1_777_248_000_000
MONDAY = datetime.date(2026, 4, 27).toordinal()


def days(count: int) -> tuple[DayVolumes, ...]:
    rng = np.random.default_rng(3)
    shape = 60 + 50 * np.sin(np.linspace(0, 2 * np.pi, 96))
    return tuple(DayVolumes(MONDAY + k, rng.poisson([shape, shape[::-1]]).astype(float)) for k in range(count))


def test_one_intersection_is_told_as_all_together_and_kept_for_an_hour() -> None:
    two = inventory([(0, "1", (1,)), (1, "1", (2,))], [0, 0])
    book, given = WorthBook(two), days(4)
    told = book.answer(0, given, NOW)
    volume = np.stack([one.volume for one in given], axis=1)
    whole = gain(volume, timed_intersections(two), np.zeros(4, np.int32), np.random.default_rng(1))
    assert told["upper_bound"]["vehicle_seconds_a_day"] == pytest.approx(whole.upper.gain[0], abs=0.001)
    assert told["following"]["seconds_a_vehicle"] == pytest.approx(whole.causal.per_vehicle[0], abs=0.001)
    assert (told["days"], told["unknown_because"]) == (4, None)
    assert "From 4 days" in told["text"]["en"]
    assert book.answer(0, (), NOW + 1000) is told
    assert book.answer(0, (), NOW + 3_600_000)["unknown_because"] == "no_volumes"


def test_what_is_not_known_is_said() -> None:
    told = WorthBook(inventory([(0, "", (1,)), (1, "1", (2,))], [0, 0])).answer(0, days(2), NOW)
    assert (told["unknown_because"], told["upper_bound"]["low"]) == ("lanes_unknown", None)
    assert told["text"]["zh"].startswith("效益未知")
