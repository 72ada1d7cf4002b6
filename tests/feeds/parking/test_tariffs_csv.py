"""Tariffs as a spreadsheet: what the documentation shows, and one sentence for every fault."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feeds.parking.tariffs_csv as module
from feeds.errors import FeedError
from feeds.parking.tariffs_csv import read_tariffs_csv
from parking.tariffs import Band, Step, Tariff, Vehicle, VehiclePrice

SHOWN = textwrap.dedent("    tariff_id" + (module.__doc__ or "").partition("    tariff_id")[2].partition("Rows of")[0]).strip()
HEAD = "tariff_id,band,fen,unit_min,until_min,start,days,refund_steps,large_free_min,free_deducted\n"


def test_the_table_in_the_documentation_is_read() -> None:
    assert read_tariffs_csv(SHOWN.encode("utf-8-sig"), "t.csv") == [
        Tariff(
            "centre", "中心区",
            (Band("night", (Step(1000),), 1200, 480), Band("day", (Step(500, 60, 60), Step(200, 30)))),
            free_min=30, day_cap_fen=6000, day_starts_min=300, vehicles=(VehiclePrice(Vehicle.NEV, 50),),
        )
    ]  # fmt: skip


def test_free_bands_refund_steps_and_several_tariffs() -> None:
    rest, work = read_tariffs_csv((HEAD + "a,rest,,,,,days_off,3600:100;0:50,15,1\na,all,5,60\n\nb,all,1\n").encode(), "t.csv")
    assert rest.bands == (Band("rest", (), days="days_off"), Band("all", (Step(5, 60),)))
    assert (rest.refund_steps, rest.free_deducted, rest.name) == (((3600, 100), (0, 50)), True, "a")
    assert rest.vehicles == (VehiclePrice(Vehicle.LARGE, 100, 15),)
    assert work.bands == (Band("all", (Step(1),)),)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("tariff_id,band\n", "t.csv, line 1, fen: the column is missing"),
        ("tariff_id,band,fen,colour\n", "t.csv, line 1, colour: is no column of a tariff"),
        (HEAD + "a,all,-5\n", "t.csv, line 2, fen: is not a whole number from 0: '-5'"),
        (HEAD + "a,all,5,,,8\n", "t.csv, line 2, start: is not a time such as 08:00: '8'"),
        (HEAD + "a,all,5,,,,,half\n", "t.csv, line 2, refund_steps: are not seconds and percents such as 3600:100;0:50: 'half'"),
        (HEAD + "a,all,1\nb,all,1\na,all,1\n",
         "t.csv, line 4, tariff_id: 'a' stands further up already; rows of a tariff stand together"),
        (HEAD + "a,all,1,,,,weekends\n",
         "t.csv, line 2, tariff_id: 'a': bands/0/days is neither daily, workdays, days_off nor weekday digits 1 to 7"),
        (HEAD + "a,all,1,,,,,,,,9\n", "t.csv, line 2: has 11 cells under 10 columns"),
        (HEAD + 'a,"all\n', "t.csv, line 2: is no CSV: unexpected end of data"),
        (b"\xff\xfe", "t.csv: is UTF-16 and no text; save the table as CSV UTF-8"),
    ],
)  # fmt: skip
def test_a_fault_is_one_sentence(content: str | bytes, sentence: str) -> None:
    with pytest.raises(FeedError) as refused:
        read_tariffs_csv(content if isinstance(content, bytes) else content.encode(), "t.csv")
    assert str(refused.value) == sentence


@given(st.text("ab,:;0159\n\"é", max_size=60))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    said = "t.csv, line"
    try:
        read_tariffs_csv((HEAD + text).encode(), "t.csv")
    except FeedError as refused:
        said = str(refused)
    assert said.startswith("t.csv, line")


def test_a_price_list_that_excel_saved_in_china_is_read() -> None:
    (found,) = read_tariffs_csv("tariff_id,name,band,fen,unit_min\nc,中心区,全天,200,30\n".encode("gbk"), "t.csv")
    assert (found.name, found.bands[0].name) == ("中心区", "全天")
