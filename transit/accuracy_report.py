"""The figures of a score, made from its sums: over all, by horizon, and by route, stop and hour. Shares are 0 … 1, NaN unknown.

The same report is made of recorded files, of the day that is running and of stored days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from transit.accuracy_rulers import BEYOND, ERRORS, FIRST_MBTA, FIRST_TRANSIT, LEADS, MBTA, SUMMED, TRANSIT, Bin
from transit.accuracy_sums import Cell, unpack, unpack_errors
from transit.accuracy_tally import CALL_MEASURES, ERROR_MEASURES, Tally
from transit.kernels.columns import F64, I64

_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Bucket:
    """Errors (actual minus predicted, s) of one range of true horizons. Quantiles are of errors to the whole second."""

    count: int
    mae: float
    bias: float
    rmse: float
    p10: float
    median: float
    p90: float
    coverage: float
    """share of the predictions with p10 and p90 between which the bus came"""
    width: float
    """mean p90 - p10, s"""


@dataclass(frozen=True)
class Share:
    """One bin of a ruler."""

    count: int
    """predictions that found their arrival"""
    passed: int
    """predictions sampled after the bus had come"""
    missing: int
    """predictions whose bus did not come as predicted"""
    share: float
    """right ones of `count`"""
    missing_wrong: float
    """right ones of all three: those sampled too late by their error, the missing ones wrong"""


@dataclass(frozen=True)
class Figures:
    """What is told of all predictions, or those of one route, stop or hour. MAE, bias and coverage: up to 30 min ahead."""

    count: int
    mae: float
    bias: float
    mbta: float
    mbta_missing_wrong: float
    transit: float
    coverage: float
    calls: int
    """approaches of a bus to a stop"""
    wobble: float
    """s, mean SD of a call's predicted time over its last 30 min"""
    spread: float
    """s, mean range likewise"""
    raw_count_ups: float
    """single-minute rises a call, before a board's rule"""
    count_ups: float
    """likewise, after it"""
    jumps: float
    """rises of two minutes and more a call, which a board shows"""
    ghosts: float
    """share of calls promised at most 10 min ahead that never came"""
    promised: int
    unforeseen: float
    """share of arrivals without a prediction 2 min before"""
    availability: Mapping[int, float]
    """share of arrivals predicted this many seconds ahead (up to 2 min more)"""
    arrivals: int
    uncertainty: float
    """s, mean half-width of what is known of an arrival"""


@dataclass(frozen=True)
class Score:
    """All figures of one predictor."""

    predictions: int
    scored: int
    stop_not_in_truth: int
    unmatched: int
    mae: Mapping[str, Bucket]
    """by true horizon in s, `120-300`"""
    mbta: Mapping[str, Share]
    mbta_all: float
    mbta_all_missing_wrong: float
    transit: Mapping[str, Share]
    transit_score: float
    transit_score_missing_wrong: float
    coverage: float
    """of all predictions with an interval, whatever their horizon"""
    width: float
    availability: Mapping[int, float]
    whole: Figures
    by_route: Mapping[int, Figures]
    by_stop: Mapping[int, Figures]
    by_hour: Mapping[int, Figures]
    errors: Mapping[str, tuple[int, ...]]
    """by true horizon: predictions by error, in HISTOGRAM bins"""


HISTOGRAM = tuple(range(-600, 901, 30))
"""s: bounds of the bins of `Score.errors`; the first and the last also hold what lies beyond"""


def report(tally: Tally) -> Score:
    """The figures of a tally."""
    bins = unpack(tally.errors.keys).bin
    table = np.zeros((16, len(ERROR_MEASURES)))
    np.add.at(table, bins, tally.errors.values)
    calls = dict(zip(CALL_MEASURES, tally.calls.values.sum(axis=0).tolist()))
    cells, places = unpack(tally.errors.keys), unpack(tally.calls.keys)
    whole = _figures(table, np.array([calls[name] for name in CALL_MEASURES]))
    shares = [
        {one.label: _share(table[first + k]) for k, one in enumerate(ruler) if table[first + k].any()}
        for first, ruler in ((FIRST_MBTA, MBTA), (FIRST_TRANSIT, TRANSIT))
    ]
    everything = _named(table[: BEYOND + 1].sum(axis=0))
    return Score(
        round(calls["predictions"]), round(calls["scored"]), round(calls["not_in_truth"]), round(calls["unmatched"]),
        {f"{low}-{high}": _bucket(table[k], *_errors_of(tally, k)) for k, (low, high) in enumerate(ERRORS)},
        shares[0], whole.mbta, whole.mbta_missing_wrong,
        shares[1], _mean([one.share for one in shares[1].values()]), _mean([one.missing_wrong for one in shares[1].values()]),
        _over(everything["inside"], everything["intervals"]), _over(everything["width"], everything["intervals"]),
        whole.availability, whole,
        _grouped(tally, cells, places, "route"), _grouped(tally, cells, places, "stop"), _grouped(tally, cells, places, "hour"),
        {f"{low}-{high}": _histogram(*_errors_of(tally, k)) for k, (low, high) in enumerate(ERRORS)},
    )  # fmt: skip


