"""Plates: every vector of the reference, and what holds of all of them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.model import PlateColor
from parking.plates import PROVINCES, Kind, PlateText, kind_of, mask, normalise, one_apart, read
from parking.refusals import Code, Refusal

BLUE, YELLOW, GREEN, WHITE = PlateColor.BLUE, PlateColor.YELLOW, PlateColor.GREEN, PlateColor.WHITE
LARGE, BLACK, OTHER = PlateColor.YELLOW_GREEN, PlateColor.BLACK, PlateColor.OTHER
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
SIGNS = LETTERS + "0123456789"


@st.composite
def plates(draw: st.DrawFn) -> tuple[str, PlateColor]:
    """Issued plates of every form, with a colour of theirs."""
    head = draw(st.sampled_from(PROVINCES)) + draw(st.sampled_from(LETTERS))
    signs, digits, power = (lambda n: draw(st.text(SIGNS, min_size=n, max_size=n))), st.text("0123456789"), "ABCDEFGHJK"
    form = draw(st.integers(0, 3))
    if form == 0:
        return head + signs(5), draw(st.sampled_from([BLUE, YELLOW, WHITE, BLACK]))
    if form == 1:
        end = draw(st.sampled_from("警学挂港澳领试超"))
        return head + signs(4) + end, {"警": WHITE, "港": BLACK, "澳": BLACK, "领": BLACK}.get(end, YELLOW)
    number = draw(digits.map(lambda text: (text + "00000")[:5]))
    letter = draw(st.sampled_from(power))
    return (head + letter + signs(1) + number[:4], GREEN) if form == 2 else (head + number + letter, LARGE)


@pytest.mark.parametrize(
    ("written", "color", "text", "kind"),
    [
        ("鲁A12345", BLUE, "鲁A12345", Kind.ORDINARY),
        ("鲁a·12345", YELLOW, "鲁A12345", Kind.ORDINARY),
        ("鲁AD12345", GREEN, "鲁AD12345", Kind.NEW_ENERGY_SMALL),
        ("鲁AK12345", GREEN, "鲁AK12345", Kind.NEW_ENERGY_SMALL),
        ("鲁A12345D", LARGE, "鲁A12345D", Kind.NEW_ENERGY_LARGE),
        ("鲁A1234学", YELLOW, "鲁A1234学", Kind.SPECIAL),
        ("鲁Ａ　１２３４５", BLUE, "鲁A12345", Kind.ORDINARY),
        ("鲁S•1o-2.I5", BLUE, "鲁S10215", Kind.ORDINARY),
        ("WJ鲁12345", WHITE, "WJ鲁12345", Kind.FREE),
        ("鲁O12345", WHITE, "鲁O12345", Kind.FREE),
        ("使014578", BLACK, "使014578", Kind.FREE),
        ("无牌", OTHER, "无牌", Kind.FREE),
        ("无牌 3f", OTHER, "无牌3F", Kind.FREE),
    ],
)
def test_plates_are_accepted_in_one_form(written: str, color: PlateColor, text: str, kind: Kind) -> None:
    assert read(written, color) == PlateText(text, color)
    assert kind_of(text) is kind


@pytest.mark.parametrize("text", ["鲁AI1234", "鲁AO1234", "鲁A1234", "鲁A123456", "鲁AF1A234", "鲁AL12345"])
def test_forms_nobody_issues_have_no_kind(text: str) -> None:
    assert kind_of(text) is None


@pytest.mark.parametrize("text", ["鲁A1234", "鲁A123456", "鲁AF1A234", "鲁AL12345", "", "鲁", "A", "鲁A12345;", "12 345\n鲁", "é" * 7])
def test_what_is_no_plate_is_refused_in_every_colour_and_not_repeated(text: str) -> None:
    for color in PlateColor if text != "12 345\n鲁" else (BLUE, YELLOW, GREEN, LARGE):
        with pytest.raises(Refusal) as refused:
            read(text, color)
        assert refused.value.code is Code.BAD_PLATE
        assert len(text) < 3 or text not in str(refused.value)


def test_a_letter_that_no_serial_has_is_the_digit_it_looks_like() -> None:
    assert read("鲁AI1234", BLUE).text == "鲁A11234"
    assert read("鲁AO1234", BLUE).text == "鲁A01234"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("鲁A12345", GREEN), ("鲁A12345", OTHER), ("鲁AD12345", BLUE), ("鲁A12345D", YELLOW), ("鲁A1234学", BLUE), ("鲁A1234警", YELLOW),
     ("鲁A1234港", BLUE), ("无牌", BLUE), ("WJ鲁12345", GREEN)],
)  # fmt: skip
def test_a_colour_its_form_cannot_have_is_refused(text: str, wrong: PlateColor) -> None:
    with pytest.raises(Refusal):
        read(text, wrong)


def test_the_two_greens_are_told_by_the_form() -> None:
    assert read("鲁AD12345", LARGE) == read("鲁AD12345", GREEN)
    assert read("鲁A12345D", GREEN) == read("鲁A12345D", LARGE)


@given(plates(), st.text(" ·•.-", max_size=3), st.booleans(), st.data())
def test_however_it_is_written_it_is_the_same_plate(plate: tuple[str, PlateColor], dots: str, lower: bool, data: st.DataObject) -> None:
    text, color = plate
    at = data.draw(st.integers(0, len(text)))
    written = text[:at] + dots + text[at:]
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in written)
    looks = text[:2] + text[2:].replace("0", "O").replace("1", "I")
    for one in (text, written.lower() if lower else written, wide, looks):
        assert read(one, color) == PlateText(text, color)
    assert normalise(normalise(written)) == normalise(written)


@given(plates())
def test_a_mask_and_a_repr_hide_all_but_three_signs_of_the_serial(plate: tuple[str, PlateColor]) -> None:
    text, color = plate
    shown = mask(text)
    assert shown[:3] == text[:2] + "·"
    assert shown.replace("·", "").count("*") == len(text) - 5
    assert text not in repr(PlateText(text, color))


def test_masks() -> None:
    assert [mask(text) for text in ("鲁A12345", "鲁AD12345", "WJ鲁12345", "使014578", "无牌", "")] == [
        "鲁A·1**45", "鲁A·D***45", "W******5", "使*****8", "无*", "",
    ]  # fmt: skip


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for color in PlateColor:
        with suppress(Refusal):
            found = read(text, color)
            assert read(found.text, found.color) == found


def distance(first: str, second: str) -> int:
    """Levenshtein's, as it is written in books."""
    rows = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        last, rows[0] = rows[0], i
        for j, b in enumerate(second, 1):
            last, rows[j] = rows[j], min(rows[j] + 1, rows[j - 1] + 1, last + (a != b))
    return rows[-1]


@given(st.text("A1", max_size=6), st.text("A1", max_size=6))
def test_one_apart_is_an_edit_distance_of_one(first: str, second: str) -> None:
    assert one_apart(first, second) == (distance(first, second) == 1)
