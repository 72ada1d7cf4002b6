"""The words for comparisons and for what timing is worth, in Chinese and English: bounds are called bounds, and unknown is said."""

from __future__ import annotations

import math
from typing import Literal

from signals.comparison import COMPARISON, Comparison, ComparisonParameters, Effect
from signals.worth import Estimate, Worth

Language = Literal["zh", "en"]

_MEASURES = {
    "delay": ("延误", "delay"),
    "split_failures": ("绿灯不足率", "split failures"),
    "travel_time": ("行程时间", "travel time"),
    "platoon_ratio": ("车队比", "platoon ratio"),
    "arrivals_on_green": ("绿灯到达率", "arrivals on green"),
}
_UNITS = {"s/veh": ("秒/车", "s/veh"), "s": ("秒", "s"), "share": ("", ""), "ratio": ("", "")}
_EFFECTS = {
    Effect.BETTER: ("改善", "better"),
    Effect.WORSE: ("变差", "worse"),
    Effect.NO_DIFFERENCE: ("无差异", "no difference"),
    Effect.UNKNOWN: ("尚不能判断", "cannot be told yet"),
}
_REASONS = {
    "few_days": ("两类日子各需至少 {least} 天", "at least {least} days of each kind are needed"),
    "no_common_slots": ("两类日子没有同日类型、同时段的数据", "the two kinds of days share no day type and time of day"),
    "no_scale": ("对照日均值为零，无法比较", "the mean of the days without is zero"),
    "undecided": ("差异与无差异均未得到证明，需要更多天数", "neither a difference nor its absence is shown; more days are needed"),
}
_UNKNOWN = ("效益未知：车流量实测不足，或车道、相位资料不全。", "Worth unknown: too little measured, or lanes or phases not known.")


def comparison_text(one: Comparison, language: Language, q: ComparisonParameters = COMPARISON) -> str:
    """One sentence: what differs, by how much, from how many days; "no difference" only with the margin it was shown for."""
    k = 0 if language == "zh" else 1
    name = _MEASURES.get(one.measure.name, (one.measure.name,) * 2)[k]
    unit = _UNITS.get(one.measure.unit, (one.measure.unit,) * 2)[k]
    days = (f"启用 {one.days_with} 天，对照 {one.days_without} 天", f"{one.days_with} days with, {one.days_without} without")[k]
    if math.isnan(one.difference):
        reason = _REASONS[one.reason][k].format(least=q.least_days)
        return (f"{name}：{_EFFECTS[one.effect][k]}（{days}；{reason}）", f"{name}: {_EFFECTS[one.effect][k]} ({days}; {reason})")[k]
    figure = _difference(one, unit, k, 1.0 - q.level)
    margin = f"{one.measure.smallest:.0%}"
    more = ""
    if one.effect == Effect.NO_DIFFERENCE:
        more = (f"；差异小于 {margin} 已得到证明", f"; shown to be less than {margin}")[k]
    elif one.effect == Effect.UNKNOWN:
        more = ("；", "; ")[k] + _REASONS[one.reason][k]
    word = _EFFECTS[one.effect][k]
    return (f"{name}：{word}，{figure}（{days}{more}）", f"{name}: {word}, {figure} ({days}{more})")[k]


def _difference(one: Comparison, unit: str, k: int, level: float) -> str:
    space = " " if unit else ""
    value = f"{one.difference:+.3g}{space}{unit}"
    low, high = f"{one.low:+.3g}", f"{one.high:+.3g}"
    return (f"{value}，{level:.0%} 区间 {low} 至 {high}", f"{value}, {level:.0%} interval {low} to {high}")[k]


def worth_text(worth: Worth, row: int, language: Language) -> str:
    """Sentences on intersection `row`: the upper bound, what following the last interval gains, how much was measured."""
    k = 0 if language == "zh" else 1
    days, share = int(worth.days[row]), float(worth.observed[row])
    if math.isnan(worth.upper.gain[row]):
        return _UNKNOWN[k]
    upper, sign = _hours(worth.upper, row, k), 1 if worth.causal.gain[row] >= 0.0 else -1
    causal = _hours(worth.causal, row, k, sign)
    seen = f"{share:.0%}"
    zh = (
        f"与最佳分时段方案相比，实时调整配时每日最多可减少延误 {upper}（上限，假定流量预先可知）；"
        f"按前一时段流量调整{'可减少' if sign > 0 else '反而增加'} {causal}。依据 {days} 天，实测时段占 {seen}。"
    )
    en = (
        f"Compared with the best time-of-day plans, splits that follow traffic save at most {upper} of delay a day (an upper bound: "
        f"flows known beforehand); following the interval before {'saves' if sign > 0 else 'costs'} {causal}. "
        f"From {days} days, {seen} of their intervals measured."
    )
    return (zh, en)[k]


def _hours(figure: Estimate, row: int, k: int, sign: int = 1) -> str:
    """Vehicle-hours, with the interval where there is one; `sign` -1 tells a loss as what it costs."""
    gain, low, high = (sign * float(column[row]) / 3600.0 for column in figure[:3])
    low, high = min(low, high), max(low, high)
    unit = ("车·小时", "vehicle-hours")[k]
    if math.isnan(low):
        return f"{gain:.1f} {unit}"
    return (f"{gain:.1f} {unit}（{low:.1f} 至 {high:.1f}）", f"{gain:.1f} {unit} ({low:.1f} to {high:.1f})")[k]
