"""What vehicles on no pattern tell of the links they drive along."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drives import random_town
from tests.support.lines import vehicle
from tests.support.naive_links import Move, passed
from tests.support.streets import STRAIGHT, Line, streets
from transit.kernels.columns import F32
from transit.kernels.links import drive_past
from transit.kernels.prediction_columns import Measurements
from transit.learning_parameters import LearningParameters
from transit.links import Links, find_links
from transit.network import Network

PAR = LearningParameters()
NETWORK = streets(Line(STRAIGHT, [0, 3000]))
LINKS = find_links(NETWORK)


def room(count: int) -> Measurements:
    element, of_vehicle = (np.full(count, -5, np.int32) for _ in range(2))
    actual, expected, share = (np.empty(count, np.float32) for _ in range(3))
    return Measurements(element, of_vehicle, np.empty(count), actual, expected, share, np.zeros(count, np.uint8))


def told(
    moves: list[Move], network: Network = NETWORK, links: Links = LINKS, typical: F32 | None = None, count: int = 64, at: int = 0,
    pattern: int = -1,
) -> tuple[Measurements, int]:  # fmt: skip
    before = np.concatenate([vehicle(network, x=move.x, y=move.y, pattern=pattern) for move in moves])
    after = before.copy()
    after["x"], after["y"] = [move.to_x for move in moves], [move.to_y for move in moves]
    after["heard"] += [move.took for move in moves]
    out = room(count)
    head, chain = links.index(PAR.passing_reach)
    takes = links.length / 8.0 if typical is None else typical
    number = drive_past(before, after, links.points, head, chain, links.link_of_point, links.length, takes, PAR, at, out)
    return out, int(number)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_moves_tell_of_the_links_that_are_nearest_to_both_their_ends(data: st.DataObject) -> None:
    network, _ = random_town(data.draw(st.integers(0, 300)))
    links = find_links(network)
    random = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    typical = random.uniform(5.0, 60.0, len(links)).astype(np.float32)
    moves = []
    for _ in range(8):
        one = links.points[random.integers(len(links.points))].astype(np.float64)
        way = random.uniform(10.0, 300.0) * random.choice([1.0, 1.0, -1.0])
        ends = *(one[:2] + random.normal(0.0, 10.0, 2)), *(one[:2] + way * one[2:] + random.normal(0.0, 10.0, 2))
        moves.append(Move(*(float(np.float32(end)) for end in ends), float(random.choice([-5.0, 0.0, 10.0, 30.0, 46.0]))))
    out, number = told(moves, network, links, typical)
    want = [(v, *row) for v, move in enumerate(moves) for row in passed(links, move, typical, PAR)]
    got = list(zip(out.vehicle, out.element, out.actual, out.expected, out.share))[:number]
    assert number == len(want)
    np.testing.assert_allclose(np.array(got, float).reshape(-1, 5), np.array(want, float).reshape(-1, 5), rtol=1e-3, atol=1e-3)
    assert out.passing[:number].all()


@pytest.mark.parametrize(
    ("move", "rows"),
    [
        (Move(1010, 5, 1200, 5, 20.0), 1), (Move(1100, 5, 1400, 5, 20.0), 2), (Move(1200, 5, 1010, 5, 20.0), 0),
        (Move(1010, 5, 1030, 5, 20.0), 0), (Move(1010, 5, 1200, 5, 60.0), 0), (Move(1010, 40, 1200, 40, 20.0), 0),
        (Move(1010, 5, 1200, 5, 0.0), 0),
    ],
    ids=["on one link", "from one to the next", "the other way", "hardly moved", "long unseen", "on another road", "no time"],
)  # fmt: skip
def test_a_vehicle_tells_of_a_road_it_drives_along(move: Move, rows: int) -> None:
    out, number = told([move])
    assert number == rows
    assert out.actual[:rows].sum() == pytest.approx(move.took if rows else 0.0)


def test_a_bus_on_a_pattern_is_left_to_its_own_pieces_and_what_was_told_before_stays() -> None:
    move = Move(1010, 5, 1200, 5, 20.0)
    assert told([move], pattern=0)[1] == 0
    out, number = told([move], at=3)
    assert number == 4
    assert out.element[:3].tolist() == [-5, -5, -5]


def test_what_does_not_fit_is_left_out() -> None:
    for count in range(6):
        out, number = told([Move(1100, 5, 1400, 5, 20.0)] * 4, count=count)
        assert number == count // 2 * 2
        assert len(out.element) == count
