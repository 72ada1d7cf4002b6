"""What is wrong with a tariff is said, with its place."""

from __future__ import annotations

import msgspec
import pytest

from parking.model import PlateColor
from parking.tariffs import Band, Step, Tariff, Vehicle, VehiclePrice, faults, vehicle_of

SOUND = Tariff("t", "T", (Band("night", (Step(1000),), 1200, 480), Band("day", (Step(500, 60, 60), Step(200, 30)))))
DAY = SOUND.bands[1]


def test_a_sound_tariff_has_no_faults() -> None:
    assert list(faults(SOUND)) == []
    assert list(faults(msgspec.structs.replace(SOUND, refund_steps=((7200, 100), (0, 50)), day_cap_fen=0))) == []


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"id": ""}, "id"),
        ({"bands": ()}, "bands"),
        ({"bands": (SOUND.bands[0],)}, "bands/0"),
        ({"bands": (Band("x", (), days="weekend"), DAY)}, "bands/0/days"),
        ({"bands": (Band("x", (), start_min=1440), DAY)}, "bands/0/start_min"),
        ({"bands": (Band("day_cap", ()),)}, "bands/0/name"),
        ({"bands": (Band("x", (), cap_fen=-1),)}, "bands/0/cap_fen"),
        ({"bands": (Band("x", (Step(-1),)),)}, "bands/0/steps/0"),
        ({"bands": (Band("x", (Step(1, 1, 9),)),)}, "bands/0/steps/0/until_min"),
        ({"bands": (Band("x", (Step(1, 1, 9), Step(1, 1, 9), Step(1))),)}, "bands/0/steps/1/until_min"),
        ({"stay_cap_fen": -1}, "stay_cap_fen"),
        ({"free_min": -1}, "free_min"),
        ({"day_starts_min": 1440}, "day_starts_min"),
        ({"vehicles": (VehiclePrice(Vehicle.NEV), VehiclePrice(Vehicle.NEV))}, "vehicles/1"),
        ({"vehicles": (VehiclePrice(Vehicle.NEV, -1),)}, "vehicles/0"),
        ({"refund_steps": ((0, 50), (3600, 100))}, "refund_steps"),
        ({"refund_steps": ((3600, 101),)}, "refund_steps"),
        ({"refund_steps": ((3600, 50), (0, 100))}, "refund_steps"),
    ],
)
def test_a_fault_is_named_with_its_place(changed: dict[str, object], where: str) -> None:
    assert [found for found, _ in faults(msgspec.structs.replace(SOUND, **changed))] == [where]


def test_the_colour_of_a_plate_tells_the_kind_of_vehicle() -> None:
    assert [vehicle_of(color).value for color in PlateColor] == ["car", "large", "nev", "large_nev", "car", "car", "other"]
