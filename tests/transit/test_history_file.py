from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tiny_city import SHAPES, tiny_network, write_feed
from transit.errors import HistoryFormatError
from transit.geometry import to_local
from transit.history import History
from transit.history_file import history_to_bytes, load_history, read_history
from transit.links import Links, find_links
from transit.network import Network


def changed_network(folder: Path, **tables: str) -> Network:
    from feeds.gtfs import compile_network

    return compile_network(write_feed(folder / "changed.zip", **tables))[0]


def filled(network: Network, links: Links, seed: int = 1) -> History:
    """A history whose every sum is a number of its own."""
    rng = np.random.default_rng(seed)
    history = History.empty(len(links), len(network.stop_ids), links.hops, len(network.patterns.route))
    for column in history.columns:
        column[:] = rng.uniform(1.0, 9.0, column.shape)
    history.errors[:] = rng.uniform(0.0, 5.0, history.errors.shape)
    history.days, history.last = 3, "2026-04-27"
    return history


@given(st.integers(0, 2**31))
def test_what_is_written_is_read_back_on_the_same_network(seed: int) -> None:
    network = tiny_network()
    links = find_links(network)
    history = filled(network, links, seed)
    again = read_history(io.BytesIO(history_to_bytes(history, network, links)), "-", network, links)
    for name, column in zip(history.columns._fields, history.columns):
        got = getattr(again.columns, name)
        spare = 0.35 if len(column) == len(links) + len(network.stop_ids) else 1e-6  # links of two samples on one road
        np.testing.assert_allclose(got[len(links) :] if spare > 0.1 else got, column[len(links) :] if spare > 0.1 else column)
        if spare > 0.1:
            means = got[: len(links)] / column[: len(links)]
            assert np.median(np.abs(means - 1.0)) < spare, name
    np.testing.assert_array_equal(again.errors, history.errors)
    assert (again.days, again.last) == (3, "2026-04-27")


def test_mean_times_of_links_survive_exactly(tmp_path: Path) -> None:
    network = tiny_network()
    links = find_links(network)
    history = filled(network, links)
    (tmp_path / "h.npz").write_bytes(history_to_bytes(history, network, links))
    again = load_history(tmp_path / "h.npz", network, links)
    before = history.columns.seconds[: len(links)] / history.columns.weight[: len(links)]
    after = again.columns.seconds[: len(links)] / np.maximum(again.columns.weight[: len(links)], 1e-9)
    known = again.columns.weight[: len(links)] > 0
    np.testing.assert_allclose(after[known], before[known], rtol=0.02)
    assert known.mean() > 0.9


def test_a_line_that_moves_to_another_road_inherits_nothing_there(tmp_path: Path) -> None:
    network = tiny_network()
    links = find_links(network)
    moved = changed_network(tmp_path, shapes=SHAPES.replace("117.5400", "117.5420"))
    elsewhere = find_links(moved)
    again = read_history(io.BytesIO(history_to_bytes(filled(network, links), network, links)), "-", moved, elsewhere)
    eastings = to_local(36.71, [117.54, 117.542], moved.origin_lat, moved.origin_lon)[0]
    north = np.abs(elsewhere.points[:, 3]) > 0.9
    on_old, on_new = (north & (np.abs(elsewhere.points[:, 0] - x) < 30) for x in eastings)
    assert on_new.any()
    assert not on_old.any()
    weights = again.columns.weight[: len(elsewhere)].sum((1, 2))
    assert (weights[np.setdiff1d(elsewhere.link_of_point[on_new], elsewhere.link_of_point[~on_new])] == 0).all()
    assert (weights > 0).any()


def test_hours_that_were_not_measured_cost_nothing() -> None:
    network = tiny_network()
    links = find_links(network)
    empty = History.empty(len(links), len(network.stop_ids), links.hops, len(network.patterns.route))
    assert len(history_to_bytes(empty, network, links)) < 0.5 * len(history_to_bytes(filled(network, links), network, links))


@pytest.mark.parametrize("damage", ["text", "cut", "other", "format"])
def test_what_is_no_history_file_is_refused_with_a_sentence(tmp_path: Path, damage: str) -> None:
    network = tiny_network()
    links = find_links(network)
    path = tmp_path / "h.npz"
    path.write_bytes(history_to_bytes(filled(network, links), network, links))
    whole = path.read_bytes()
    if damage == "text":
        path.write_text("hello")
    elif damage == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "other":
        buffer = io.BytesIO()
        np.savez(buffer, meta=np.frombuffer(b'{"format": 1}', np.uint8))
        path.write_bytes(buffer.getvalue())
    else:
        buffer = io.BytesIO()
        np.savez(buffer, meta=np.frombuffer(b'{"format": 99}', np.uint8))
        path.write_bytes(buffer.getvalue())
    with pytest.raises(HistoryFormatError, match="baimai learn") as told:
        load_history(path, network, links)
    assert str(path) in str(told.value)
    assert ("reads 1" in str(told.value)) == (damage == "format")


def test_days_fade(tmp_path: Path) -> None:
    from transit.learning_parameters import LearningParameters

    network = tiny_network()
    links = find_links(network)
    history = filled(network, links)
    before = history.columns.weight.copy()
    history.begin_day("2026-04-27", LearningParameters())
    np.testing.assert_array_equal(history.columns.weight, before)
    history.begin_day("2026-04-28", LearningParameters(keep=0.5))
    np.testing.assert_allclose(history.columns.weight, 0.5 * before)
    assert history.days == 4
