from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from signals.comparison import DELAY, Comparison, Effect, Measure
from signals.worth import Estimate, Worth
from signals.worth_text import _EFFECTS, _MEASURES, _REASONS, comparison_text, worth_text

NAN = float("nan")
TOLD = Comparison(DELAY, Effect.BETTER, -3.2, -4.8, -1.6, 34.0, 1.7, 0.001, 0.9, 0.001, 15, 16)


def replaced(**fields: Any) -> Comparison:
    return TOLD._replace(**fields)


@pytest.mark.parametrize(
    ("one", "zh", "en"),
    [
        (
            TOLD, "延误：改善，-3.2 秒/车，95% 区间 -4.8 至 -1.6（启用 15 天，对照 16 天）",
            "delay: better, -3.2 s/veh, 95% interval -4.8 to -1.6 (15 days with, 16 without)",
        ),
        (
            replaced(effect=Effect.NO_DIFFERENCE, difference=0.1, low=-0.9, high=1.1),
            "延误：无差异，+0.1 秒/车，95% 区间 -0.9 至 +1.1（启用 15 天，对照 16 天；差异小于 5% 已得到证明）",
            "delay: no difference, +0.1 s/veh, 95% interval -0.9 to +1.1 (15 days with, 16 without; shown to be less than 5%)",
        ),
        (
            replaced(effect=Effect.UNKNOWN, difference=NAN, days_with=3, reason="few_days"),
            "延误：尚不能判断（启用 3 天，对照 16 天；两类日子各需至少 5 天）",
            "delay: cannot be told yet (3 days with, 16 without; at least 5 days of each kind are needed)",
        ),
        (
            replaced(measure=Measure("gaps", "1/h", True), effect=Effect.UNKNOWN, reason="undecided"),
            "gaps：尚不能判断，-3.2 1/h，95% 区间 -4.8 至 -1.6（启用 15 天，对照 16 天；差异与无差异均未得到证明，需要更多天数）",
            "gaps: cannot be told yet, -3.2 1/h, 95% interval -4.8 to -1.6 (15 days with, 16 without; neither a difference nor its "
            "absence is shown; more days are needed)",
        ),
    ],
)  # fmt: skip
def test_comparisons_in_words(one: Comparison, zh: str, en: str) -> None:
    assert comparison_text(one, "zh") == zh
    assert comparison_text(one, "en") == en


def test_every_word_has_both_languages() -> None:
    assert set(_EFFECTS) == set(Effect)
    for words in (*_EFFECTS.values(), *_MEASURES.values(), *_REASONS.values()):
        assert all(words)
        assert words[0] != words[1]
    for effect in Effect:
        for reason in _REASONS:
            one = replaced(effect=effect, reason=reason)
            assert comparison_text(one, "zh") != comparison_text(one, "en")


def test_worth_names_its_bound_and_what_is_unknown() -> None:
    def figure(gain: float, low: float) -> Estimate:
        return Estimate(*(np.array([value, NAN]) for value in (gain, low, 2 * gain - low, 1.0)))

    worth = Worth(
        figure(36_000.0, 28_800.0), figure(25_200.0, NAN), figure(0.0, 0.0), np.array([20.0, NAN]), np.array([12, 0], np.int32),
        np.array([0.9, 0.0]), np.zeros(2),
    )  # fmt: skip
    assert worth_text(worth, 0, "en") == (
        "Compared with the best time-of-day plans, splits that follow traffic save at most 10.0 vehicle-hours (8.0 to 12.0) of delay "
        "a day (an upper bound: flows known beforehand); following the interval before saves 7.0 vehicle-hours. From 12 days, 90% of "
        "their intervals measured."
    )
    assert "最多可减少延误 10.0 车·小时（8.0 至 12.0）（上限" in worth_text(worth, 0, "zh")
    assert "90%" in worth_text(worth, 0, "zh")
    loss = worth._replace(causal=figure(-7_200.0, -10_800.0))
    assert "interval before costs 2.0 vehicle-hours (1.0 to 3.0). From" in worth_text(loss, 0, "en")
    assert "反而增加 2.0 车·小时（1.0 至 3.0）" in worth_text(loss, 0, "zh")
    assert "unknown" in worth_text(worth, 1, "en")
    assert "未知" in worth_text(worth, 1, "zh")
