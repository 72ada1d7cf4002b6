from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.accuracy import Told, compare, same_calls
from bench.exact_baselines import constant_delay, mean_profile
from bench.recorded import read_columns
from bench.rows import Row
from tests.support.lines import DAY, lines_network
from transit.accuracy_tables import ArrivalTable, PredictionTable, take_predictions

NETWORK = lines_network()


def observed(trip: int, lateness: list[float]) -> dict[str, np.ndarray]:
    """A vehicle that came to the first stops of a trip so late."""
    row, count = NETWORK.trips.start[trip], len(lateness)
    return {
        "vehicle_id": np.array(["bus"] * count), "trip_id": np.array([str(trip)] * count),
        "stop_id": np.arange(count).astype(str), "stop_sequence": np.arange(1.0, count + 1),
        "arrival_unix": DAY + NETWORK.trips.arrival[row : row + count] + np.array(lateness),
    }


def test_the_baseline_keeps_the_deviation_of_the_last_stop_reached_and_never_tells_the_past() -> None:
    seen = observed(0, [0.0, 30.0, 90.0, 90.0])
    told = constant_delay(NETWORK, seen, 60.0)
    for sampled, stop, arrival in zip(told.sampled, told.stop, told.arrival):
        reached = int(np.searchsorted(seen["arrival_unix"], sampled, "right")) - 1
        scheduled = DAY + NETWORK.trips.arrival[int(stop)]
        assert arrival == max(scheduled + [0.0, 30.0, 90.0, 90.0][reached], sampled)
        assert int(stop) > reached
    assert np.all(told.sampled % 60.0 == 0.0)
    assert len(told.sampled) > 5


def test_a_trip_the_timetable_does_not_know_has_no_baseline() -> None:
    seen = observed(0, [0.0, 0.0, 0.0, 0.0]) | {"trip_id": np.array(["0", "0", "0", "gone"])}
    assert set(constant_delay(NETWORK, seen, 60.0).trip) == {"0"}


def test_the_mean_profile_counts_from_the_second_stop_of_earlier_days() -> None:
    seen = observed(0, [0.0, 30.0, 90.0, 90.0])
    start = seen["arrival_unix"][1]
    days = []
    for date, spread in (("a", -20.0), ("b", 40.0)):
        day = observed(0, [-300.0, 0.0, spread, spread, spread, spread])
        days.append(day | {"service_date": np.array([date] * 6)})
    history = {name: np.concatenate([day[name] for day in days]) for name in days[0]}
    told = mean_profile(NETWORK, seen, history, 60.0)
    first = told.sampled >= start
    second = DAY + float(NETWORK.trips.arrival[1])
    for sampled, stop, arrival in zip(told.sampled[first], told.stop[first], told.arrival[first]):
        reached = int(np.searchsorted(seen["arrival_unix"], sampled, "right")) - 1
        typical = {k: DAY + float(NETWORK.trips.arrival[k]) - second + (10.0 if k > 1 else 0.0) for k in range(6)}
        wanted = max(seen["arrival_unix"][reached] + typical[int(stop)] - typical[reached], sampled)
        assert abs(arrival - wanted) < 1e-6
    assert first.any()


def table(rows: list[tuple[int, int, int, float, float]], p10: float = np.nan, p90: float = np.nan) -> PredictionTable:
    """(vehicle, trip, stop, sampled, arrival); intervals reach that far from the arrival."""
    columns = [np.array(column) for column in zip(*rows)]
    ids = [column.astype(np.int32) for column in columns[:3]]
    unknown = np.full(len(rows), -1, np.int32)
    arrival = columns[4].astype(float)
    return PredictionTable(ids[0], ids[1], ids[2], unknown, unknown, columns[3].astype(float), arrival, arrival + p10, arrival + p90)


def test_same_calls_are_those_both_told_at_one_instant() -> None:
    one = table([(0, 5, 1, 60.0, 0.0), (0, 5, 2, 60.0, 1.0), (1, 5, 1, 60.0, 2.0), (0, -1, 1, 60.0, 3.0)])
    other = table([(1, 5, 1, 60.0, 0.0), (0, 5, 1, 60.0, 1.0), (0, 5, 2, 120.0, 2.0), (1, -1, 1, 60.0, 3.0)])
    mine, theirs = same_calls(one, other)
    assert mine.arrival.tolist() == [0.0, 2.0]
    assert theirs.arrival.tolist() == [0.0, 1.0]
    none = take_predictions(one, slice(0, 0))
    assert [len(part.arrival) for part in same_calls(one, none)] == [0, 0]


def compared(late: float, best: float) -> dict[str, object]:
    """Rows by name and the verdicts, of ours `late` s off and two rivals of which the better is `best` s off."""
    at = np.arange(400.0, 1600.0, 60.0)
    stops = np.arange(len(at), dtype=np.int32)
    zero = np.zeros(len(at), np.int32)
    truth = ArrivalTable(zero, zero, stops, zero - 1, zero - 1, at, np.zeros(len(at), np.float32))
    ours, good, bad = (
        table([(0, 0, int(stop), 0.0, float(time) + off) for stop, time in zip(stops, at)], -5.0 - off, 5.0 - off)
        for off in (late, best, 300.0)
    )
    told = [*compare("nyc_b63_2010", Told(ours, {"good": good, "bad": bad, "none": take_predictions(good, slice(0, 0))}, truth, "UTC"))]
    rows = {one.name: one for one in told if isinstance(one, Row)}
    return {**rows, "said": [one for one in told if isinstance(one, str)]}


def test_ours_is_put_beside_each_rival_and_the_best_of_them() -> None:
    told = compared(80.0, 100.0)
    for scope in ("all calls", "same calls"):
        row = told[f"nyc_b63_2010, {scope}: MAE 10–20 min, good"]
        assert isinstance(row, Row)
        assert (row.ours, row.baseline) == (80.0, 100.0)
    best = told["nyc_b63_2010, best baseline: MAE 5–10 min"]
    assert isinstance(best, Row)
    assert (best.baseline, best.baseline_name) == (100.0, "good")
    said = "\n".join(map(str, told["said"])) if isinstance(told["said"], list) else ""
    assert "none predicts nothing" in said
    assert "ours 80.0 s, 80% of it; on same calls at most 80% (good); below 85%: yes" in said
    assert isinstance(held := told["nyc_b63_2010: 80 % interval holds 10–20 min"], Row)
    assert held.ours == 1.0


def test_ours_short_of_its_aim_is_said() -> None:
    said = compared(90.0, 100.0)["said"]
    assert isinstance(said, list)
    assert [line.rpartition(" ")[2] for line in said if "below" in line] == ["NO", "NO", "yes"]


def test_recorded_columns_keep_ids_as_text_and_empty_numbers_unknown(tmp_path: Path) -> None:
    path = tmp_path / "arrivals.csv"
    path.write_text("trip_id,stop_sequence,arrival_unix\n007,1,\n,2,12.5\n")
    columns = read_columns(path, ("trip_id", "arrival_unix"))
    assert columns["trip_id"].tolist() == ["007", ""]
    assert np.isnan(columns["arrival_unix"][0])
    assert columns["arrival_unix"][1] == 12.5
