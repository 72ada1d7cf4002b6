"""The plan's ratio no. 7 in all its readings: intersections with a real-time signal-timing system ÷ important intersections.

`listed`    the mode that the list declares, on line or not: what a report on paper would say
`declared`  the mode in force: a controller known to be off line does not count and stays in the denominator
`adapting`, `healthy`, `effective`  how much of it is shown to be real
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from signals.coverage_situation import Situation, has_rung
from signals.coverage_weights import belongs
from signals.figures import NO, PERHAPS, YES, Figure, figure
from signals.indicator_definitions import CoverageDefinitions, ModeReading, Words
from signals.kernels.columns import I8
from signals.model import Rung

LISTED, DECLARED = Words("名录登记", "by the list"), Words("在线申报", "declared and on line")
RUNG_WORDS = {
    Rung.LISTED: Words("在册", "listed"),
    Rung.ONLINE: Words("在线", "on line"),
    Rung.DECLARED: Words("申报实时", "declared real-time"),
    Rung.ADAPTING: Words("确在响应", "shown to adapt"),
    Rung.HEALTHY: Words("状态健康", "healthy"),
    Rung.EFFECTIVE: Words("确有成效", "effective"),
}


def official_figures(now: Situation, definitions: CoverageDefinitions, items: bool = False) -> tuple[Figure, ...]:
    """Every reading at a moment, named `what.mode reading.grade reading` or `rung.grade reading`."""
    return tuple(_figures(now, definitions, now.ids if items else None))


def principal_figure(now: Situation, definitions: CoverageDefinitions) -> Figure:
    """The one that stands for the indicator, without its lists."""
    return next(_figures(now, definitions, None, definitions.principal))


def _figures(now: Situation, definitions: CoverageDefinitions, ids: Sequence[str] | None, only: str | None = None) -> Iterator[Figure]:
    inside = [(grades, belongs(now.grade, grades)) for grades in definitions.grade_readings]
    for reading, words, tell in _readings(now, definitions):
        if only is not None and not only.startswith(f"{reading}."):
            continue
        counts = tell()
        for grades, belonging in inside:
            name = f"{reading}.{grades.name}"
            if only is None or only == name:
                both = Words(f"{grades.words.zh}：{words.zh}", f"{words.en}; {grades.words.en}")
                yield figure(definitions.signals, name, both, now.as_of, belonging, counts, ids)


def _readings(now: Situation, definitions: CoverageDefinitions) -> Iterator[tuple[str, Words, Callable[[], I8]]]:
    """(reading, its words, what tells whether each intersection counts)."""
    for mode in definitions.mode_readings:
        yield f"listed.{mode.name}", _words(LISTED, mode.words), partial(_listed, now, mode)
    for mode in definitions.mode_readings:
        yield f"declared.{mode.name}", _words(DECLARED, mode.words), partial(_declared, now, mode)
    for rung in definitions.rungs:
        yield rung.word, RUNG_WORDS[rung], partial(has_rung, now, rung)


def _words(what: Words, mode: Words) -> Words:
    return Words(f"{what.zh}，{mode.zh}", f"{what.en}, {mode.en}")


def _listed(now: Situation, reading: ModeReading) -> I8:
    mode = now.declared_mode
    return np.where(mode == -1, PERHAPS, np.where(np.isin(mode, list(reading.modes)), YES, NO)).astype(np.int8)


def _declared(now: Situation, reading: ModeReading) -> I8:
    """A mode in force counts when the controller is shown to be on line, may count when it may be, and never when it is off line."""
    able = (now.mode == -1) | np.isin(now.mode, list(reading.modes))
    shown = (now.mode != -1) & (now.proved >= Rung.ONLINE)
    return np.where(~able | (now.possible < Rung.ONLINE), NO, np.where(shown, YES, PERHAPS)).astype(np.int8)
