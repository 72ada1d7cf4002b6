from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.topics import MAX_ZOOM, MIN_ZOOM, TopicError, split_topic, tile_of
from server.vehicle_table import tile_columns, tile_rows

WRONG = [
    "", "stop", "stop:", "lot", "bus:1", "tile:13/1", "tile:11/1/1", "tile:17/1/1", "tile:12/4096/1", "tile:12/-1/1",
    "stop:" + "x" * 201,
]  # fmt: skip


@pytest.mark.parametrize("topic", WRONG)
def test_what_can_be_no_topic_is_refused(topic: str) -> None:
    with pytest.raises(TopicError) as caught:
        split_topic(topic)
    assert caught.value.code == "bad_topic"


def test_ids_may_hold_anything() -> None:
    assert split_topic("stop:a:b/c 站") == ("stop", "a:b/c 站")
    assert split_topic("tile:13/6770/3196") == ("tile", "13/6770/3196")
    assert tile_of("13/6770/3196") == (13, 6770, 3196)


@given(st.floats(-85.0, 85.0), st.floats(-180.0, 179.999), st.integers(MIN_ZOOM, MAX_ZOOM))
def test_a_place_lies_in_the_tile_of_the_usual_formula_at_every_zoom(lat: float, lon: float, zoom: int) -> None:
    x = (lon + 180.0) / 360.0 * 2**zoom
    y = (1.0 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2.0 * 2**zoom
    found = tile_columns(np.array([lon]), MAX_ZOOM)[0], tile_rows(np.array([lat]), MAX_ZOOM)[0]
    for exact, tile in zip((x, y), found):
        if abs(exact - round(exact)) > 1e-6:
            assert tile >> (MAX_ZOOM - zoom) == math.floor(exact)
