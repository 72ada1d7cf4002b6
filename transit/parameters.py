"""Every constant the domain decides by, one frozen dataclass a topic; each with its unit and the reason for its value.

Nothing below `server` reads a setting or the environment: these values are arguments.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class BoardParameters:
    """When a stop board trusts what it knows, and how much of it it shows."""

    expires_after: float = 90.0
    """s a composed board may stay on a screen; readers poll every 10 s, so eight polls in a row must fail to blank it."""
    departed_after: float = 5.0
    """s after its departure a call is gone from the board: the time a door needs to close."""
    at_stop_distance: float = 30.0
    """m before the stop within which a bus is at the stop: two bus lengths and a GPS error."""
    arriving_within: float = 60.0
    """s to the stop below which a bus that has no stop in between is arriving."""
    delayed_after: float = 90.0
    """s without a fix after which a bus is shown as delayed: three missed reports of the usual 30 s."""
    stops_only_after: float = 150.0
    """s without a fix after which its minutes are not shown any more, only how many stops away it was last seen."""
    gone_after: float = 300.0
    """s without a fix after which it is not shown at all: within it a city bus passes five stops unseen."""
    layover_gone_after: float = 900.0
    """s likewise while it waits at a terminal, where terminals are switched off or report rarely."""
    stuck_after: float = 240.0
    """s without moving, away from a stop and a terminal, after which a bus on its way is shown as delayed."""
    feed_silent_after: float = 120.0
    """s without any position of any vehicle after which the feed itself is down and the board says so."""
    feed_stale_share: float = 0.2
    """share of the vehicles in service that are silent at once, above which the feed is at fault rather than the buses."""
    feed_stale_vehicles: int = 3
    """and at least so many: one silent bus of four is a bus, not a feed."""
    vehicle_forgotten_after: float = 900.0
    """s of silence after which a vehicle has gone home and says nothing about the feed."""
    schedule_horizon: float = 3600.0
    """s ahead within which scheduled departures are listed."""
    rows_per_line: int = 3
    """calls listed for one line: the next three buses are what a rider chooses between."""
    rows: int = 40
    """calls listed for one stop in all, so that an answer stays small at a large interchange."""
    memory_after: float = 120.0
    """s a shown time is remembered without being shown again; older, a rider no longer compares."""
    headway_window: float = 3600.0
    """s around now whose scheduled gaps give a timetabled line's headway."""
    page_time: float = 6.0
    """s each page of a text board with more lines than rows stays up: long enough to read four rows."""


class MatchingParameters(NamedTuple):
    """Locating and tracking. Chosen on nyc_b63_2010/dev and sim_city (day 1 for the filter), so figures on these sets flatter
    them."""

    max_age: float = 300.0
    """s between fix and receipt after which a position says nothing about now"""
    max_ahead: float = 60.0
    """s a vehicle's clock may run ahead of ours"""
    max_speed: float = 35.0
    """m/s no bus exceeds; a faster jump is an outlier (TransitClock uses 31.3)"""
    jump_slack: float = 120.0
    """m of noise a jump may have on top of max_speed"""
    deviation: float = 12.0
    """m, standard deviation of a fix across the shape: GPS noise, lane and drawing error together"""
    off_route: float = 75.0
    """m from the shape beyond which a tracked fix is a miss (TransitClock: 60)"""
    acquire: float = 60.0
    """m from the shape within which a new or lost vehicle is placed"""
    back: float = 60.0
    """m a fix may lie behind the estimate: noise only, buses do not reverse"""
    correction: float = 150.0
    """m behind the published progress at which the estimate is believed after all"""
    acceleration: float = 8.0
    """m/s, standard deviation of mean speed from one fix to the next: buses stop and go, so a fix outweighs what was expected"""
    coast: float = 10.0
    """s for which a vehicle is expected to keep its speed"""
    smoothing: float = 20.0
    """s over which speed along the pattern is averaged"""
    heading: float = 5.0
    """half the cost of driving against the shape: a likelihood ratio of exp(10) to a heading in line with it"""
    moving: float = 1.5
    """m/s below which a bearing means nothing"""
    merge: float = 60.0
    """m within which two hypotheses are one"""
    drop: float = 12.0
    """cost above the best at which a hypothesis dies"""
    memory: float = 0.85
    """share of its cost that a hypothesis carries to the next fix"""
    doubt: float = 0.4
    """cost it gains at each fix while another is the best: of places that look alike the one held so far stays"""
    max_gap: float = 600.0
    """s without a usable fix after which the place along the pattern is looked for anew"""
    forgotten: float = 3600.0
    """s of silence after which what a vehicle was doing says nothing about what it does; the trip it names is placed anew"""
    max_misses: int = 3
    """fixes in a row off the shape after which the vehicle is off route"""
    terminal: float = 40.0
    """m beyond the first stop within which a trip has not begun"""
    arrived: float = 15.0
    """m before the last stop within which a trip is done"""
    waiting: float = 90.0
    """s standing still near a terminal after which a bus lays over rather than being held up"""
    rejoin: float = 1200.0
    """s since it was in service on a route and direction within which a vehicle that strayed may come back to it midway"""
    pull_out: float = 600.0
    """m beyond the first stop within which a vehicle that comes from elsewhere begins a trip; farther on it is a deadhead"""
    layover: float = 200.0
    """m around a terminal within which a waiting bus lays over, on the shape or around the corner"""
    parked_radius: float = 60.0
    """m a vehicle must leave its anchor by to have moved"""
    parked_after: float = 900.0
    """s standing still after which a vehicle without a trip is parked; four times that at a terminal"""
    early: float = 600.0
    """s before its scheduled start when a vehicle with a reported trip may already be placed on it"""
    schedule: float = 1500.0
    """m, weight of the timetable when a vehicle is placed for the first time: decides between passes of a loop, nothing else"""
    trail_step: float = 40.0
    """m between points of a trail: well above noise, so that their order shows direction"""
    trail_gap: float = 300.0
    """s without a fix after which a trail starts anew"""
    unlikely: float = 4.0
    """cost of a trail point that no pattern explains; each point on a pattern gains up to this"""
    gain: float = 8.0
    """evidence needed to place a vehicle without ids on a pattern: two to three good points"""
    terminal_gain: float = 5.0
    """evidence a vehicle has that leaves a terminal where it rested, along a pattern that begins there"""
    leaving: int = 6
    """trail points for which a rest at a terminal still counts: a wrong fix or two may fall among the first (sim_city)"""
    block_gain: float = 5.0
    """evidence it has more when its block goes on with that pattern"""
    margin: float = 4.0
    """evidence by which route and direction must lead every other, else ambiguous"""
    advance: float = 150.0
    """m along the pattern that a trail must show (TransitClock: 100)"""
    trip_early: float = 240.0
    """s ahead of the timetable that a run may be when the timetable names it"""
    trip_late: float = 720.0
    """s behind it"""
    stop_zone: float = 15.0
    """m before and after a stop between which a bus is at it"""
    left_zone: float = 30.0
    """m after a stop at which it has certainly left: noise, which never takes progress back, does not reach so far"""
    event_gap: float = 300.0
    """s between two fixes above which the passings between them are not told"""


