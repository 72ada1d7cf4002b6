from __future__ import annotations

import pytest

from tests.support.tiny_city import tiny_network
from transit.alert_book import AlertKind, Condition, Severity
from transit.board_text import Language
from transit.supervision_text import alert_text, hold_text, stop_after

NETWORK = tiny_network()
EAST = int(NETWORK.trips.pattern[NETWORK.trip_index["1E-0700"]])
SECOND = int(NETWORK.patterns.stop_start[EAST]) + 1
SEVEN = 1_777_244_400.0  # 07:00 in Mingshui
IDS = ["A1", "A2", "A3"]


def told(
    kind: AlertKind, language: Language, vehicles: tuple[int, ...], headway: float | None = None,
    span: tuple[float, float] | None = None,
) -> str:  # fmt: skip
    planned = None if headway is None else 600.0
    one = Condition(kind, Severity.WARNING, EAST, vehicles, SECOND, SEVEN, planned, headway, span)
    return alert_text(one, NETWORK, IDS, language)


@pytest.mark.parametrize(
    ("kind", "vehicles", "headway", "zh", "en"),
    [
        (AlertKind.BUNCHING, (0, 1), 100.0, "1路 往大学城：A1 与 A2 串车，在百脉泉公园相隔2分钟，计划10分钟",
         "1路 to 大学城: A1 and A2 are bunched, 2 min apart at 百脉泉公园, 10 min planned"),
        (AlertKind.BUNCHING, (0, 1), 20.0, "1路 往大学城：A1 与 A2 串车，在百脉泉公园相隔不到1分钟，计划10分钟",
         "1路 to 大学城: A1 and A2 are bunched, less than a minute apart at 百脉泉公园, 10 min planned"),
        (AlertKind.GAP, (0, 1), 1500.0, "1路 往大学城：A2 到百脉泉公园时距前车 A1 25分钟，计划10分钟",
         "1路 to 大学城: a gap of 25 min at 百脉泉公园 before A2, behind A1, 10 min planned"),
        (AlertKind.GAP, (), 1500.0, "1路 往大学城：07:00起无车，计划间隔10分钟",
         "1路 to 大学城: no bus since 07:00, one every 10 min planned"),
        (AlertKind.OFF_ROUTE, (2,), None, "1路 往大学城：A3 07:00起在百脉泉公园之后偏离线路",
         "1路 to 大学城: A3 has been off route since 07:00, after 百脉泉公园"),
        (AlertKind.STUCK, (2,), None, "1路 往大学城：A3 07:00起停在百脉泉公园之后不动",
         "1路 to 大学城: A3 has not moved since 07:00, after 百脉泉公园"),
    ],
)  # fmt: skip
def test_alerts_in_words(kind: AlertKind, vehicles: tuple[int, ...], headway: float | None, zh: str, en: str) -> None:
    assert told(kind, "zh", vehicles, headway) == zh
    assert told(kind, "en", vehicles, headway) == en


def test_a_detour_candidate_names_both_ends_of_its_span() -> None:
    span = (700.0, 1200.0)
    assert told(AlertKind.DETOUR_CANDIDATE, "zh", (0, 1), span=span) == (
        "1路 往大学城：07:00起 2 辆车在百脉泉公园与人民医院之间绕行，道路可能不通（A1、A2）"
    )
    assert told(AlertKind.DETOUR_CANDIDATE, "en", (0, 1), span=span) == (
        "1路 to 大学城: 2 buses since 07:00 went around 百脉泉公园 to 人民医院; the road may be closed (A1, A2)"
    )


def test_a_hold_in_words() -> None:
    assert hold_text(NETWORK, SECOND, "A1", 90, SEVEN, "zh") == "1路 往大学城：A1 在百脉泉公园多停90秒，约07:00发车"
    assert hold_text(NETWORK, SECOND, "A1", 90, SEVEN, "en") == "1路 to 大学城: hold A1 at 百脉泉公园 for 90 s, leaving about 07:00"


def test_the_stop_after_a_place_is_the_last_one_beyond_the_end() -> None:
    end = int(NETWORK.patterns.stop_start[EAST + 1])
    assert stop_after(NETWORK, EAST, 1e9) == end - 1
    assert stop_after(NETWORK, EAST, -5.0) == SECOND - 1
