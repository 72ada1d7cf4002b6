"""The shapes of headways, supervision alerts and holding advice, for OpenAPI and AsyncAPI; as `server.schemas`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from server.schemas import Model, RouteBrief, Stamp

Seconds = Annotated[int | None, Field(description="s; null unknown")]


class SupervisedStop(Model):
    """A stop of a line."""

    id: str
    name: str
    stop_sequence: int


class OfLine(Model):
    """Something of one line and direction."""

    route: RouteBrief
    direction_id: int | None
    headsign: str


class SupervisionAlert(OfLine):
    """Something a supervisor should look at; it is told anew as it changes, and once more when it is over."""

    id: Annotated[str, Field(examples=["bunching-1795354205-3"])]
    kind: Literal["bunching", "gap", "detour_candidate", "off_route", "stuck"]
    severity: Literal["info", "warning", "severe"]
    state: Literal["open", "closed"]
    vehicles: Annotated[list[str], Field(description="of a bunch or a gap the leader first")]
    stop: Annotated[SupervisedStop | None, Field(description="where: the stop the headway is told at, or the one passed last")]
    until_stop: Annotated[SupervisedStop | None, Field(description="of a detour candidate: the first stop beyond its span")]
    span_m: Annotated[list[int] | None, Field(description="of a detour candidate: the span left out, m along the pattern")]
    since: Stamp
    opened_at: Stamp
    updated_at: Stamp
    closed_at: Stamp | None
    planned_headway_s: Seconds
    headway_s: Seconds
    text: dict[str, str]


class HoldingAdvice(OfLine):
    """A bus at, or about to reach, a control stop, that had better wait; the rule is stated in `/v1/headways`."""

    vehicle_id: str
    stop: SupervisedStop
    hold_s: Annotated[int, Field(description="beyond the time it would leave by itself")]
    simple_rule_hold_s: Annotated[int, Field(description="planned headway less time since the bus before: for comparison")]
    depart_at: Stamp
    arrival: Stamp
    bus_before_left: Stamp
    planned_headway_s: int
    text: dict[str, str]


class Supervision(Model):
    """The topic `supervision`."""

    alerts: Annotated[list[SupervisionAlert], Field(description="open ones, the gravest first")]
    holding: Annotated[list[HoldingAdvice], Field(description="the longest first")]


class SupervisionAlerts(Supervision):
    """Alerts now, and those that are over."""

    generated_at: Stamp
    closed: Annotated[list[SupervisionAlert], Field(description="the newest first, for four hours")]
    dropped: Annotated[int, Field(description="alerts since start for which there was no room")]


class WaitingTimes(OfLine):
    """How evenly buses came lately, over headways h that fade within an hour."""

    planned_headway_s: Annotated[int | None, Field(description="median planned gap within half an hour of now")]
    headways: Annotated[float, Field(description="how many, faded")]
    mean_headway_s: Seconds
    cv: Annotated[float | None, Field(description="coefficient of variation of h")]
    awt_s: Annotated[int | None, Field(description="expected wait of riders who come at random: Σh² / 2Σh")]
    swt_s: Annotated[int | None, Field(description="the same of planned headways")]
    ewt_s: Annotated[int | None, Field(description="excess wait, AWT - SWT; below 0 where buses come more evenly than planned")]


class LineHeadways(WaitingTimes):
    """A line and direction, over its stops."""

    vehicles: Annotated[int, Field(description="in service now")]


class ComingBus(Model):
    """A predicted departure."""

    vehicle_id: str
    departure: Stamp


class StopHeadways(WaitingTimes):
    """A line and direction at one stop."""

    stop: SupervisedStop
    last_departure: Stamp | None
    observed_headway_s: Annotated[int | None, Field(description="between the last two departures; null after 20 min")]
    live_headway_s: Annotated[int | None, Field(description="from the last departure to the next predicted one")]
    predicted_headways_s: Annotated[list[int], Field(description="between the predicted departures that follow")]
    next: list[ComingBus]


class HoldingRule(Model):
    """How holds are reckoned."""

    name: str
    formula: str
    where: str


class Headways(Model):
    """Live headways and waiting times."""

    generated_at: Stamp
    lines: Annotated[list[LineHeadways], Field(description="worst excess wait first")]
    stops: Annotated[list[StopHeadways], Field(description="worst excess wait first; without `route` and `stop` those with a bus seen")]
    next: Annotated[str | None, Field(description="pass it as `cursor` for the next page of `stops`; null on the last")]
    holding: list[HoldingAdvice]
    holding_rule: HoldingRule