class PredictionParameters(NamedTuple):
    """Predicting arrivals. Variants were compared on wmata_dc_2026/dev, nyc_b63_2010/dev and all days of sim_city, so figures on
    these sets flatter the choice."""

    horizon: float = 3600.0
    """s ahead; later calls are not predicted"""
    max_age: float = 300.0
    """s since its newest fix after which a vehicle under way has no times"""
    layover_age: float = 1800.0
    """s since its newest fix after which a vehicle at a terminal has none (many switch off while they wait)"""
    layover_patience: float = 600.0
    """s past its scheduled start after which a trip still not begun has no times: it may never run"""
    headway_terminal: float = 200.0
    """m from the first stop of a headway-operated pattern within which a waiting bus will begin it"""
    minimum_layover: float = 60.0
    """s between the last arrival of one trip and the start of the next of its block"""
    minimum_hop: float = 1.0
    """s at least between leaving a stop and arriving at the next"""
    stop_zone: float = 15.0
    """m from a stop within which a standing bus is at it"""
    standing: float = 1.0
    """m/s below which a bus stands"""
    wait_first: float = 150.0
    """m beyond the first stop within which a bus that stands ahead of its time has yet to begin (terminals have lay-bys)"""
    restart: float = 40.0
    """s from its newest fix after which a bus that stands there past its time is expected to move off"""
    wait_timepoint: float = 50.0
    """m beyond a timepoint within which it still waits there"""
    terminal: float = 100.0
    """m around the first and last stop within which standing says nothing of pace"""
    dwell: float = 30.0
    """s a bus typically needs from reaching a stop to moving off, lights there included, where the timetable gives no stay"""
    dwell_share: float = 0.4
    """of the time to the next stop that such a stay may be at most"""
    own_memory: float = 600.0
    """s over which a vehicle's own pace fades"""
    own_prior: float = 600.0
    """s of running as typical that a vehicle's own pace is blended with"""
    own_gain: float = 0.1
    """share of the excess of its own pace that is expected to last at first: beside learned times more made every set worse"""
    fade: float = 1200.0
    """s ahead at which half of both is left"""
    recovery_prior: float = 1e9
    """s^3 of squared lateness over time that this belief is worth: three hours driven 300 s late"""
    recovery: float = 0.2
    """share of its lateness that a bus on a known trip makes up in the long run, half of that within `fade`"""
    least_excess: float = -0.6
    """bounds of what is expected to last at first, as excess of pace over 1: above -1, so that times increase along a trip"""
    most_excess: float = 1.5
    traffic_every: float = 20.0
    """s after which what links and dwells take now is asked of the filter anew"""
    fix_deviation: float = 10.0
    """s, standard deviation of where a vehicle stands, as time"""
    age_deviation: float = 0.3
    """s more for each second since its newest fix"""
    hold_share: float = 0.5
    """share of its earliness that a bus waits out at a timepoint, before any was seen there"""
    hold_prior: float = 1800.0
    """s of earliness at timepoints that this belief is worth"""
