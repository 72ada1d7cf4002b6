from __future__ import annotations

import numpy as np
import pytest

from bench import predict
from bench.rows import Row
from tests.support.lines import centred, days_of, lines_network, scheduled, vehicle, without_timepoints
from transit.parameters import PredictionParameters
from transit.prediction import Predictor

NETWORK = without_timepoints(lines_network())


def test_the_baseline_gives_the_same_times_as_the_kernels() -> None:
    now = scheduled(NETWORK, 3, 2) + 120.0
    bus = vehicle(NETWORK, 3, 0.5 * float(NETWORK.shapes.length[0]), now - 10.0, log_pace=0.2)
    predictor = Predictor(NETWORK, PredictionParameters(), intervals=centred())
    arrivals, _ = predictor.predict(bus, now, days_of(NETWORK))
    ours = np.sort(arrivals.arrival[arrivals.trip == 3])
    (theirs,) = predict._numpy(predictor, bus, now)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=0.05)


@pytest.mark.slow
def test_the_kernels_are_many_times_as_fast_as_numpy_a_vehicle_at_a_time() -> None:
    rows = [row for row in predict.run(smoke=True) if isinstance(row, Row)]
    assert rows[0].ratio > 10.0
    assert all(row.ours > 0 for row in rows)
