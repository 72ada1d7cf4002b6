"""The accuracy report as the API documents describe it. `server.accuracy_views` makes it; a test holds the two together."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from server.schemas import Model, Stamp

Share = float | None
Seconds = float | None


class AccuracyFigures(Model):
    """Of all predictions, or those of one route, stop or hour, up to 30 min ahead. Unknown is null."""

    count: int = Field(description="predictions that found their arrival")
    mae_s: Seconds
    bias_s: Seconds = Field(description="mean of actual minus predicted: positive, buses came later than told")
    mbta: Share = Field(description="right by the MBTA bins, of the predictions that found their arrival")
    mbta_missing_wrong: Share = Field(
        description="likewise of all: those sampled after the bus had come by their error, those it never came for wrong"
    )
    transit: Share = Field(description="plain mean of the bins of the ETA Accuracy Benchmark")
    coverage: Share = Field(description="share of arrivals between p10 and p90; 0.8 is aimed at")
    calls: int = Field(description="approaches of a bus to a stop")
    wobble_s: Seconds = Field(description="mean SD of a call's predicted time over its last 30 min")
    spread_s: Seconds = Field(description="mean range likewise")
    raw_count_ups: float | None = Field(description="single-minute rises a call, before a board's rule")
    count_ups: float | None = Field(description="likewise, as displayed")
    jumps: float | None = Field(description="rises of 2 min and more a call, which boards show")
    ghosts: Share = Field(description="of the calls promised at most 10 min ahead, those that never came")
    promised: int
    unforeseen: Share = Field(description="arrivals without a prediction 2 min before")
    foreseen_5min: Share
    foreseen_10min: Share
    arrivals: int
    uncertainty_s: Seconds = Field(description="mean half-width of what is known of an arrival")


class AccuracyRoute(AccuracyFigures):
    """Of one route."""

    route_id: str | None
    name: str | None


class AccuracyStop(AccuracyFigures):
    """Of one stop."""

    stop_id: str | None
    name: str | None


class AccuracyHour(AccuracyFigures):
    """Of one hour of the day, agency time."""

    hour: int = Field(ge=0, le=23)


class AccuracyHorizon(Model):
    """Of one range of times to the actual arrival."""

    from_s: int
    to_s: int
    count: int
    mae_s: Seconds
    bias_s: Seconds
    rmse_s: Seconds
    p10_s: Seconds = Field(description="one error in ten is smaller")
    median_s: Seconds
    p90_s: Seconds
    coverage: Share
    interval_width_s: Seconds = Field(description="mean p90 minus p10")
    histogram: list[int] = Field(description="predictions by error, between histogram_bounds_s")


class AccuracyBin(Model):
    """One bin of a ruler: right when early_s … late_s holds the error."""

    from_s: int
    to_s: int
    early_s: int
    late_s: int
    count: int
    passed: int = Field(description="predictions sampled after the bus had come")
    missing: int = Field(description="predictions whose bus did not come as predicted")
    share: Share
    share_missing_wrong: Share


class AccuracyRuler(Model):
    """A public ruler."""

    share: Share
    share_missing_wrong: Share
    bins: list[AccuracyBin]


class AccuracyPredictor(Model):
    """One way to predict, on the same positions and the same truth."""

    name: str = Field(examples=["baimai"])
    predictions: int
    scored: int
    unmatched: int
    stop_not_in_truth: int = Field(description="left out: the truth never observed the call")
    horizons: list[AccuracyHorizon]
    mbta: AccuracyRuler = Field(description="bins by predicted horizon, strict")
    transit: AccuracyRuler = Field(description="bins by time to the actual arrival, inclusive; the share is their plain mean")
    coverage: Share
    interval_width_s: Seconds
    whole: AccuracyFigures
    routes: list[AccuracyRoute] = Field(description="the largest mean errors first")
    stops: list[AccuracyStop] = Field(description="the largest mean errors first, as many as asked for")
    hours: list[AccuracyHour]


class AccuracyDay(Model):
    """One day of one predictor in the trend."""

    date: str
    predictor: str
    predictions: int
    arrivals: int
    mae_s: Seconds
    bias_s: Seconds
    mbta: Share
    mbta_missing_wrong: Share
    transit: Share
    coverage: Share
    wobble_s: Seconds
    ghosts: Share
    foreseen_5min: Share


class AccuracyTruth(Model):
    """What predictions are compared with."""

    source: Literal["engine", "file"] = Field(description="engine: its own detection of stops, not an independent observation")
    first_stops: bool = Field(description="whether first stops, where buses wait, are scored")
    sampled_share: float = Field(description="share of the vehicles that are followed")


class AccuracyReport(Model):
    """How right the predictions of one service day were."""

    date: str | None = Field(examples=["2026-11-23"], description="service day; it ends at 04:00 of the next one")
    timezone: str
    generated_at: Stamp | None
    state: Literal["running", "closed", "recorded"]
    truth: AccuracyTruth
    trend: list[AccuracyDay] = Field(description="the last 35 stored days up to this one")
    dates: list[str] = Field(description="days there are scores of, newest first")
    predictors: list[AccuracyPredictor] = Field(description="ours first, then baselines; empty while nothing is known")
    histogram_bounds_s: list[int]
