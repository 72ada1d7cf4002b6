"""Coverage as readers get it: JSON-ready values, shares to six digits, unknown is None; what people read is in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from signals.coverage import Coverage, Scope, Shares
from signals.coverage_days import Bins, clock_text, minute_text, rfc3339
from signals.coverage_epolice import ApproachShares, EpoliceCoverage
from signals.coverage_official import RUNG_WORDS
from signals.coverage_series import ScopeSeries
from signals.figures import Figure
from signals.indicator_definitions import CoverageDefinitions, IndicatorDefinition, Words
from signals.kernels.columns import F64, I64
from signals.model import Rung

Json = dict[str, Any]
WEIGHT_WORDS = {
    "count": Words("按路口数", "by number of intersections"),
    "importance": Words("按重要度", "by importance"),
    "flow": Words("按流量", "by flow"),
    "bus_passengers": Words("按公交客流", "by bus passengers"),
}


def coverage_view(coverage: Coverage, timezone: str) -> Json:
    """Everything of one moment."""
    definitions = coverage.definitions
    return {
        "as_of": rfc3339(coverage.as_of, timezone),
        "definition_version": definitions.version,
        "text": _both(headline(coverage, timezone)),
        "definitions": _definitions(definitions),
        "rungs": [{"rung": rung.word, "label": _both(words)} for rung, words in RUNG_WORDS.items()],
        "scopes": [_scope(one) for one in coverage.scopes],
        "official": {
            **_indicator(definitions.signals, definitions.principal),
            "figures": [figure_view(one, timezone) for one in coverage.official],
        },
        "epolice": None if coverage.epolice is None else _epolice(coverage.epolice, definitions, timezone),
    }


def figure_view(figure: Figure, timezone: str) -> Json:
    """One figure of the scorecard, with the ids behind it when it carries them."""
    view: Json = {
        "indicator": figure.definition.number,
        "reading": figure.reading,
        "label": _both(figure.words),
        "value": _rounded(figure.value),
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "low": _rounded(figure.low),
        "high": _rounded(figure.high),
        "unknown": figure.unknown,
        "undecided": figure.undecided,
        "star": figure.star,
        "star_possible": figure.star_possible,
        "next_star": None if figure.next_star is None else figure.next_star.stars,
        "gap": figure.gap,
        "as_of": rfc3339(figure.as_of, timezone),
        "definition_version": figure.definition.version,
    }
    if figure.items is not None:
        view["items"] = {name: list(ids) for name, ids in figure.items._asdict().items()}
    return view


def series_view(times: I64, scopes: Sequence[ScopeSeries], figures: Sequence[Figure], timezone: str) -> Json:
    """Coverage at many moments; `figures` is the official ratio at the same moments, or none."""
    return {
        "times": [rfc3339(time, timezone) for time in times.tolist()],
        "scopes": [_scope_series(one) for one in scopes],
        "official": None if not figures else _figure_series(figures),
    }


def time_in_state_view(bins: Bins, scopes: Sequence[ScopeSeries], timezone: str) -> Json:
    """Time in state of every bin, and of the whole period."""
    return {
        "from": [rfc3339(time, timezone) for time in bins.start.tolist()],
        "to": [rfc3339(time, timezone) for time in bins.end.tolist()],
        "scopes": [_scope_series(one) for one in scopes],
        "whole": [_scope_series(one.whole()) for one in scopes],
    }


def headline(coverage: Coverage, timezone: str) -> Words:
    """The official ratio in one sentence."""
    one = next(figure for figure in coverage.official if figure.reading == coverage.definitions.principal)
    at = minute_text(one.as_of, timezone)
    if one.value is None:
        return Words(f"截至 {at}：没有已知等级的重要路口。", f"As of {at}: no intersection is known to be important.")
    share = f"{100 * one.value:.1f} %"
    zh = f"截至 {at}：{one.denominator} 个重要路口中 {one.numerator} 个（{share}）在线并申报实时信号配时（{one.words.zh}）"
    en = (
        f"As of {at}: {one.numerator} of {one.denominator} important intersections ({share}) are on line and declare "
        f"real-time signal timing ({one.words.en})"
    )
    stars = "★" * one.star
    zh += f"，达到{stars}" if one.star else "，尚未达星"
    en += f"; {stars} reached" if one.star else "; no star reached"
    if one.next_star is not None and one.gap is not None:
        aim = "★" * one.next_star.stars
        zh += f"，距{aim}还差 {one.gap} 个"
        en += f", {one.gap} short of {aim}"
    if one.unknown or one.undecided:
        zh += f"；状态未知 {one.unknown} 个，等级未知 {one.undecided} 个"
        en += f"; {one.unknown} of unknown state, {one.undecided} of unknown grade"
    return Words(f"{zh}。", f"{en}.")


def _definitions(one: CoverageDefinitions) -> Json:
    """What the version stands for."""
    return {
        "grade_weights": {str(int(grade)): weight for grade, weight in sorted(one.grade_weights.items())},
        "grade_readings": {reading.name: sorted(map(int, reading.grades)) for reading in one.grade_readings},
        "mode_readings": {reading.name: sorted(map(int, reading.modes)) for reading in one.mode_readings},
        "camera_life_s": one.camera_life // 1000,
        "service_time": [clock_text(second) for second in one.service_time],
    }


def _scope(scope: Scope) -> Json:
    return {
        "scope": scope.name,
        "label": _both(scope.words),
        "intersections": scope.items,
        "undecided": scope.undecided,
        "by": {one.weight: _shares(one) for one in scope.shares},
    }


def _shares(one: Shares) -> Json:
    sides = (("proved", one.proved, one.strict), ("possible", one.possible, one.lenient))
    return {
        "label": _both(_weight_words(one.weight)),
        "total": _rounded(one.total),
        "unknown_items": one.unknown_items,
        **{
            side: {rung.word: {"sum": _rounded(sums[rung]), "share": _rounded(share(rung))} for rung in Rung}
            for side, sums, share in sides
        },
    }


def _scope_series(one: ScopeSeries) -> Json:
    weights = {}
    for k, name in enumerate(one.weights):
        weights[name] = {
            "label": _both(_weight_words(name)),
            "total": _list(one.total[:, k]),
            "unknown_items": _list(one.unknown_items[:, k]),
            "proved": {rung.word: _list(one.strict(rung, name)) for rung in Rung},
            "possible": {rung.word: _list(one.lenient(rung, name)) for rung in Rung},
        }
    return {"scope": one.name, "label": _both(one.words), "undecided": _list(one.undecided), "by": weights}


def _figure_series(figures: Sequence[Figure]) -> Json:
    first = figures[0]
    return {
        **_indicator(first.definition, first.reading),
        "label": _both(first.words),
        **{name: [_rounded(getattr(one, name)) for one in figures] for name in ("value", "low", "high")},
        **{
            name: [getattr(one, name) for one in figures]
            for name in ("numerator", "denominator", "unknown", "undecided", "star", "star_possible", "gap")
        },
    }


def _epolice(epolice: EpoliceCoverage, definitions: CoverageDefinitions, timezone: str) -> Json:
    return {
        **_indicator(definitions.epolice, definitions.principal_epolice),
        "figures": [figure_view(one, timezone) for one in epolice.figures],
        "approaches": [_approaches(one) for one in epolice.approaches],
        "unplaced_points": epolice.unplaced,
    }


def _approaches(one: ApproachShares) -> Json:
    return {
        "reading": one.reading,
        "label": _both(one.words),
        "approaches": one.approaches,
        "covered": one.covered,
        "possible": one.possible,
        "share": _rounded(one.covered / one.approaches if one.approaches else None),
        "flow": _rounded(one.flow),
        "flow_covered": _rounded(one.flow_covered),
        "flow_share": _rounded(one.flow_covered / one.flow if one.flow else None),
        "flow_share_possible": _rounded(one.flow_possible / one.flow if one.flow else None),
        "flow_unknown": one.flow_unknown,
        "undecided": one.undecided,
    }


def _indicator(definition: IndicatorDefinition, principal: str) -> Json:
    stars = [{"stars": one.stars, "share": float(one.share), "more_than": one.more_than} for one in definition.stars]
    return {"indicator": definition.number, "name": _both(definition.name), "principal": principal, "stars": stars}


def _weight_words(name: str) -> Words:
    return WEIGHT_WORDS.get(name, Words(f"按 {name}", f"by {name}"))


def _both(words: Words) -> Json:
    return {"zh": words.zh, "en": words.en}


def _list(values: F64) -> list[float | None]:
    return [_rounded(one) for one in values.tolist()]


def _rounded(value: float | None) -> float | None:
    return None if value is None or value != value else round(value, 6) + 0.0
