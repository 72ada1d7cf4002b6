from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.datum import gcj02_to_wgs84, wgs84_to_gcj02


@pytest.mark.parametrize(
    ("place", "wgs", "gcj"),
    [
        ("Shanghai", (31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
        ("Shenzhen", (22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
        ("Beijing", (39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
        ("Tiananmen", (39.915, 116.404), (39.916404282, 116.410244499)),
        ("Zhangqiu", (36.712, 117.535), (36.712201482, 117.540931067)),
    ],
)
def test_known_places_lie_where_chinese_maps_draw_them(place: str, wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    assert wgs84_to_gcj02(*wgs) == pytest.approx(gcj, abs=1e-9), place


@given(st.floats(1.0, 55.0), st.floats(73.0, 137.0))
def test_there_and_back_is_the_same_place_within_a_millimetre(lat: float, lon: float) -> None:
    back = gcj02_to_wgs84(*wgs84_to_gcj02(lat, lon))
    assert back == pytest.approx((lat, lon), abs=1e-8)


def test_outside_china_nothing_moves() -> None:
    for lat, lon in ((40.7, -74.0), (60.0, 100.0), (36.0, 140.0), (-36.0, 117.0)):
        assert wgs84_to_gcj02(lat, lon) == (lat, lon)


def test_arrays_are_converted_at_once_and_unknown_stays_unknown() -> None:
    lat, lon = wgs84_to_gcj02(np.array([36.712, np.nan]), np.array([117.535, np.nan]))
    assert lat[0] == pytest.approx(36.712201482)
    assert np.isnan(lat[1])
    assert np.isnan(lon[1])
