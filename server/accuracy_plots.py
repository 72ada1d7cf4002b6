"""Plots of the accuracy report as inline SVG: no script, no other host, colours from the page's style sheet (classes s0 … s6).

Values are shares or seconds, None unknown: an unknown value has no bar, never one of height 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

WIDTH = 720
COLOURS = 7
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 22, 20, 34


class Series(NamedTuple):
    """One predictor's values, one for each group."""

    name: str
    values: Sequence[float | None]
    marks: Sequence[float | None] = ()
    """second values, drawn as a line across the bar"""


class Axis(NamedTuple):
    """What stands at the left."""

    unit: str
    """%, or what numbers are in"""
    low: float = 0.0
    high: float | None = None
    """None: what the values need"""


def bars(
    title: str, groups: Sequence[str], series: Sequence[Series], axis: Axis,
    band: tuple[float, float, float] | None = None,
) -> Markup:  # fmt: skip
    """Bars side by side in groups; `band` (low, aim, high) is drawn behind them."""
    height, bottom = 250, 250 - _BOTTOM
    shown = [(n, line) for n, line in enumerate(series) if any(one is not None for one in line.values)]
    top = axis.high or _nice(max((one for line in series for one in line.values if one is not None), default=1.0))
    y = _scale(axis.low, top, bottom)
    parts = [_grid(axis, top, y)]
    if band is not None:
        parts.append(_rect("band", _LEFT, y(band[2]), WIDTH - _LEFT - _RIGHT, y(band[0]) - y(band[2])))
        parts.append(_line("aim", _LEFT, y(band[1]), WIDTH - _RIGHT, y(band[1])))
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(groups))
    above: list[Markup] = []
    width = min(46.0, 0.78 * step / max(1, len(shown)))
    for k, group in enumerate(groups):
        middle = _LEFT + (k + 0.5) * step
        parts.append(_text("label", middle, bottom + 20, group))
        for place, (n, line) in enumerate(shown):
            value = line.values[k]
            if value is None:
                continue
            x = middle + (place - len(shown) / 2) * width
            told = f"{line.name}, {group}: {_number(value, axis.unit)}"
            parts.append(_rect(f"s{n % COLOURS}", x + 1, y(value), width - 2, bottom - y(value), told))
            mark = line.marks[k] if line.marks else None
            if mark is not None:
                parts.append(_line("mark", x - 1, y(mark), x + width + 1, y(mark)))
            if place == 0:
                above.append(_text("value", x + width / 2, y(value) - 4, _number(value, axis.unit if axis.unit == "%" else "")))
    return _svg(title, height, [*parts, *above])


def ridges(title: str, labels: Sequence[str], rows: Sequence[Sequence[int]], bounds: Sequence[int],
           quantiles: Sequence[tuple[float | None, float | None, float | None]], unit: str) -> Markup:  # fmt: skip
    """Distributions one above the other: counts [rows][bins] between `bounds` s, with p10, median and p90 of each."""
    gap, height = 52, 52 * len(rows) + 56
    span = (WIDTH - 2 * _LEFT - _RIGHT) / (bounds[-1] - bounds[0])

    def x(second: float) -> float:
        return 2 * _LEFT + (min(max(second, bounds[0]), bounds[-1]) - bounds[0]) * span

    parts = []
    for second in range(bounds[0], bounds[-1] + 1, 300):
        parts.append(_line("zero" if second == 0 else "grid", x(second), 8, x(second), height - 42))
        parts.append(_text("label", x(second), height - 26, f"{second // 60:+d}" if second else "0"))
    parts.append(_text("unit", WIDTH - _RIGHT, height - 6, unit, "end"))
    for k, (label, counts) in enumerate(zip(labels, rows)):
        base = 8 + gap * (k + 1)
        parts.append(_text("label", 2 * _LEFT - 8, base - 6, label, "end"))
        most = max(counts, default=0)
        if not most:
            continue
        points: list[tuple[float, float]] = [(x(bounds[0]), base)]
        for n, count in enumerate(counts):
            tall = base - 42.0 * count / most
            points += [(x(bounds[n]), tall), (x(bounds[n + 1]), tall)]
        points.append((x(bounds[-1]), base))
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(Markup('<polygon class="ridge" points="{}"/>').format(path))
        low, middle, high = quantiles[k]
        if low is not None and middle is not None and high is not None:
            parts.append(_line("range", x(low), base, x(high), base))
            parts.append(_line("median", x(middle), base - 8, x(middle), base + 4))
    return _svg(title, height, parts)


