"""The shapes of what is said of signals, for OpenAPI and AsyncAPI; as `server.schemas`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from server.problems import ProblemError
from server.schemas import Model, Next, Stamp

RungWord = Literal["listed", "online", "declared", "adapting", "healthy", "effective"]
VerdictWord = Literal["unknown", "not_adapting", "adapting"]
ProvedRung = Annotated[RungWord, Field(description="the highest rung that is shown, with all below it")]
PossibleRung = Annotated[RungWord, Field(description="the rung it would stand on if every unknown were answered yes")]
Place = Annotated[float | None, Field(description="WGS-84 degrees; GCJ-02 with crs=gcj02; null unknown", examples=[36.712])]
Mode = Annotated[int | None, Field(description="control mode, GA/T 1049.2; null unknown", examples=[22])]
ModeName = Annotated[str | None, Field(description="the same in words; null unknown, or a vendor's own", examples=["actuated"])]
Moment = Annotated[str | None, Field(description="RFC 3339 with offset; null never", examples=["2026-11-22T21:30:05+08:00"])]
Share = Annotated[float | None, Field(description="share of the window in which its state was known, 0–1; null unknown")]


class SignalsAccepted(Model):
    """What became of the items of one message."""

    accepted: int
    refused: Annotated[dict[str, int], Field(description="reason → items", examples=[{"unknown_device": 2}])]
    unknown_codes: Annotated[dict[str, int], Field(description="event code no table explains → events, which were kept")]
    unknown_modes: Annotated[dict[str, int], Field(description="control mode no table explains → reports, which were kept")]
    left_unknown: Annotated[dict[str, int], Field(description="reason → items kept of which a field could not be read")]
    errors: Annotated[list[ProblemError], Field(description="the first refusals")]


class IntersectionBrief(Model):
    """An intersection of the inventory and where it stands."""

    id: Annotated[str, Field(examples=["ZQ-0302"])]
    device_id: Annotated[str | None, Field(description="its controller; null: none that is known")]
    name: str | None
    grade: Annotated[int | None, Field(description="road classes that meet, GA/T 1049.2 CrossParam.Grade", examples=[11])]
    lat: Place
    lon: Place
    rung: ProvedRung
    possible_rung: PossibleRung
    verdict: VerdictWord
    declared_mode: Annotated[int | None, Field(description="control mode that the inventory declares, GA/T 1049.2")]
    mode: Mode
    mode_name: ModeName
    plan: Annotated[int | None, Field(description="number of the plan or pattern in force")]
    heard: Annotated[bool, Field(description="whether its controller spoke lately")]
    observable_share: Share
    last_event_at: Moment
    judged_at: Annotated[str | None, Field(description="end of the window of the verdict; null: not judged since the start")]


class IntersectionTally(Model):
    """How many stand where."""

    intersections: int
    rungs: Annotated[dict[RungWord, int], Field(description="intersections by the rung that is shown")]
    verdicts: dict[VerdictWord, int]


class IntersectionList(Model):
    """A page of intersections; `summary` counts all that were asked for."""

    generated_at: Stamp
    intersections: list[IntersectionBrief]
    summary: IntersectionTally
    next: Next


class PhaseNow(Model):
    """One phase at the moment."""

    phase: int
    state: Literal["unknown", "red", "green", "yellow", "red_clearance"]
    since: Moment
    since_ms: Annotated[int, Field(description="the same, epoch ms")]


class StageNow(Model):
    """The stage in force."""

    stage: int
    since: Moment


class SignalNow(Model):
    """What a controller shows at the moment, by its own words; unknown is null."""

    heard: bool
    phases: list[PhaseNow]
    stage: StageNow | None
    plan: int | None
    mode: Mode
    mode_name: ModeName
    in_control: Annotated[bool | None, Field(description="whether a timing runs by itself: not manual, locked, flash or dark")]
    cycle_length_s: Annotated[int | None, Field(description="s, of the plan")]
    last_cycle_s: Annotated[int | None, Field(description="s, as it was")]
    coordination: Literal["free", "in_step", "transition"] | None
    flash: bool | None
    manual: bool | None
    controller: Annotated[Literal["offline", "online", "error"] | None, Field(description="GA/T 1049.2 CrossState")]
    last_event_at: Moment


class Window(Model):
    """A stretch of time; its end does not belong to it."""

    from_: Annotated[str, Field(alias="from", description="RFC 3339")]
    to: str


Figures = Annotated[dict[str, Any], Field(description="figures by name; null unknown")]


class DetectorView(Model):
    """A vehicle detector."""

    channel: int
    lane_id: str | None
    type: Literal["advance", "stopbar"] | None
    distance_m: Annotated[float | None, Field(description="m upstream of the stop line")]
    phases: list[int]


class CameraView(Model):
    """An e-police point."""

    id: str
    seen_at: Annotated[str | None, Field(description="when it was last known to work")]


class ApproachView(Model):
    """An approach; its place is the stop line's."""

    id: str
    lat: Place
    lon: Place
    bearing: Annotated[float | None, Field(description="degrees from north in which vehicles drive to the intersection")]
    detectors: list[DetectorView]
    cameras: list[CameraView]


