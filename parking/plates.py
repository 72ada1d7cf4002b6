"""Number plates of China: written as people write them, kept in one form, checked, masked (GA 36-2018; china-protocols §6.1).

The text appears here and in the vault alone (`server.parking.vault`); all else knows a `parking.records.Plate`: a key, a mask. A plate
is unique only with its colour. What no pattern can know (provisional, embassy, military, armed police, without plate) is free in form.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

import msgspec

from parking.model import PlateColor
from parking.refusals import Code, Refusal

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
WITHOUT = "无牌"
"""begins the text of a vehicle without plate; what follows may tell it from others"""
_LETTER, _SIGN = "[A-HJ-NP-Z]", "[A-HJ-NP-Z0-9]"
_DROPPED = re.compile(r"[\s·•・‧⋅.\-‐‑–—]")
_ISSUED = re.compile(f"([{PROVINCES}]{_LETTER})(.+)", re.DOTALL)
_FREE = re.compile("[A-Z0-9\u4e00-\u9fff]{2,12}")
_AS_DIGITS = str.maketrans("OI", "01")


class Kind(StrEnum):
    """What the form of a plate tells."""

    ORDINARY = "ordinary"
    SPECIAL = "special"
    """ends in 警学挂港澳领试超"""
    NEW_ENERGY_SMALL = "new_energy_small"
    NEW_ENERGY_LARGE = "new_energy_large"
    FREE = "free"


_FORMS = {
    Kind.ORDINARY: re.compile(f"[{PROVINCES}]{_LETTER}{_SIGN}{{5}}"),
    Kind.SPECIAL: re.compile(f"[{PROVINCES}]{_LETTER}{_SIGN}{{4}}[警学挂港澳领试超]"),
    Kind.NEW_ENERGY_SMALL: re.compile(f"[{PROVINCES}]{_LETTER}[A-HJK]{_SIGN}[0-9]{{4}}"),
    Kind.NEW_ENERGY_LARGE: re.compile(f"[{PROVINCES}]{_LETTER}[0-9]{{5}}[A-HJK]"),
}
_GREENS = frozenset({PlateColor.GREEN, PlateColor.YELLOW_GREEN})
_ORDINARY_COLORS = frozenset({PlateColor.BLUE, PlateColor.YELLOW, PlateColor.WHITE, PlateColor.BLACK})
_FREE_COLORS = frozenset({PlateColor.WHITE, PlateColor.BLACK, PlateColor.OTHER})
"""military and armed police, embassies, provisional and none"""
_SPECIAL_COLORS = {"警": PlateColor.WHITE, "港": PlateColor.BLACK, "澳": PlateColor.BLACK, "领": PlateColor.BLACK}
"""yellow for the others: 学 挂 试 超"""


class PlateText(msgspec.Struct, frozen=True):
    """A plate in its one form. Its repr is masked: a text that is logged by accident tells nothing."""

    text: str
    color: PlateColor

    @property
    def without(self) -> bool:
        """A vehicle without plate and without anything to tell it by: alike only for the same client."""
        return self.text == WITHOUT

    def __repr__(self) -> str:
        return f"PlateText({mask(self.text)!r}, {self.color.value})"


def read(text: str, color: PlateColor) -> PlateText:
    """The plate somebody wrote. Raises Refusal(BAD_PLATE), which does not repeat it."""
    normal = normalise(text)
    kind = kind_of(normal)
    if kind is None:
        raise Refusal(Code.BAD_PLATE, "it is not written like a number plate", {"field": "plate"})
    true = _color(normal, kind, color)
    if true is None:
        facts = {"color": color.value, "field": "plate"}
        raise Refusal(Code.BAD_PLATE, f"a plate of that form is not {color.value}; name the colour it has", facts)
    return PlateText(normal, true)


def normalise(text: str) -> str:
    """NFKC, capitals, no spaces, dots or dashes. In the serial of an issued plate O is 0 and I is 1: neither letter occurs there."""
    plain = _DROPPED.sub("", unicodedata.normalize("NFKC", text[:64]).upper())
    issued = _ISSUED.fullmatch(plain)
    return issued[1] + issued[2].translate(_AS_DIGITS) if issued else plain


def kind_of(text: str) -> Kind | None:
    """The form of a normalised text; None when it has none."""
    for kind, form in _FORMS.items():
        if form.fullmatch(text):
            return kind
    issued_but_wrong = len(text) > 1 and text[0] in PROVINCES and text[1].isascii() and text[1] not in "O0"
    return Kind.FREE if _FREE.fullmatch(text) and not issued_but_wrong else None


def mask(text: str) -> str:
    """For lists: 鲁A·1**45. Of free forms the first sign and the last stay."""
    kind = kind_of(text)
    if kind is None or kind is Kind.FREE:
        return text[:1] + "*" * (len(text) - 2) + text[-1:] if len(text) > 3 else text[:1] + "*" * max(0, len(text) - 1)
    return f"{text[:2]}·{text[2]}{'*' * (len(text) - 5)}{text[-2:]}"


def one_apart(first: str, second: str) -> bool:
    """Whether one sign was misread, lost or added: near enough to ask a human, never enough to decide."""
    if first == second or abs(len(first) - len(second)) > 1:
        return False
    k = next((k for k, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
    return first[k + (len(first) >= len(second)) :] == second[k + (len(second) >= len(first)) :]


def _color(text: str, kind: Kind, said: PlateColor) -> PlateColor | None:
    """The colour a plate of that form has, when what was said of it can be right. The two greens are told by the form alone: cameras
    mix them up."""
    if kind in (Kind.NEW_ENERGY_SMALL, Kind.NEW_ENERGY_LARGE):
        true = PlateColor.GREEN if kind is Kind.NEW_ENERGY_SMALL else PlateColor.YELLOW_GREEN
        return true if said in _GREENS else None
    if kind is Kind.SPECIAL:
        return said if said is _SPECIAL_COLORS.get(text[-1], PlateColor.YELLOW) else None
    return said if said in (_ORDINARY_COLORS if kind is Kind.ORDINARY else _FREE_COLORS) else None
