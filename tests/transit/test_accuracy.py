"""Scores by the public rulers, by hand and against the plain twin of the independent scorer's join."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.naive_accuracy import Seen, Told, naive_available, naive_coverage, naive_follow, naive_join, naive_mae, naive_passed
from transit.accuracy import Arrivals, Predictions, Score, score, score_tables, tally_tables
from transit.accuracy_ghosts import find_ghosts
from transit.accuracy_join import join
from transit.accuracy_report import HISTOGRAM, report
from transit.accuracy_rulers import MBTA, TRANSIT, TRUE_BINS
from transit.accuracy_tables import ArrivalTable, PredictionTable, take_arrivals, take_predictions
from transit.accuracy_tally import add_tallies

TEN = 1_000_000.0
TIMES = st.integers(0, 4000).map(float) | st.integers(0, 40_000).map(lambda n: n / 10)
TOLD = st.tuples(st.integers(-1, 2), st.integers(-1, 2), st.integers(0, 3), TIMES, TIMES, st.integers(0, 400), st.booleans())
SEEN = st.tuples(st.integers(0, 2), st.integers(-1, 2), st.integers(0, 3), TIMES)


def predictions(*rows: tuple[str, str, str, float, float]) -> Predictions:
    """(vehicle, trip, stop, sampled, predicted), times in seconds after TEN."""
    vehicle, trip, stop, sampled, predicted = zip(*rows)
    return Predictions(vehicle, trip, stop, TEN + np.array(sampled), TEN + np.array(predicted))


def arrivals(*rows: tuple[str, str, str, float]) -> Arrivals:
    vehicle, trip, stop, at = zip(*rows)
    return Arrivals(vehicle, trip, stop, TEN + np.array(at))


def told_table(told: list[Told]) -> PredictionTable:
    columns = [np.array(column) for column in zip(*told)]
    vehicle, trip, stop = (column.astype(np.int32) for column in columns[:3])
    return PredictionTable(vehicle, trip, stop, stop % 2, np.full_like(stop, -1), *(c.astype(float) for c in columns[3:]))


def seen_table(seen: list[Seen]) -> ArrivalTable:
    vehicle, trip, stop, arrival = (np.array(column) for column in zip(*seen))
    ids = [column.astype(np.int32) for column in (vehicle, trip, stop)]
    return ArrivalTable(*ids, ids[2] % 2, np.full_like(ids[2], -1), arrival.astype(float), np.full(len(arrival), 5.0, "f4"))


def told_rows(rows: list[tuple[int, int, int, float, float, int, bool]]) -> list[Told]:
    spread = ((low, at - width, at + width) if known else (low, math.nan, math.nan) for low, at, width, known in (
        (row[3], row[3] + row[4] / 2, row[5], row[6]) for row in rows))  # fmt: skip
    return [Told(*row[:4], row[3] + row[4] / 2, low, high) for row, (_, low, high) in zip(rows, spread)]


@settings(max_examples=300, deadline=None)
@given(st.lists(TOLD, min_size=1, max_size=60), st.lists(SEEN, min_size=1, max_size=30))
def test_the_figures_are_those_of_the_plain_twin(rows: list, found: list) -> None:  # type: ignore[type-arg]
    told, seen = told_rows(rows), [Seen(*one) for one in found]
    pairs = naive_join(told, seen)
    joined = join(told_table(told), seen_table(seen))
    assert [(a, c) for a, c in pairs if a == a] == [(a, c) for a, c in zip(joined.actual, joined.covered) if a == a]
    assert [c for _, c in pairs] == joined.covered.tolist()
    actual = [a for a, _ in pairs]
    result = score_tables(told_table(told), seen_table(seen))
    assert (result.predictions, result.scored) == (len(told), sum(a == a for a in actual))
    assert result.stop_not_in_truth == sum(not c for _, c in pairs)
    assert result.unmatched == sum(c and a != a for a, c in pairs)
    for low, high in pairwise(TRUE_BINS):
        bucket = result.mae[f"{low}-{high}"]
        expected = naive_mae(told, actual, low, high)
        assert (bucket.count, bucket.mae, bucket.bias) == pytest.approx(expected, nan_ok=True)
    for found_shares, ruler, by_truth in ((result.mbta, MBTA, False), (result.transit, TRANSIT, True)):
        for one in ruler:
            errors = [
                a - p.arrival for p, a in zip(told, actual)
                if a == a and one.low <= (a if by_truth else p.arrival) - p.sampled < one.high
            ]  # fmt: skip
            right = sum(one.early <= e <= one.late if by_truth else one.early < e < one.late for e in errors)
            if errors:
                assert found_shares[one.label].share == pytest.approx(right / len(errors))
    check_missing(told, seen, pairs, result)
    assert result.coverage == pytest.approx(naive_coverage(told, actual), nan_ok=True)
    calls: dict[tuple[int, int, int, float], list[tuple[float, float]]] = {}
    for one, a in zip(told, actual):
        if a == a:
            calls.setdefault((one.vehicle, one.trip, one.stop, a), []).append((one.sampled, one.arrival))
    # two samples of one call at one instant have no order
    ordered = all(len({at for at, _ in samples}) == len(samples) for samples in calls.values())
    if ordered and len({(one.vehicle, one.stop, one.arrival) for one in seen}) == len(seen):
        followed = [naive_follow(samples, key[3], 1800.0, 120.0) for key, samples in calls.items()]
        steady = [row[2] for row in followed if row[0] >= 2]
        assert result.whole.calls == len(calls)
        assert result.whole.wobble == pytest.approx(sum(steady) / len(steady) if steady else math.nan, nan_ok=True)
        if calls:
            assert result.whole.raw_count_ups == pytest.approx(sum(row[3] for row in followed) / len(calls))
            assert result.whole.jumps == pytest.approx(sum(row[5] for row in followed) / len(calls))
    once = len({(one.vehicle, one.stop, one.arrival) for one in seen}) == len(seen)  # which of two equal arrivals was meant is open
    for lead, share in result.availability.items() if once else ():
        assert share == pytest.approx(naive_available(told, actual, seen, lead), nan_ok=True)


def check_missing(told: list[Told], seen: list[Seen], pairs: list[tuple[float, bool]], result: Score) -> None:
    """The MBTA bins where every prediction counts whose call was observed, or is a ghost."""
    passed = naive_passed(told, seen)
    ghosts = find_ghosts(told_table(told), seen_table(seen), join(told_table(told), seen_table(seen)))
    for one in MBTA:
        right = late = missing = every = 0
        for k, (prediction, (actual, covered)) in enumerate(zip(told, pairs)):
            if one.low <= prediction.arrival - prediction.sampled < one.high:
                time = actual if actual == actual else passed[k]
                known = time == time
                counts = known or covered or bool(ghosts.ghost[ghosts.call[k]])
                every += counts
                right += known and one.early < time - prediction.arrival < one.late
                late += known and actual != actual
                missing += counts and not known
        if every:
            bin_ = result.mbta[one.label]
            assert (bin_.passed, bin_.missing) == (late, missing)
            assert bin_.missing_wrong == pytest.approx(right / every)


@settings(max_examples=50, deadline=None)
@given(st.lists(TOLD, min_size=2, max_size=60), st.lists(SEEN, min_size=1, max_size=30), st.data())
def test_places_add_up_to_the_whole(rows: list, found: list, data: st.DataObject) -> None:  # type: ignore[type-arg]
    told, seen = told_table(told_rows(rows)), seen_table([Seen(*one) for one in found])
    whole = score_tables(told, seen)
    for groups in (whole.by_route, whole.by_stop, whole.by_hour):
        assert sum(one.count for one in groups.values()) == whole.whole.count
        assert sum(one.arrivals for one in groups.values()) == len(seen.arrival)
        assert sum(one.mae * one.count for one in groups.values() if one.count) == pytest.approx(
            whole.whole.mae * whole.whole.count if whole.whole.count else 0.0
        )
    # vehicles that share no stop and no trip can be counted apart
    apart = told._replace(trip=np.where(told.trip < 0, -1, told.trip + 10 * told.vehicle), stop=told.stop + 10 * (told.vehicle + 1))
    truth = seen._replace(trip=np.where(seen.trip < 0, -1, seen.trip + 10 * seen.vehicle), stop=seen.stop + 10 * (seen.vehicle + 1))
    parts = [
        tally_tables(take_predictions(apart, apart.vehicle == v), take_arrivals(truth, truth.vehicle == v)) for v in range(-1, 3)
    ]
    added = parts[0]
    for part in parts[1:]:
        added = add_tallies(added, part)
    one, other = report(added), score_tables(apart, truth)
    assert (one.predictions, one.scored, one.unmatched) == (other.predictions, other.scored, other.unmatched)
    assert {k: (b.count, b.median) for k, b in one.mae.items() if b.count} == {
        k: (b.count, b.median) for k, b in other.mae.items() if b.count
    }
    assert one.errors == other.errors
    assert all(len(counts) == len(HISTOGRAM) - 1 for counts in one.errors.values())


def test_errors_are_actual_minus_predicted_by_time_to_the_arrival() -> None:
    told = predictions(("v", "t", "a", 0.0, 200.0), ("v", "t", "b", 0.0, 500.0))
    found = score(told, arrivals(("v", "t", "a", 230.0), ("v", "t", "b", 480.0)))
    assert (found.mae["120-300"].count, found.mae["120-300"].mae, found.mae["120-300"].bias) == (1, 30.0, 30.0)
    assert (found.mae["300-600"].count, found.mae["300-600"].mae, found.mae["300-600"].bias) == (1, 20.0, -20.0)
    assert math.isnan(found.mae["600-1200"].mae)


def test_quantiles_of_errors_are_to_the_whole_second() -> None:
    told = predictions(*(("v", f"t{k}", "a", 0.0, 400.0 - k) for k in range(11)))
    found = score(told, arrivals(*(("v", f"t{k}", "a", 400.0) for k in range(11))))
    bucket = found.mae["300-600"]
    assert (bucket.p10, bucket.median, bucket.p90) == (1.0, 5.0, 9.0)
    assert sum(found.errors["300-600"]) == 11


@pytest.mark.parametrize(("error", "right"), [(-60.0, 0.0), (-59.9, 1.0), (59.9, 1.0), (60.0, 0.0)])
def test_mbta_bins_are_strict_and_by_predicted_horizon(error: float, right: float) -> None:
    found = score(predictions(("v", "t", "a", 0.0, 100.0)), arrivals(("v", "t", "a", 100.0 + error)))
    assert {label: one.share for label, one in found.mbta.items()} == {"0-3min": right}
    assert found.mbta_all == right


@pytest.mark.parametrize(("error", "right"), [(-30.1, 0.0), (-30.0, 1.0), (90.0, 1.0), (90.1, 0.0)])
def test_transit_bins_are_inclusive_and_by_true_horizon(error: float, right: float) -> None:
    found = score(predictions(("v", "t", "a", 0.0, 100.0 - error)), arrivals(("v", "t", "a", 100.0)))
    assert {label: one.share for label, one in found.transit.items()} == {"0-3min": right}


def test_the_transit_score_is_the_plain_mean_of_its_bins() -> None:
    rows = [("v", "t", "a", 0.0, 100.0)] * 9 + [("v", "t", "b", 0.0, 900.0)]
    found = score(predictions(*rows), arrivals(("v", "t", "a", 100.0), ("v", "t", "b", 500.0)))
    assert found.transit_score == 0.5


def test_a_prediction_whose_bus_does_not_come_as_predicted_is_wrong_for_a_rider() -> None:
    told = predictions(("v", "t", "a", 0.0, 100.0), ("v", "t", "a", 800.0, 850.0))
    found = score(told, arrivals(("v", "t", "a", 110.0)))
    assert (found.mbta_all, found.mbta_all_missing_wrong) == (1.0, 0.5)
    assert (found.transit_score, found.transit_score_missing_wrong) == (1.0, 0.5)
    assert (found.mbta["0-3min"].passed, found.mbta["0-3min"].missing) == (0, 1)


@pytest.mark.parametrize(("predicted", "share"), [(169.9, 1.0), (170.0, 0.5)])
def test_a_prediction_sampled_after_its_bus_came_is_judged_by_its_error(predicted: float, share: float) -> None:
    told = predictions(("v", "t", "a", 0.0, 100.0), ("v", "t", "a", 120.0, predicted))
    found = score(told, arrivals(("v", "t", "a", 110.0)))
    assert (found.scored, found.unmatched, found.mbta_all, found.mbta_all_missing_wrong) == (1, 1, 1.0, share)
    assert (found.mbta["0-3min"].passed, found.mbta["0-3min"].missing) == (1, 0)


def test_only_the_arrival_on_the_predicted_trip_counts_where_the_truth_knows_the_vehicle_on_it() -> None:
    truth = arrivals(("v", "t", "a", 4000.0), ("v", "u", "a", 110.0))
    assert score(predictions(("v", "t", "a", 0.0, 100.0)), truth).mae["1800-3600"].count == 0
    assert score(predictions(("v", "t", "a", 0.0, 100.0)), truth).scored == 1
    assert score(predictions(("v", "", "a", 0.0, 100.0)), truth).mae["0-120"].mae == 10.0


def test_of_a_vehicles_visits_to_a_stop_the_nearest_to_the_predicted_time_counts() -> None:
    truth = arrivals(("v", "t", "a", 100.0), ("v", "u", "a", 900.0), ("w", "x", "a", 500.0))
    found = score(predictions(("v", "", "a", 0.0, 600.0)), truth)
    assert found.mae["600-1200"].bias == 300.0


def test_an_arrival_before_the_sampling_is_no_longer_ahead() -> None:
    found = score(predictions(("v", "t", "a", 50.0, 60.0)), arrivals(("v", "t", "a", 49.0)))
    assert (found.scored, found.unmatched) == (0, 1)


def test_a_stop_the_truth_never_observed_is_counted_and_not_scored() -> None:
    found = score(predictions(("v", "t", "b", 0.0, 60.0)), arrivals(("v", "t", "a", 49.0)))
    assert (found.scored, found.unmatched, found.stop_not_in_truth) == (0, 0, 1)
    assert math.isnan(found.mbta_all_missing_wrong)


def test_an_arrival_counts_as_predicted_ahead_only_where_it_was_long_enough_after_the_first() -> None:
    truth = arrivals(("v", "t", "a", 0.0), ("v", "t", "b", 430.0), ("v", "t", "c", 800.0), ("v", "t", "d", 900.0))
    told = predictions(("v", "t", "c", 480.0, 790.0), ("v", "t", "d", 10.0, 800.0))
    assert score(told, truth).availability == {300: pytest.approx(1 / 3), 600: 0.0}
    assert score(told, truth).whole.unforeseen == pytest.approx(1 / 3)
