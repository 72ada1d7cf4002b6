"""What compiling a GTFS feed found: what is in it, what was skipped, mended or looks wrong, with the first few places.

A defect is one (file, reason). Its kind says what became of the rows: `skipped` are not in the network, `mended` are, with a
value that follows from their neighbours, `warning` are used as they stand. Lines count from 1, the header.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feeds.gtfs_tables import Table

EXAMPLES = 5

REASONS: dict[str, tuple[str, str]] = {
    "ragged_row": ("skipped", "the row has more fields than the header"),
    "missing_id": ("skipped", "the id is empty"),
    "duplicate_id": ("skipped", "the id was used before; the first row counts"),
    "bad_coordinate": ("skipped", "the coordinate is empty, not a number, out of range or 0, 0"),
    "bad_number": ("skipped", "not a number of the kind the field takes"),
    "bad_date": ("skipped", "not a date (YYYYMMDD), or the end lies before the start"),
    "unknown_route": ("skipped", "no route has this id"),
    "unknown_service": ("skipped", "no calendar has this service"),
    "unknown_trip": ("skipped", "no trip has this id, or it was skipped"),
    "unknown_stop": ("skipped", "no stop has this id, or it was skipped"),
    "duplicate_sequence": ("skipped", "the trip has this stop_sequence already"),
    "no_stop_times": ("skipped", "the trip has no stop times"),
    "too_few_stops": ("skipped", "the trip has fewer than two stops"),
    "end_time_missing": ("skipped", "the trip's first or last stop has no time"),
    "times_decrease": ("skipped", "the trip's times run backwards too often to be mended"),
    "no_running_time": ("skipped", "the trip ends at the second it begins"),
    "bad_time": ("mended", "not a time (HH:MM:SS); taken as not given"),
    "departure_before_arrival": ("mended", "the departure lies before the arrival; set to the arrival"),
    "midnight_wrapped": ("mended", "the times fall back by a day after midnight; 24 h added"),
    "time_out_of_order": ("mended", "the time lies before one further up the trip; interpolated"),
    "times_interpolated": ("mended", "no time given; interpolated by distance along the shape"),
    "times_spread": ("mended", "the same time as the stop before, as in a timetable of whole minutes; spread by distance"),
    "bad_direction": ("mended", "neither 0 nor 1; taken as not given"),
    "bad_color": ("mended", "not six hexadecimal digits; taken as not given"),
    "unknown_shape": ("mended", "no shape has this id; straight lines between the stops"),
    "shape_too_short": ("mended", "the shape has fewer than two different points; straight lines between the stops"),
    "shape_misfit": ("mended", "the stops do not lie along the shape in their order; straight lines between the stops"),
    "straight_shapes": ("mended", "the pattern has no shape; straight lines between the stops"),
    "stop_far_from_shape": ("warning", "the stop lies more than 100 m from the shape"),
    "station_served": ("warning", "a trip stops at a station or entrance instead of a platform"),
    "unused_stop": ("warning", "no trip stops here"),
    "unused_route": ("warning", "the route has no trip"),
    "unused_shape": ("warning", "no trip uses the shape"),
    "unused_service": ("warning", "no trip uses the service"),
    "service_never_runs": ("warning", "the service runs on no date"),
    "block_overlap": ("warning", "the trip begins before the one before it in the block has ended"),
    "empty_file": ("warning", "the file has no rows"),
}


@dataclass
class Defect:
    """One reason in one file."""

    file: str
    reason: str
    count: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)
    """the first few: `line`, and where one is to blame `field` and `value`."""

    @property
    def kind(self) -> str:
        """`skipped`, `mended` or `warning`."""
        return REASONS[self.reason][0]

    @property
    def text(self) -> str:
        """The reason as a sentence."""
        return REASONS[self.reason][1]


@dataclass
class Report:
    """The findings of one compile. `counts` say what the network holds."""

    source: str
    version: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    _defects: dict[tuple[str, str], Defect] = field(default_factory=dict)

    @property
    def defects(self) -> list[Defect]:
        """Skipped first, then mended, then warnings; the most frequent first."""
        kinds = ["skipped", "mended", "warning"]
        return sorted(self._defects.values(), key=lambda one: (kinds.index(one.kind), -one.count, one.file, one.reason))

    def count(self, reason: str, file: str | None = None) -> int:
        """How many rows had this reason, in one file or in all."""
        return sum(one.count for one in self._defects.values() if one.reason == reason and file in (None, one.file))

    def rows(self, reason: str, table: Table, wrong: NDArray[np.bool_], column: str | None = None) -> None:
        """Count the rows of a table that the mask [n] marks, with the first few as examples."""
        where = np.flatnonzero(wrong)
        values = None
        if column is not None:
            one = table.column(column)
            values = [one.values[one.codes[row]] for row in where[:EXAMPLES]]
        self.add(reason, table.name, len(where), table.lines[where[:EXAMPLES]], column, values)

    def add(
        self,
        reason: str,
        file: str,
        count: int = 1,
        lines: Iterable[int] = (),
        column: str | None = None,
        values: Sequence[str] | None = None,
    ) -> None:
        """Count `count` rows; `lines` and `values` are the first few of them. Raises KeyError for a reason not in REASONS."""
        if count == 0:
            return
        REASONS[reason]
        defect = self._defects.setdefault((file, reason), Defect(file, reason))
        defect.count += int(count)
        for place, line in enumerate(lines):
            if len(defect.examples) >= EXAMPLES:
                break
            example: dict[str, Any] = {"line": int(line)}
            if column is not None:
                example["field"] = column
            if values is not None:
                example["value"] = values[place]
            defect.examples.append(example)

    def to_json(self) -> dict[str, Any]:
        """A dictionary for any JSON encoder."""
        return {
            "source": self.source,
            "version": self.version,
            "counts": dict(self.counts),
            "notices": list(self.notices),
            "defects": [
                {
                    "file": one.file,
                    "reason": one.reason,
                    "kind": one.kind,
                    "count": one.count,
                    "text": one.text,
                    "examples": one.examples,
                }
                for one in self.defects
            ],
        }

    def to_text(self) -> str:
        """Aligned lines for a person."""
        lines = [f"{self.source}  version {self.version}"]
        lines += [f"  {count:>12,}  {name.replace('_', ' ')}" for name, count in self.counts.items()]
        lines += [f"note: {notice}" for notice in self.notices]
        for kind in ("skipped", "mended", "warning"):
            found = [one for one in self.defects if one.kind == kind]
            if found:
                lines.append(f"{kind}:")
                lines += [line for one in found for line in _defect_lines(one)]
        if not self._defects:
            lines.append("nothing skipped, nothing mended")
        return "\n".join(lines)


def _defect_lines(defect: Defect) -> list[str]:
    lines = [f"  {defect.count:>12,}  {defect.file}: {defect.text}"]
    places = [_place(example) for example in defect.examples[:3]]
    if places:
        more = ", …" if defect.count > len(places) else ""
        lines.append(f"  {'':>12}  {'; '.join(places)}{more}")
    return lines


def _place(example: dict[str, Any]) -> str:
    place = f"line {example['line']}"
    if "field" in example:
        place += f", {example['field']}"
    if "value" in example:
        place += f" {example['value']!r}"
    return place
