"""Coverage over a period as readers get it: a series, and time in state by day, around the clock and within service time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from signals.coverage_days import HOUR, clock_text, days, moments, rfc3339, service_time
from signals.coverage_series import coverage_moments, principal_series, time_in_state
from signals.coverage_view import series_view, time_in_state_view
from signals.coverage_weights import Measured
from signals.indicator_definitions import CoverageDefinitions
from signals.inventory_spans import Spans
from signals.state_history import StateView

MOST_POINTS = 2000
"""moments of a series: a quarter of hours, more than a screen is wide"""


def period_view(
    start: int,
    end: int,
    spans: Spans,
    states: StateView,
    definitions: CoverageDefinitions,
    timezone: str,
    step: int = HOUR,
    measured: Sequence[Measured] = (),
) -> dict[str, Any]:
    """Everything of start <= t < end, a moment every `step` ms (epoch ms). What is after now is unknown time: `end` is best now.

    Raises ValueError for a period without length and for more than MOST_POINTS moments.
    """
    if end <= start or step <= 0:
        raise ValueError(f"a period from {start} to {end} by {step} ms is none")
    if (end - start) / step > MOST_POINTS:
        raise ValueError(f"a series of {-((start - end) // step)} moments is longer than {MOST_POINTS}: ask for a longer step")
    times, clock = moments(start, end, step), definitions.service_time
    whole, service = days(start, end, timezone), service_time(start, end, timezone, clock)
    return {
        "from": rfc3339(start, timezone),
        "to": rfc3339(end, timezone),
        "step_s": step / 1000,
        "definition_version": definitions.version,
        "series": series_view(
            times,
            coverage_moments(times, spans, states, definitions, measured),
            principal_series(times, spans, states, definitions),
            timezone,
        ),
        "time_in_state": {
            "all_day": time_in_state_view(whole, time_in_state(whole, spans, states, definitions, measured), timezone),
            "service": {
                "clock": [clock_text(second) for second in clock],
                **time_in_state_view(service, time_in_state(service, spans, states, definitions, measured), timezone),
            },
        },
    }