def heat(title: str, hours: Sequence[int], rows: Sequence[tuple[str, Sequence[float | None], str, bool]]) -> Markup:
    """A strip of hours for each (label, values by hour, unit, whether more is worse): the stronger the colour, the worse."""
    tall, left = 44, 130
    step = min(90.0, (WIDTH - left - _RIGHT) / max(1, len(hours)))
    parts = []
    for k, (label, values, unit, more_is_worse) in enumerate(rows):
        known = [one for one in values if one is not None]
        low, high = (min(known), max(known)) if known else (0.0, 1.0)
        y = 6 + k * (tall + 6)
        parts.append(_text("label", left - 8, y + tall / 2 + 4, label, "end"))
        for n, (hour, value) in enumerate(zip(hours, values)):
            x = left + n * step
            if value is None:
                parts.append(_rect("unknown", x + 1, y, step - 2, tall))
                continue
            part = (value - low) / (high - low) if high > low else 0.0 if more_is_worse else 1.0
            strength = 0.12 + 0.78 * (part if more_is_worse else 1.0 - part)
            parts.append(_rect("heat", x + 1, y, step - 2, tall, f"{label}, {hour}:00: {_number(value, unit)}", strength))
            shown = f"{100 * value:.0f}" if unit == "%" else _number(value, "")
            parts.append(_text("cell", x + step / 2, y + tall / 2 + 4, shown))
    bottom = 6 + len(rows) * (tall + 6) + 12
    parts += [_text("label", left + (n + 0.5) * step, bottom, str(hour)) for n, hour in enumerate(hours)]
    return _svg(title, bottom + 8, parts, "plot strip" if len(hours) > 10 else "plot")


def lines(title: str, days: Sequence[str], series: Sequence[Series], axis: Axis) -> Markup:
    """Values by day; a day without a value breaks the line."""
    height, bottom = 220, 220 - _BOTTOM
    known = [one for line in series for one in line.values if one is not None]
    top = axis.high or _nice(max(known, default=1.0))
    y = _scale(axis.low, top, bottom)
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(days))
    parts = [_grid(axis, top, y)]
    every = max(1, math.ceil(len(days) / 8))
    parts += [
        _text("label", _LEFT + (k + 0.5) * step, bottom + 17, day[5:]) for k, day in enumerate(days) if k % every == 0
    ]
    for n, line in reversed(list(enumerate(series))):
        run: list[str] = []
        for k, value in enumerate([*line.values, None]):
            if value is not None:
                x = _LEFT + (k + 0.5) * step
                run.append(f"{x:.1f},{y(value):.1f}")
                told = f"{line.name}, {days[k]}: {_number(value, axis.unit)}"
                parts.append(Markup('<circle class="s{}" cx="{:.1f}" cy="{:.1f}" r="3.5"><title>{}</title></circle>').format(
                    n % COLOURS, x, y(value), told))
            elif run:
                parts.append(Markup('<polyline class="l{}" points="{}"/>').format(n % COLOURS, " ".join(run)))
                run = []
    return _svg(title, height, parts)


def _svg(title: str, height: float, parts: Sequence[Markup], name: str = "plot") -> Markup:
    inside = Markup("").join(parts)
    head = Markup('<svg class="{}" viewBox="0 0 {} {:.0f}" role="img" aria-label="{}">').format(name, WIDTH, height, title)
    return head + inside + Markup("</svg>")


def _scale(low: float, high: float, bottom: float) -> Scale:
    return Scale(low, max(high, low + 1e-9), bottom)


class Scale(NamedTuple):
    """Values to heights on the drawing."""

    low: float
    high: float
    bottom: float

    def __call__(self, value: float) -> float:
        """The height of a value; what lies outside is drawn at the edge."""
        part = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.bottom - part * (self.bottom - _TOP)


def _grid(axis: Axis, top: float, y: Scale) -> Markup:
    parts = []
    for k in range(5):
        value = axis.low + (top - axis.low) * k / 4
        parts.append(_line("grid", _LEFT, y(value), WIDTH - _RIGHT, y(value)))
        parts.append(_text("label", _LEFT - 6, y(value) + 4, _number(value, axis.unit), "end"))
    return Markup("").join(parts)


def _nice(value: float) -> float:
    """The next round number above."""
    power = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(part * power for part in (1.0, 1.2, 1.6, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 20.0) if part * power >= 1.05 * value)


def _number(value: float, unit: str) -> str:
    return f"{100 * value:.0f} %" if unit == "%" else f"{value:.0f} {unit}".strip()


def _rect(name: str, x: float, y: float, width: float, height: float, told: str = "", strength: float | None = None) -> Markup:
    opacity = Markup("") if strength is None else Markup(' fill-opacity="{:.2f}"').format(strength)
    title = Markup("<title>{}</title>").format(told) if told else Markup("")
    return Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2"{}>{}</rect>').format(
        name, x, y, max(0.0, width), max(0.0, height), opacity, title
    )


def _line(name: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(name, x1, y1, x2, y2)


def _text(name: str, x: float, y: float, text: str, anchor: str = "middle") -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(name, x, y, anchor, escape(text))
