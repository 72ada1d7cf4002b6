"""Words of inventories: every grade both ways, road classes that meet, modes and detector types."""

from __future__ import annotations

import pytest

from feeds.signals.inventory_words import detector_type_of, grade_of, grade_of_roads, mode_of
from signals.model import DetectorType, Grade


@pytest.mark.parametrize(
    ("words", "grade"),
    [
        (("11", "主-主", "主主", "主干路-主干路", "main-main"), Grade.MAIN_MAIN),
        (("12", "主-次", "次-主", "主—次", "主干路/次干路"), Grade.MAIN_SECONDARY),
        (("13", "主-支", "主支", "main-branch"), Grade.MAIN_BRANCH),
        (("21", "次-次"), Grade.SECONDARY_SECONDARY),
        (("22", "次-支", "支路-次干路"), Grade.SECONDARY_BRANCH),
        (("31", "支-支", "支路-支路"), Grade.BRANCH_BRANCH),
        (("0",), Grade.UNKNOWN),
        (("14", "主", "主-主-次", "高-低", "-", "１１"), None),
    ],
)
def test_grades_are_numbers_or_words(words: tuple[str, ...], grade: Grade | None) -> None:
    assert {word: grade_of(word) for word in words} == dict.fromkeys(words, grade)


@pytest.mark.parametrize(
    ("roads", "grade"),
    [
        ("highway.primary|highway.residential", Grade.MAIN_BRANCH),
        ("highway.residential|highway.secondary|highway.tertiary", Grade.SECONDARY_BRANCH),
        ("highway.trunk_link|highway.primary", Grade.MAIN_MAIN),
        ("tertiary", Grade.BRANCH_BRANCH),
        ("主干路|支路", Grade.MAIN_BRANCH),
        ("highway.footway|highway.secondary", Grade.SECONDARY_SECONDARY),
        ("highway.footway", Grade.UNKNOWN),
        ("", Grade.UNKNOWN),
    ],
)
def test_an_intersection_without_a_grade_has_that_of_its_two_highest_roads(roads: str, grade: Grade) -> None:
    assert grade_of_roads(roads) == grade


def test_a_deployment_may_class_roads_in_its_own_way() -> None:
    assert grade_of_roads("ring|lane", {"ring": 1, "lane": 3}) == Grade.MAIN_BRANCH


def test_modes_are_numbers_or_words_and_other_numbers_stay() -> None:
    assert [mode_of(word) for word in ("23", "自适应控制", "单点感应控制", "Fixed", "77", "？")] == [23, 23, 22, 21, 77, None]


def test_detector_types() -> None:
    assert detector_type_of("count") == detector_type_of("计数") == DetectorType.UNKNOWN
    assert [detector_type_of(word) for word in ("Advance", "stopbar", "loop")] == [DetectorType.ADVANCE, DetectorType.STOPBAR, None]
