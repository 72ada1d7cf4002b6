"""Words of inventories as numbers: grades, road classes, control modes, detector types. Tables, no rules.

Road classes are those of OpenStreetMap's `highway` (with or without the key, links like their road) and the four of GB 50220 /
CJJ 37: expressways and main roads meet as 主, secondary as 次, all below as 支. Ways on which no vehicle drives have no class.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from signals.codes import Mode
from signals.model import DetectorType, Grade

MAIN, SECONDARY, BRANCH = 1, 2, 3
ROAD_CLASSES: Mapping[str, int] = {
    "motorway": MAIN, "trunk": MAIN, "primary": MAIN, "secondary": SECONDARY, "tertiary": BRANCH, "unclassified": BRANCH,
    "residential": BRANCH, "living_street": BRANCH, "service": BRANCH, "road": BRANCH,
    "快速路": MAIN, "主干路": MAIN, "主干道": MAIN, "次干路": SECONDARY, "次干道": SECONDARY, "支路": BRANCH,
}  # fmt: skip
_GRADES = {
    (MAIN, MAIN): Grade.MAIN_MAIN, (MAIN, SECONDARY): Grade.MAIN_SECONDARY, (MAIN, BRANCH): Grade.MAIN_BRANCH,
    (SECONDARY, SECONDARY): Grade.SECONDARY_SECONDARY, (SECONDARY, BRANCH): Grade.SECONDARY_BRANCH,
    (BRANCH, BRANCH): Grade.BRANCH_BRANCH,
}  # fmt: skip
_CLASS_WORDS = {"主": MAIN, "次": SECONDARY, "支": BRANCH, "main": MAIN, "secondary": SECONDARY, "branch": BRANCH}
_MODE_WORDS: Mapping[str, int] = {
    "fixed": Mode.FIXED, "static": Mode.FIXED, "pretimed": Mode.FIXED, "actuated": Mode.ACTUATED, "adaptive": Mode.ADAPTIVE,
    "定周期": Mode.FIXED, "固定配时": Mode.FIXED, "单点定周期": Mode.FIXED, "多时段": Mode.FIXED,
    "感应": Mode.ACTUATED, "单点感应": Mode.ACTUATED, "感应控制": Mode.ACTUATED,
    "自适应": Mode.ADAPTIVE, "单点自适应": Mode.ADAPTIVE, "自适应控制": Mode.ADAPTIVE,
    "线协调": Mode.LINE_FIXED, "干线协调": Mode.LINE_FIXED, "线协调感应": Mode.LINE_ACTUATED,
    "线协调自适应": Mode.LINE_ADAPTIVE, "区域协调": Mode.AREA,
}  # fmt: skip
_TYPES = {
    "advance": DetectorType.ADVANCE, "上游": DetectorType.ADVANCE,
    "count": DetectorType.UNKNOWN, "计数": DetectorType.UNKNOWN,
    "stopbar": DetectorType.STOPBAR, "stop_bar": DetectorType.STOPBAR, "停车线": DetectorType.STOPBAR,
}  # fmt: skip


def grade_of(word: str) -> Grade | None:
    """A GA/T 1049.2 number (`12`), `主-次` or `main-secondary`; None when it is none of them."""
    if word.isascii() and word.isdigit():
        return Grade(int(word)) if int(word) in Grade._value2member_map_ else None
    parts = [part.removesuffix("干路").removesuffix("干道").removesuffix("路") for part in _split(word)]
    if len(parts) == 1 and len(parts[0]) == 2:
        parts = list(parts[0])
    classes = sorted(_CLASS_WORDS.get(part, 0) for part in parts)
    return _GRADES.get((classes[0], classes[1])) if len(classes) == 2 else None


def grade_of_roads(words: str, classes: Mapping[str, int] = ROAD_CLASSES) -> Grade:
    """The grade of an intersection at which roads of these classes meet: `highway.primary|highway.residential`.

    The two highest count; where only one class is named, roads of that class meet. UNKNOWN when no class is known.
    """
    named = (part.rpartition(".")[2].removesuffix("_link") for part in words.replace(";", "|").replace("+", "|").split("|"))
    found = sorted({classes[name.strip()] for name in named if name.strip() in classes})
    return _GRADES[found[0], found[min(1, len(found) - 1)]] if found else Grade.UNKNOWN


def mode_of(word: str, modes: Mapping[str, int] = _MODE_WORDS) -> int | None:
    """A control mode's number, or what a word says; None when it is neither."""
    if word.isascii() and word.isdigit() and len(word) < 10:
        return int(word)
    return modes.get(word.removesuffix("控制"), modes.get(word.lower()))


def detector_type_of(word: str) -> DetectorType | None:
    """`advance`, `stopbar`, or `count` for one that tells counts only, wherever it lies; None for another word."""
    return _TYPES.get(word.lower())


def mode_words() -> Iterable[str]:
    """All words that `mode_of` knows."""
    return _MODE_WORDS


def _split(word: str) -> list[str]:
    for mark in ("－", "—", "–", "/", "_"):
        word = word.replace(mark, "-")
    return [part.strip() for part in word.lower().split("-")]