def _grouped(tally: Tally, cells: Cell, places: Cell, name: str) -> dict[int, Figures]:
    """Figures by one part of the cells; what is unknown (-1) has its own."""
    by_error, by_call = (getattr(one, name) for one in (cells, places))
    keys: I64 = np.unique(np.concatenate((by_error, by_call)))
    errors = np.zeros((len(keys), 16, len(ERROR_MEASURES)))
    np.add.at(errors, (np.searchsorted(keys, by_error), cells.bin), tally.errors.values)
    calls = np.zeros((len(keys), len(CALL_MEASURES)))
    np.add.at(calls, np.searchsorted(keys, by_call), tally.calls.values)
    return {int(key): _figures(errors[k], calls[k]) for k, key in enumerate(keys.tolist())}


def _figures(table: F64, calls: F64) -> Figures:
    told = dict(zip(CALL_MEASURES, calls.tolist()))
    near, mbta = _named(table[:SUMMED].sum(axis=0)), _named(table[FIRST_MBTA : FIRST_MBTA + len(MBTA)].sum(axis=0))
    return Figures(
        round(near["n"]), _over(near["absolute"], near["n"]), _over(near["error"], near["n"]),
        _over(mbta["right"], mbta["n"]), _over(mbta["right"] + mbta["passed_right"], mbta["n"] + mbta["passed"] + mbta["missing"]),
        _plain_mean(TRANSIT, table[FIRST_TRANSIT:]), _over(near["inside"], near["intervals"]),
        round(told["calls"]), _over(told["deviation"], told["steady_calls"]), _over(told["spread"], told["steady_calls"]),
        _over(told["raw_ups"], told["calls"]), _over(told["shown_ups"], told["calls"]), _over(told["jumps"], told["calls"]),
        _over(told["ghosts"], told["promised"]), round(told["promised"]), _over(told["unforeseen"], told["asked"]),
        {lead: _over(told[f"foreseen_{lead}"], told[f"asked_{lead}"]) for lead in LEADS},
        round(told["arrivals"]), _over(told["uncertainty"], told["arrivals"]),
    )  # fmt: skip


def _named(row: F64) -> dict[str, float]:
    return dict(zip(ERROR_MEASURES, row.tolist()))


def _plain_mean(ruler: Sequence[Bin], rows: F64) -> float:
    return _mean([_share(row).share for row in rows[: len(ruler)]])


def _share(row: F64) -> Share:
    told = _named(row)
    every = told["n"] + told["passed"] + told["missing"]
    return Share(
        round(told["n"]), round(told["passed"]), round(told["missing"]), _over(told["right"], told["n"]),
        _over(told["right"] + told["passed_right"], every),
    )  # fmt: skip


def _bucket(row: F64, seconds: I64, counts: F64) -> Bucket:
    told = _named(row)
    low, middle, high = (_quantile(seconds, counts, share) for share in _QUANTILES)
    return Bucket(
        round(told["n"]), _over(told["absolute"], told["n"]), _over(told["error"], told["n"]),
        _over(told["square"], told["n"]) ** 0.5, low, middle, high,
        _over(told["inside"], told["intervals"]), _over(told["width"], told["intervals"]),
    )  # fmt: skip


def _errors_of(tally: Tally, chosen: int) -> tuple[I64, F64]:
    """(whole seconds of error in rising order, predictions) of one bin."""
    bins, seconds = unpack_errors(tally.spread.keys)
    mine = bins == chosen
    return seconds[mine], tally.spread.values[mine, 0]


def _quantile(seconds: I64, counts: F64, share: float) -> float:
    """The least error that at least `share` of the predictions do not pass."""
    if not len(seconds):
        return float("nan")
    reached = np.cumsum(counts)
    return float(seconds[np.searchsorted(reached, share * reached[-1] - 1e-9)])


def _histogram(seconds: I64, counts: F64) -> tuple[int, ...]:
    at = np.clip(np.searchsorted(np.array(HISTOGRAM), seconds, "right") - 1, 0, len(HISTOGRAM) - 2)
    return tuple(int(n) for n in np.bincount(at, counts, len(HISTOGRAM) - 1))


def _over(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def _mean(values: Sequence[float]) -> float:
    known = [one for one in values if one == one]
    return sum(known) / len(known) if known else float("nan")
