"""The shapes of what is said of a district's signals as a whole, for OpenAPI and AsyncAPI; as `server.schemas`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from server.schemas import Model, Stamp

Words = Annotated[dict[str, str], Field(description="zh and en")]
Rows = list[dict[str, Any]]
Moment = Annotated[str | None, Field(description="RFC 3339 with offset; null never")]


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
    definitions: Annotated[dict[str, Any], Field(description="what the figures count by: grades, modes, weights, hours")]
    text: Words
    rungs: Annotated[Rows, Field(description="the ladder: rung and label")]
    scopes: Annotated[Rows, Field(description="all intersections, and the important ones by each reading; shares by weight and rung")]
    official: Annotated[dict[str, Any], Field(description="the district's indicator 7: each reading, its star, the gap to the next")]
    epolice: Annotated[dict[str, Any] | None, Field(description="indicator 30; null: no e-police point is listed")]


class CoverageAnswer(CoverageNow):
    """Coverage at a moment, and on demand over time."""

    series: Annotated[
        dict[str, Any] | None, Field(description="with `from`: coverage at `times` every `step_s`, and time in state by local day")
    ] = None


class WhereNext(Model):
    """The plan; benefit in `unit`."""

    model_config = ConfigDict(extra="allow")

    generated_at: Stamp
    unit: Annotated[str, Field(examples=["person_seconds_per_day"])]
    n: int
    benefit: float
    bound: Annotated[float, Field(description="no choice within the limits is worth more")]
    trips_source: Annotated[Literal["file", "bus_timetable"], Field(description="recorded trips, or buses of the timetable")]
    bus_delay: Annotated[dict[str, Any], Field(description="bus·s lost a day; not weighed while loads are unknown")]
    gap: Annotated[float, Field(description="share of the best choice that may be missing, at most")]
    intersections: Annotated[Rows, Field(description="in order: marginal and cumulative benefit, confidence, best exchange")]
    rankings: Annotated[dict[str, Any], Field(description="what as many by flow or betweenness would bring")]


class IntersectionEffect(Model):
    """Days with real-time control beside comparable days without."""

    id: str
    effective: Annotated[bool | None, Field(description="no worse in all measures: shown, shown not to be, or null unknown")]
    least_days: Annotated[int, Field(description="days of each kind below which nothing is said")]
    days_with: int
    days_without: int
    days_left_out: Annotated[int, Field(description="the mode was of both kinds that day, or not known")]
    compared_on: Annotated[str | None, Field(description="local date; null: not yet since the start")]
    comparisons: Annotated[Rows, Field(description="a measure each: difference, interval, effect, and `text` in zh and en")]


class IntersectionWorth(Model):
    """Delay under the best time-of-day plans less delay under other timings."""

    id: str
    days: Annotated[int, Field(description="days that could be judged")]
    observed_share: Annotated[float | None, Field(description="share of all intervals measured on all approaches")]
    saturated_share: Annotated[float | None, Field(description="share of these above capacity even under the best timing")]
    plans_delay_s: Annotated[float | None, Field(description="s a vehicle under the best time-of-day plans")]
    unknown_because: str | None
    upper_bound: Annotated[dict[str, float | None], Field(description="timings best for flows known beforehand")]
    following: Annotated[dict[str, float | None], Field(description="timings best for the quarter hour before")]
    more_plans: Annotated[dict[str, float | None], Field(description="a plan for every quarter hour, no following")]
    text: Words
