"""Service changes that the bureau entered, kept in `service-changes.json` of the data directory across restarts.

The file is written whole and renamed before a change takes effect, so what was answered with 201 is there after a crash. A
change that is over is left out the next time the file is written.
"""

from __future__ import annotations

import datetime
import math
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from server.change_schemas import Announce, CancelTrip, Change, ChangeText, CloseStop, ServiceChange, SkipStop, TakeDetour
from server.change_sources import BUREAU, ChangeSources
from server.errors import ChangesFileError
from transit.changes import Alert, CancelledTrip, ClosedStop, Detour, Informed, Period, SkippedStop, Statements, Texts, TripRun
from transit.local_time import rfc3339

MOST = 1000
"""changes kept at once"""
_FILE: TypeAdapter[list[ServiceChange]] = TypeAdapter(list[ServiceChange])


class BureauChanges:
    """Those of one data directory; every change is told to `sources`. `agency` stands for everything in alerts without a place."""

    def __init__(self, directory: Path, sources: ChangeSources, agency: str) -> None:
        """Reads the file. Raises ChangesFileError."""
        self._path = directory / "service-changes.json"
        self._sources, self._agency = sources, agency
        self._kept: list[ServiceChange] = []
        try:
            self._kept = _FILE.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            pass
        except (OSError, ValidationError) as wrong:
            reason = wrong.strerror if isinstance(wrong, OSError) else f"{wrong.error_count()} mistakes in it"
            raise ChangesFileError(str(self._path), f"cannot be read as a file of service changes ({reason})") from None
        self._tell()

    def list_changes(self, now: float) -> list[ServiceChange]:
        """What is not over at `now` (epoch s), oldest first."""
        return [one for one in self._kept if not _over(one, now)]

    def add(self, change: Change, now: float, timezone: str) -> ServiceChange | None:
        """Keep it; None when there are too many. Raises ChangesFileError, and then nothing has changed."""
        current = self.list_changes(now)
        if len(current) >= MOST:
            return None
        kept = ServiceChange(id=secrets.token_hex(6), created_at=rfc3339(now, timezone), change=change)
        self._put([*current, kept])
        return kept

    def remove(self, change_id: str, now: float) -> bool:
        """Whether there was one of this id. Raises ChangesFileError."""
        rest = [one for one in self.list_changes(now) if one.id != change_id]
        found = len(rest) < len(self.list_changes(now))
        if found:
            self._put(rest)
        return found

    def _put(self, kept: list[ServiceChange]) -> None:
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(fresh, "wb") as file:
                file.write(_FILE.dump_json(kept, indent=1))
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, self._path)
        except OSError as wrong:
            raise ChangesFileError(str(self._path), f"cannot be written ({wrong.strerror})") from None
        self._kept = kept
        self._tell()

    def _tell(self) -> None:
        said = Statements()
        for one in self._kept:
            said = said.joined(statements_of(one, self._agency))
        self._sources.tell(BUREAU, said, math.inf)


def _over(kept: ServiceChange, now: float) -> bool:
    ends_at = kept.change.ends_at
    return ends_at is not None and ends_at.timestamp() <= now


def statements_of(kept: ServiceChange, agency: str) -> Statements:
    """What a change says, its words included."""
    change = kept.change
    periods = (_period(change.starts_at, change.ends_at),)
    alerts = () if change.text is None else (_alert(kept, periods, agency),)
    if isinstance(change, CancelTrip):
        return Statements(cancelled=(CancelledTrip(_run(change)),), alerts=alerts)
    if isinstance(change, SkipStop):
        sequence = -1 if change.stop_sequence is None else change.stop_sequence
        return Statements(skipped=(SkippedStop(_run(change), sequence, change.stop_id),), alerts=alerts)
    if isinstance(change, CloseStop):
        closed = ClosedStop(change.stop_id, change.route_id or "", _direction(change.direction_id), periods)
        return Statements(closed=(closed,), alerts=alerts)
    if isinstance(change, TakeDetour):
        ends = change.from_stop_id or "", change.to_stop_id or ""
        return Statements(detours=(Detour(change.route_id, _direction(change.direction_id), *ends, periods),), alerts=alerts)
    return Statements(alerts=alerts)


def _alert(kept: ServiceChange, periods: tuple[Period, ...], agency: str) -> Alert:
    change = kept.change
    informed: Sequence[Informed]
    if isinstance(change, CancelTrip):
        informed, effect = [Informed(run=_run(change))], "NO_SERVICE"
    elif isinstance(change, SkipStop):
        informed, effect = [Informed(run=_run(change), stop_id=change.stop_id)], "MODIFIED_SERVICE"
    elif isinstance(change, CloseStop):
        place = Informed(route_id=change.route_id or "", direction=_direction(change.direction_id), stop_id=change.stop_id)
        informed, effect = [place], "NO_SERVICE"
    elif isinstance(change, TakeDetour):
        informed = [Informed(route_id=change.route_id, direction=_direction(change.direction_id))]
        effect = "DETOUR"
    else:
        assert isinstance(change, Announce)
        informed = [Informed(stop_id=one) for one in change.stop_ids] + [Informed(route_id=one) for one in change.route_ids]
        informed, effect = informed or [Informed(agency_id=agency)], change.effect.upper()
    url = () if change.url is None else (("", change.url),)
    cause = change.cause.upper()
    return Alert(kept.id, tuple(informed), periods, cause, effect, _texts(change.text), _texts(change.description), url)


def _run(change: CancelTrip | SkipStop) -> TripRun:
    return TripRun(change.trip_id, change.date, change.start_time or "")


def _direction(direction: int | None) -> int:
    return -1 if direction is None else direction


def _period(starts_at: datetime.datetime | None, ends_at: datetime.datetime | None) -> Period:
    return Period(
        -math.inf if starts_at is None else starts_at.timestamp(), math.inf if ends_at is None else ends_at.timestamp()
    )  # fmt: skip


def _texts(text: ChangeText | None) -> Texts:
    pairs = () if text is None else (("zh", text.zh), ("en", text.en))
    return tuple((language, one) for language, one in pairs if one)
