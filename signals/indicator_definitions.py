"""The plan's indicators 7 and 30 as data: what counts, where the text leaves room for readings, stars, weights.

Source: 章政发〔2020〕3号, annex. Whoever reads the plan otherwise makes another `CoverageDefinitions` with another version; every
figure carries the version it was made with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from signals.codes import DECLARED_REAL_TIME, PERHAPS_REAL_TIME, Mode
from signals.model import Grade, Rung


class Words(NamedTuple):
    """One thing in two languages."""

    zh: str
    en: str


class Star(NamedTuple):
    """What a star asks for."""

    stars: int
    share: Fraction
    more_than: bool
    """whether the share itself is too little (>), or enough (≥)"""
    weight: float
    """% of the whole scorecard"""


class IndicatorDefinition(NamedTuple):
    """One line of the scorecard."""

    number: str
    version: str
    name: Words
    stars: tuple[Star, ...]
    """the easiest first"""


class GradeReading(NamedTuple):
    """Which intersections are important ones. An intersection of unknown grade may be."""

    name: str
    grades: frozenset[Grade]
    words: Words


class ModeReading(NamedTuple):
    """Which control modes are a real-time signal-timing system."""

    name: str
    modes: frozenset[int]
    words: Words


VERSION = "2020-3.1"
"""of the readings below"""
SIGNALS = IndicatorDefinition(
    "7", VERSION, Words("路口实时信号配时系统比例", "Intersections with real-time signal timing"),
    (Star(4, Fraction(60, 100), False, 1.2), Star(5, Fraction(80, 100), True, 1.5)),
)  # fmt: skip
EPOLICE = IndicatorDefinition(
    "30", VERSION, Words("电子警察监控点覆盖率", "Intersections covered by e-police points"),
    (Star(4, Fraction(90, 100), False, 0.8), Star(5, Fraction(1), False, 1.0)),
)  # fmt: skip
_ALL = frozenset(Grade) - {Grade.UNKNOWN}
_NO_BRANCH = frozenset({Grade.MAIN_MAIN, Grade.MAIN_SECONDARY, Grade.SECONDARY_SECONDARY})


GRADE_WEIGHTS = {
    Grade.MAIN_MAIN: 6.0,
    Grade.MAIN_SECONDARY: 5.0,
    Grade.MAIN_BRANCH: 4.0,
    Grade.SECONDARY_SECONDARY: 4.0,
    Grade.SECONDARY_BRANCH: 3.0,
    Grade.BRANCH_BRANCH: 2.0,
}
"""the ranks of both roads added: main 3, secondary 2, branch 1. A convention of ours; no standard gives numbers"""


@dataclass(frozen=True)
class CoverageDefinitions:
    """All that coverage is counted by. Raises ValueError when a principal figure is none of the readings."""

    version: str = VERSION
    signals: IndicatorDefinition = SIGNALS
    epolice: IndicatorDefinition = EPOLICE
    grade_readings: tuple[GradeReading, ...] = (
        GradeReading(
            "except_branch_branch", _ALL - {Grade.BRANCH_BRANCH},
            Words("除支-支外的路口", "all but intersections of two branch roads"),
        ),
        GradeReading("no_branch", _NO_BRANCH, Words("不含支路的路口", "intersections without a branch road")),
    )  # fmt: skip
    mode_readings: tuple[ModeReading, ...] = (
        ModeReading("strict", frozenset(DECLARED_REAL_TIME), Words("严格口径", "strict")),
        ModeReading(
            "lenient", frozenset(DECLARED_REAL_TIME | PERHAPS_REAL_TIME),
            Words("宽松口径（含区域协调）", "lenient (with area coordination)"),
        ),
        ModeReading(
            "widest", frozenset(DECLARED_REAL_TIME | PERHAPS_REAL_TIME | {Mode.LINE_FIXED}),
            Words("最宽口径（含干线、区域协调）", "widest (with line and area coordination)"),
        ),
    )  # fmt: skip
    rungs: tuple[Rung, ...] = (Rung.ADAPTING, Rung.HEALTHY, Rung.EFFECTIVE)
    """beside the declared ratio: how much of it is real"""
    principal: str = "declared.strict.except_branch_branch"
    """the figure that stands for the indicator; the plan names system and exclusion of branch roads, and nothing more"""
    principal_epolice: str = "installed.any.except_branch_branch"
    grade_weights: Mapping[Grade, float] = field(default_factory=GRADE_WEIGHTS.copy)
    """importance of an intersection by its grade; without one its importance is unknown"""
    camera_life: int = 86_400_000
    """ms within which an e-police point was last known to work to count as working: the plan's operational reading, 24 h"""
    service_time: tuple[int, int] = (6 * 3600, 22 * 3600)
    """s of the local day between which time in service counts: 06:00–22:00, outside of which signals may flash by design"""

    def __post_init__(self) -> None:
        grades = [one.name for one in self.grade_readings]
        counted = [f"{what}.{one.name}" for what in ("listed", "declared") for one in self.mode_readings]
        signals = {f"{one}.{grade}" for one in (*counted, *(rung.word for rung in self.rungs)) for grade in grades}
        epolice = {f"{what}.{how}.{grade}" for what in ("installed", "working") for how in ("any", "all") for grade in grades}
        for number, principal, readings in (("7", self.principal, signals), ("30", self.principal_epolice, epolice)):
            if principal not in readings:
                raise ValueError(f"indicator {number} has no reading {principal!r}; it has {', '.join(sorted(readings))}")
