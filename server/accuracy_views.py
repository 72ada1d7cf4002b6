"""The accuracy report as JSON: of `/v1/accuracy`, of the page made from it, and of `baimai score --json`, which are one thing.

Times are seconds, shares 0 … 1, errors actual minus predicted: positive, the bus came later than told. Unknown is null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from transit.accuracy_report import HISTOGRAM, Bucket, Figures, Score, Share
from transit.accuracy_rulers import ERRORS, MBTA, TRANSIT, Bin

Json = dict[str, Any]
Named = Callable[[int], tuple[str | None, str | None]]
"""code → (id, name for people); (None, None) for what is unknown"""
FEW = 30
"""predictions below which a stop's figures say nothing yet"""


class Names(NamedTuple):
    """What routes and stops are called."""

    route: Named
    stop: Named


def names_of(routes: Sequence[str], stops: Sequence[str], shown: Mapping[str, Mapping[str, str]] | None = None) -> Names:
    """Names by code: ids, and what `shown` ("routes", "stops") calls them."""
    told = shown or {}

    def named(ids: Sequence[str], names: Mapping[str, str]) -> Named:
        return lambda code: (None, None) if code < 0 else (ids[code], names.get(ids[code]))

    return Names(named(routes, told.get("routes", {})), named(stops, told.get("stops", {})))


def predictor_json(name: str, score: Score, names: Names, stops: int) -> Json:
    """One predictor's report, with its `stops` worst stops."""
    return {
        "name": name, "predictions": score.predictions, "scored": score.scored, "unmatched": score.unmatched,
        "stop_not_in_truth": score.stop_not_in_truth,
        "horizons": [_horizon(low, high, score) for low, high in ERRORS],
        "mbta": _ruler(MBTA, score.mbta, score.mbta_all, score.mbta_all_missing_wrong),
        "transit": _ruler(TRANSIT, score.transit, score.transit_score, score.transit_score_missing_wrong),
        "coverage": _known(score.coverage), "interval_width_s": _known(score.width), "whole": figures_json(score.whole),
        "routes": [_place("route", names.route(code), one) for code, one in _worst(score.by_route, len(score.by_route))],
        "stops": [_place("stop", names.stop(code), one) for code, one in _worst(score.by_stop, stops)],
        "hours": [{"hour": hour, **figures_json(one)} for hour, one in sorted(score.by_hour.items())],
    }  # fmt: skip


def report_json(scores: Mapping[str, Score], names: Names, stops: int, **about: Any) -> Json:
    """The whole report; `about` says what it is of."""
    return {
        **about,
        "predictors": [predictor_json(name, score, names, stops) for name, score in scores.items()],
        "histogram_bounds_s": list(HISTOGRAM),
    }


def figures_json(one: Figures) -> Json:
    """Figures of all, or of one route, stop or hour."""
    return {
        "count": one.count, "mae_s": _known(one.mae), "bias_s": _known(one.bias), "mbta": _known(one.mbta),
        "mbta_missing_wrong": _known(one.mbta_missing_wrong), "transit": _known(one.transit), "coverage": _known(one.coverage),
        "calls": one.calls, "wobble_s": _known(one.wobble), "spread_s": _known(one.spread),
        "raw_count_ups": _known(one.raw_count_ups), "count_ups": _known(one.count_ups), "jumps": _known(one.jumps),
        "ghosts": _known(one.ghosts), "promised": one.promised, "unforeseen": _known(one.unforeseen),
        "foreseen_5min": _known(one.availability[300]), "foreseen_10min": _known(one.availability[600]),
        "arrivals": one.arrivals, "uncertainty_s": _known(one.uncertainty),
    }  # fmt: skip


def _horizon(low: int, high: int, score: Score) -> Json:
    key = f"{low}-{high}"
    one: Bucket = score.mae[key]
    return {
        "from_s": low, "to_s": high, "count": one.count, "mae_s": _known(one.mae), "bias_s": _known(one.bias),
        "rmse_s": _known(one.rmse), "p10_s": _known(one.p10), "median_s": _known(one.median), "p90_s": _known(one.p90),
        "coverage": _known(one.coverage), "interval_width_s": _known(one.width), "histogram": list(score.errors[key]),
    }  # fmt: skip


def _ruler(ruler: Sequence[Bin], shares: Mapping[str, Share], whole: float, missing_wrong: float) -> Json:
    return {
        "share": _known(whole), "share_missing_wrong": _known(missing_wrong),
        "bins": [_bin(one, shares.get(one.label)) for one in ruler],
    }  # fmt: skip


def _bin(one: Bin, share: Share | None) -> Json:
    told = share or Share(0, 0, 0, float("nan"), float("nan"))
    return {
        "from_s": one.low, "to_s": one.high, "early_s": one.early, "late_s": one.late, "count": told.count,
        "passed": told.passed, "missing": told.missing, "share": _known(told.share), "share_missing_wrong": _known(told.missing_wrong),
    }  # fmt: skip


def _worst(groups: Mapping[int, Figures], count: int) -> list[tuple[int, Figures]]:
    """The largest mean errors first; those with few predictions last."""
    ordered = sorted(groups.items(), key=lambda item: (item[1].count < FEW, -item[1].mae if item[1].count else 0.0, item[0]))
    return ordered[:count]


def _place(kind: str, named: tuple[str | None, str | None], one: Figures) -> Json:
    return {f"{kind}_id": named[0], "name": named[1], **figures_json(one)}


def _known(value: float) -> float | None:
    return round(value, 4) if value == value else None
