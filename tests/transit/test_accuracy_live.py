"""Scores of the running day are those of the same rows scored at once; memory stays bounded."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from transit.accuracy import score_tables, tally_tables
from transit.accuracy_live import LiveRules, LiveScores
from transit.accuracy_report import report
from transit.accuracy_tables import ArrivalTable, PredictionTable, take_arrivals, take_predictions

ZONE = "Asia/Shanghai"
SEVEN = datetime.datetime(2026, 11, 23, 7, tzinfo=datetime.timezone(datetime.timedelta(hours=8))).timestamp()
STOPS = 12


def morning(seed: int, vehicles: int = 20, begin: float = SEVEN) -> tuple[PredictionTable, ArrivalTable]:
    """Buses on trips of STOPS stops, predicted every minute up to 40 min ahead; some turn back early, some stops go unseen."""
    random = np.random.default_rng(seed)
    told, seen = [], []
    for vehicle in range(vehicles):
        start = begin + random.uniform(0, 3600)
        times = start + np.cumsum(random.uniform(60, 240, STOPS))
        reached = STOPS if random.random() < 0.8 else 6
        seen += [(vehicle, vehicle, k, k % 3, k + 1, times[k], 10.0) for k in range(reached) if random.random() < 0.95]
        for now in np.arange(np.ceil((start - 1200) / 60) * 60, times[-1], 60.0):
            for k in range(STOPS):
                if now <= times[k] + 90:
                    ahead = times[k] + random.normal(0, 40)
                    if 0 <= ahead - now <= 2700:
                        trip = vehicle if random.random() < 0.97 else -1
                        told.append((vehicle, trip, k, k % 3, k + 1, now, ahead, ahead - 50, ahead + 50))
    columns = [np.array(column) for column in zip(*told)]
    observed = [np.array(column) for column in zip(*seen)]
    return (
        PredictionTable(*(c.astype("i4") for c in columns[:5]), *(c.astype("f8") for c in columns[5:])),
        ArrivalTable(*(c.astype("i4") for c in observed[:5]), observed[5].astype("f8"), observed[6].astype("f4")),
    )


def played(told: PredictionTable, seen: ArrivalTable, live: LiveRules | None = None, every: float = 60.0) -> LiveScores:
    """The same rows as they come, settled on the way and to the end."""
    scores = LiveScores(ZONE, live=live)
    for now in np.arange(told.sampled.min(), told.sampled.max() + 15_000, every):
        part = take_predictions(told, (told.sampled > now - every) & (told.sampled <= now))
        scores.add([("ours", part)], [take_arrivals(seen, (seen.arrival > now - every) & (seen.arrival <= now))])
        scores.settle(now)
    return scores


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("every", [60.0, 300.0])
def test_a_day_counted_as_it_runs_is_the_day_counted_at_once(seed: int, every: float) -> None:
    told, seen = morning(seed)
    # other buses run on, so that the truth does not end with the last of these
    later = ArrivalTable(*(np.array([n], "i4") for n in (900, 900, 50, 0, 1)), np.array([seen.arrival.max() + 1300]), np.ones(1, "f4"))
    seen = ArrivalTable(*(np.concatenate(column) for column in zip(seen, later)))
    scores = played(told, seen, every=every)
    whole = score_tables(told, seen, ZONE)
    (tallies,) = scores.days.values()
    running = report(tallies["ours"])
    assert len(scores.waiting["ours"].arrival) == 0
    for name in ("predictions", "scored", "unmatched", "stop_not_in_truth", "mbta", "transit", "errors", "availability"):
        assert getattr(running, name) == getattr(whole, name), name
    assert running.coverage == pytest.approx(whole.coverage)
    assert running.whole.wobble == pytest.approx(whole.whole.wobble)
    assert (running.whole.ghosts, running.whole.promised) == (whole.whole.ghosts, whole.whole.promised)
    assert running.whole.ghosts > 0
    assert running.by_hour.keys() == whole.by_hour.keys()
    assert {k: one.count for k, one in running.by_stop.items()} == {k: one.count for k, one in whole.by_stop.items()}


def test_nothing_is_counted_before_its_bus_came() -> None:
    told, seen = morning(1)
    scores = LiveScores(ZONE)
    now = SEVEN + 900
    scores.add([("ours", take_predictions(told, told.sampled <= now))], [take_arrivals(seen, seen.arrival <= now)])
    scores.settle(now)
    counted = report(scores.days[next(iter(scores.days))]["ours"])
    assert 0 < counted.predictions < int((told.sampled <= now).sum())
    assert counted.predictions + len(scores.waiting["ours"].arrival) == int((told.sampled <= now).sum())


def test_what_came_before_the_first_sample_could_not_be_foreseen() -> None:
    told, seen = morning(1)
    late = played(take_predictions(told, told.sampled >= SEVEN + 1800), seen)
    figures = report(next(iter(late.days.values()))["ours"]).whole
    assert figures.arrivals > int((seen.arrival >= SEVEN + 1800).sum())
    assert figures.unforeseen == 0.0
    assert figures.availability[300] > 0.95


def test_a_night_is_split_where_its_service_day_ends() -> None:
    four = SEVEN - 3 * 3600
    told, seen = morning(2, begin=four - 1800)
    scores = played(told, seen)
    assert sorted(scores.days) == [datetime.date(2026, 11, 22).toordinal(), datetime.date(2026, 11, 23).toordinal()]
    counted = sum(report(day["ours"]).predictions for day in scores.days.values())
    assert counted == len(told.arrival)


def test_many_vehicles_are_thinned_and_what_is_left_is_scored_alike() -> None:
    told, seen = morning(3, vehicles=40)
    scores = played(told, seen, LiveRules(most_rows=2000))
    assert scores.stride > 1
    kept = report(next(iter(scores.days.values()))["ours"])
    assert 0 < kept.predictions < len(told.arrival)
    assert kept.whole.availability[300] > 0.9
    rows, arrived = (table.vehicle % scores.stride == 0 for table in (told, seen))
    again = tally_tables(take_predictions(told, rows), take_arrivals(seen, arrived))
    assert kept.mbta_all == pytest.approx(report(again).mbta_all, abs=0.05)