class Standing(Model):
    """Where an intersection stands."""

    rung: ProvedRung
    possible_rung: PossibleRung
    verdict: VerdictWord


Words = Annotated[dict[str, str], Field(description="zh and en")]
Rows = list[dict[str, Any]]


class PriorityRequestView(Model):
    """Advice that a bus deserves priority at a stop line, in the terms of SAE J2735; no controller is commanded."""

    request_id: str
    sequence: Annotated[int, Field(description="counts the records of one request")]
    state: Literal["requested", "updated", "cancelled", "served", "missed"]
    why: Annotated[str | None, Field(description="of one that is over without the bus having passed in its window")]
    advice_only: bool
    intersection_id: str
    approach_id: str | None
    vehicle_id: str
    vehicle_role: str
    route_id: str
    direction_id: int | None
    trip_id: str | None
    arrival: Annotated[dict[str, str], Field(description="earliest (p10), likely, latest (p90) at the stop line, RFC 3339")]
    arrival_ms: Annotated[dict[str, int], Field(description="the same, epoch ms")]
    lateness_s: Annotated[int | None, Field(description="s behind the timetable")]
    headway_s: Annotated[int | None, Field(description="s behind the bus before it")]
    planned_headway_s: int | None
    occupancy: Annotated[float | None, Field(description="share of its places taken")]
    importance_level: Annotated[int, Field(description="1 to 14, 14 the most")]
    stops_before: Annotated[int, Field(description="stops it still serves before the line")]
    near_side_stop: bool
    created: Stamp
    updated: Stamp
    expires: Stamp
    passed: Moment
    text: Words


class PriorityRequests(Model):
    """Open requests by the time the bus is likely there."""

    generated_at: Stamp
    requests: list[PriorityRequestView]
    counts: Annotated[dict[str, int], Field(description="records since the start, by state")]
    eta_accuracy: Annotated[Rows, Field(description="ETAs at stop lines against passings, by seconds ahead")]


class CoverageNow(Model):
    """Where the district's signals stand at a moment. Shares lie between `proved` and `possible`."""

    as_of: Stamp
    definition_version: str
    text: Words
    rungs: Annotated[Rows, Field(description="the ladder: rung and label")]
    scopes: Annotated[Rows, Field(description="all intersections, and those of each reading of 重要路口; sums and shares by weight and rung")]
    official: Annotated[dict[str, Any], Field(description="indicator 7 of the district's plan: every reading, its star and the gap to the next")]
    epolice: Annotated[dict[str, Any] | None, Field(description="indicator 30; null: no e-police point is listed")]


class CoverageAnswer(CoverageNow):
    """Coverage at a moment, and on demand over time."""

    series: Annotated[
        dict[str, Any] | None, Field(description="with `from`: coverage at `times` every `step_s`, and time in state by local day")
    ] = None


class WhereNext(Model):
    """The plan; benefit in `unit`."""

    model_config = {"extra": "allow"}

    generated_at: Stamp
    unit: Annotated[str, Field(examples=["person_seconds_per_day"])]
    n: int
    benefit: float
    bound: Annotated[float, Field(description="no choice within the limits is worth more")]
    gap: Annotated[float, Field(description="share of the best choice that may be missing, at most")]
    intersections: Annotated[Rows, Field(description="in order: marginal and cumulative benefit, confidence of the rank, best exchange")]
    rankings: Annotated[dict[str, Any], Field(description="what as many by flow or betweenness would bring")]


class IntersectionNow(SignalNow, Standing):
    """What is published of an intersection as it changes."""

    id: str
    priority_requests: list[PriorityRequestView]


class IntersectionDetail(IntersectionBrief):
    """One intersection."""

    generated_at: Stamp
    window: Annotated[Window | None, Field(description="what the verdict was made from; null: not judged since the start")]
    evidence: Figures
    now: SignalNow
    approaches: list[ApproachView]
    priority_requests: list[PriorityRequestView]
