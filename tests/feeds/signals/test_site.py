"""What ids mean: a CrossID of an intersection or a controller, lanes with or without leading zeros, approaches by either name."""

from __future__ import annotations

from feeds.signals.site import Site
from tests.support.gat1049 import CONTROLLER, CROSS, OTHER, inventory


def test_ids_are_looked_up_as_intersections_and_as_controllers() -> None:
    site = Site(inventory())
    assert [site.device_of(cross) for cross in (CROSS, OTHER, CONTROLLER, "37018180000103", "9")] == [0, 0, 0, -1, -1]
    assert [site.intersection_of(cross) for cross in (CROSS, OTHER, CONTROLLER)] == [0, 1, -1]


def test_lanes_are_those_of_the_intersection_else_of_its_controller() -> None:
    site = Site(inventory())
    assert [site.approach_of_lane(CROSS, lane) for lane in ("1", "01", "2", "9", "4")] == [0, 0, 0, -1, -1]
    assert site.approach_of_lane(OTHER, "3") == 2
    assert site.approach_of_lane(CONTROLLER, "3") == 2


def test_approaches_have_a_name_in_the_inventory_and_one_at_home() -> None:
    site = Site(inventory())
    assert [site.approach_of(name) for name in ("north", f"{OTHER}/east", "east")] == [0, 2, -1]
    assert [site.approach_of("east", CROSS), site.approach_of("east", OTHER), site.approach_of("north", CROSS)] == [1, 2, 0]
