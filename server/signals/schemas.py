"""The shapes of what is said of signals, for OpenAPI and AsyncAPI; as `server.schemas`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from server.problems import ProblemError
from server.schemas import Model, Next, Stamp
from server.signals.district_schemas import PriorityRequestView, Rows

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


class VerdictWindow(Model):
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


class IntersectionMeasures(Model):
    """Measures of every phase by bin."""

    id: str
    from_: Annotated[str, Field(alias="from")]
    to: str
    bin_seconds: int
    measures: Annotated[Rows, Field(description="a row for each bin and phase; ratios with value, numerator and denominator")]


class PhaseCycles(Model):
    """[n] epoch ms; null: not told."""

    red_start_ms: list[int]
    green_start_ms: list[int | None]
    yellow_start_ms: list[int | None]
    end_ms: list[int | None]


class PhaseArrivals(Model):
    """[m] vehicles at the stop line."""

    time_ms: list[int]
    cycle: Annotated[list[int | None], Field(description="index of its cycle")]
    since_red_s: Annotated[list[float | None], Field(description="s since begin of red of its cycle")]
    state: list[Literal["unknown", "green", "yellow", "red"]]


class CoordinationDiagram(Model):
    """Purdue coordination diagram of a phase."""

    id: str
    phase: int
    phases: Annotated[list[int], Field(description="phases of the controller")]
    from_: Annotated[str, Field(alias="from")]
    to: str
    known_from: Annotated[str, Field(description="events from before are not kept")]
    cycles: PhaseCycles
    arrivals: PhaseArrivals


class PhaseServices(Model):
    """[n] services of a phase."""

    phase: int
    start_ms: Annotated[list[int], Field(description="begin of green, epoch ms")]
    green_s: list[float | None]
    split_s: Annotated[list[float | None], Field(description="green, yellow and red clearance")]
    termination: list[Literal["gap_out", "max_out", "force_off"] | None]
    skipped_ms: Annotated[list[int], Field(description="when it was skipped, epoch ms")]


class SplitMonitors(Model):
    """Split monitor of a controller's phases."""

    id: str
    from_: Annotated[str, Field(alias="from")]
    to: str
    known_from: str
    phases: list[PhaseServices]


class PhaseFigures(Model):
    """The main figures of a phase in one bin; null unknown."""

    phase: int
    arrivals_on_green: Annotated[float | None, Field(description="share of arrivals whose state is known")]
    platoon_ratio: float | None
    approach_delay_lower_bound_s: Annotated[float | None, Field(description="s a vehicle; queues are not in it")]
    split_failures: Annotated[float | None, Field(description="share of cycles that could be judged")]
    gap_out: Annotated[float | None, Field(description="share of greens that ended so")]
    max_out: float | None
    force_off: float | None
    split_s: Annotated[float | None, Field(description="mean")]
    cycle_s: Annotated[float | None, Field(description="mean")]


class LastMeasures(Model):
    """The newest closed bin; `/measures` has all of it."""

    start: Stamp
    bin_seconds: int
    phases: list[PhaseFigures]


class IntersectionNow(SignalNow, Standing):
    """What is published of an intersection as it changes."""

    id: str
    last_measures: LastMeasures | None
    priority_requests: list[PriorityRequestView]


class ControllerClock(Model):
    """A controller's clock beside ours."""

    offset_ms: Annotated[float | None, Field(description="receipt less stamp, without delay; positive: it is slow; null unknown")]
    drift_ppm: Annotated[float | None, Field(description="how fast the offset grows; null: watched for too short a time")]
    applied_ms: Annotated[int, Field(description="added to its stamps")]
    jumps: Annotated[int, Field(description="times it was set, or seen to jump, since the start")]


class IntersectionDetail(IntersectionBrief):
    """One intersection."""

    generated_at: Stamp
    window: Annotated[VerdictWindow | None, Field(description="what the verdict was made from; null: not judged since the start")]
    evidence: Figures
    clock: Annotated[ControllerClock | None, Field(description="null: no controller that is known")]
    now: SignalNow
    approaches: list[ApproachView]
    measures: Annotated[Rows, Field(description="of each phase in the newest closed bin, as in `measures`")]
    priority_requests: list[PriorityRequestView]
