"""Days of scores on disk: the same figures come back, in any process; a restart goes on and counts nothing twice."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest

from server.accuracy_state import NAME, Numbering, load_state, save_state
from server.accuracy_store import AccuracyStore
from server.errors import ServerError
from tests.transit.test_accuracy_live import ZONE, morning, played
from transit.accuracy import tally_tables
from transit.accuracy_live import LiveScores
from transit.accuracy_report import Score, report
from transit.accuracy_tables import Codes, take_arrivals, take_predictions
from transit.accuracy_tally import Tally, add_tallies

MONDAY = datetime.date(2026, 11, 23)


def told(score: Score) -> dict[str, object]:
    """Everything a score says, so that unknown equals unknown and sums in another order are the same."""
    return {"whole": repr(score.whole)[:200], "mbta": repr(score.mbta), "errors": score.errors, "mae": repr(score.mae["300-600"])[:60]}


def codes(count: int, prefix: str, first: int = 0) -> Codes:
    return Codes(f"{prefix}{k}" for k in range(first, count))


def test_a_day_comes_back_as_it_was_written_whatever_the_codes_are_now(tmp_path: Path) -> None:
    ours, other = tally_tables(*morning(1), ZONE), tally_tables(*morning(2), ZONE)
    store = AccuracyStore(tmp_path)
    assert store.dates() == []
    assert store.read(MONDAY, Codes(), Codes()) == {}
    store.write(MONDAY, {"baimai": ours, "last bus": other}, codes(3, "R"), codes(12, "S"))
    routes, stops = Codes(["R2", "R1"]), Codes(["S7"])
    found = AccuracyStore(tmp_path).read(MONDAY, routes, stops)
    assert list(found) == ["baimai", "last bus"]
    before, after = report(ours), report(found["baimai"])
    assert told(after) == told(before)
    assert {routes.ids[k]: repr(one) for k, one in after.by_route.items()} == {f"R{k}": repr(one) for k, one in before.by_route.items()}
    assert {stops.ids[k]: one.count for k, one in after.by_stop.items()} == {f"S{k}": one.count for k, one in before.by_stop.items()}
    assert store.dates() == [MONDAY]


def test_the_trend_has_the_figures_of_the_days(tmp_path: Path) -> None:
    store = AccuracyStore(tmp_path)
    days = [MONDAY + datetime.timedelta(k) for k in range(3)]
    tallies = [tally_tables(*morning(k), ZONE) for k in range(3)]
    for day, tally in zip(days, tallies):
        store.write(day, {"baimai": tally}, codes(3, "R"), codes(12, "S"))
    rows = store.trend(days[1], 35)
    assert [row["date"] for row in rows] == ["2026-11-23", "2026-11-24"]
    for row, tally in zip(rows, tallies):
        score = report(tally)
        assert row["predictions"] == score.predictions
        assert row["mae_s"] == pytest.approx(score.whole.mae)
        assert row["bias_s"] == pytest.approx(score.whole.bias)
        assert row["mbta"] == pytest.approx(score.mbta_all)
        assert row["mbta_missing_wrong"] == pytest.approx(score.mbta_all_missing_wrong)
        assert row["transit"] == pytest.approx(score.transit_score)
        assert row["coverage"] == pytest.approx(score.whole.coverage)
        assert row["wobble_s"] == pytest.approx(score.whole.wobble)
        assert row["ghosts"] == pytest.approx(score.whole.ghosts)
        assert row["foreseen_5min"] == pytest.approx(score.availability[300])
    assert store.trend(days[2], 1)[0]["date"] == "2026-11-25"
    assert store.trend(MONDAY - datetime.timedelta(1), 35) == []


def test_a_damaged_file_is_told_by_name(tmp_path: Path) -> None:
    store = AccuracyStore(tmp_path)
    store.directory.mkdir()
    (store.directory / "2026-11-23.parquet").write_bytes(b"PAR1 and nothing else")
    (store.directory / "notes-of-me.parquet").write_bytes(b"")
    assert store.dates() == [MONDAY]
    with pytest.raises(ServerError, match=r"2026-11-23\.parquet"):
        store.read(MONDAY, Codes(), Codes())
    with pytest.raises(ServerError, match="cannot be asked"):
        store.trend(MONDAY, 9)
    (store.directory / NAME).write_bytes(b"PK")
    with pytest.raises(ServerError, match=r"open\.npz"):
        load_state(store.directory / NAME, LiveScores(ZONE), Numbering(Codes(), Codes()), "v1", 0.0)


def added(scores: LiveScores) -> Tally:
    whole, *rest = (day["ours"] for day in scores.days.values())
    for one in rest:
        whole = add_tallies(whole, one)
    return whole


def test_a_restart_in_the_middle_counts_everything_once(tmp_path: Path) -> None:
    predictions, seen = morning(5)
    whole = report(added(played(predictions, seen)))
    middle = float(predictions.sampled.min()) + 2400
    first, ids = LiveScores(ZONE), Numbering(codes(3, "R"), codes(12, "S"))
    ids.vehicles.codes(f"bus-{k}" for k in range(20))
    second = LiveScores(ZONE)
    after = Numbering(codes(3, "R"), codes(12, "S"))
    after.vehicles.codes(f"bus-{k}" for k in range(20))
    scores = first
    for now in np.arange(predictions.sampled.min(), predictions.sampled.max() + 15_000, 60.0):
        part = take_predictions(predictions, (predictions.sampled > now - 60) & (predictions.sampled <= now))
        scores.add([("ours", part)], [take_arrivals(seen, (seen.arrival > now - 60) & (seen.arrival <= now))])
        scores.settle(now)
        if now <= middle < now + 60:
            save_state(tmp_path / NAME, first, ids, "v1", now)
            assert load_state(tmp_path / NAME, second, after, "v1", 0.0) == 0
            scores = second
    result = report(added(second))
    assert (result.predictions, result.scored, result.unmatched) == (whole.predictions, whole.scored, whole.unmatched)
    assert result.mbta == whole.mbta
    assert result.errors == whole.errors


def test_samples_whose_bus_came_while_nobody_watched_are_dropped_and_those_of_another_timetable_too(tmp_path: Path) -> None:
    predictions, seen = morning(6)
    now = float(np.median(predictions.sampled))
    scores, ids = LiveScores(ZONE), Numbering(codes(3, "R"), codes(12, "S"))
    ids.vehicles.codes(f"bus-{k}" for k in range(20))
    scores.add([("ours", take_predictions(predictions, predictions.sampled <= now))], [take_arrivals(seen, seen.arrival <= now)])
    scores.settle(now)
    save_state(tmp_path / NAME, scores, ids, "v1", now)
    waiting = scores.waiting["ours"]
    late = LiveScores(ZONE)
    assert load_state(tmp_path / NAME, late, Numbering(Codes(), Codes()), "v1", now + 600) == int((waiting.arrival < now + 600).sum())
    assert (late.waiting["ours"].arrival >= now + 600).all()
    changed, renamed = LiveScores(ZONE), Numbering(Codes(["R2"]), Codes(["S9"]))
    assert load_state(tmp_path / NAME, changed, renamed, "v2", 0.0) == len(waiting.arrival)
    assert changed.waiting == {}
    assert report(added(changed)).predictions == report(added(scores)).predictions
    assert {renamed.stops.ids[k] for k in report(added(changed)).by_stop if k >= 0} <= {f"S{k}" for k in range(12)}
