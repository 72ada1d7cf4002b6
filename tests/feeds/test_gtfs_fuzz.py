"""feeds.gtfs on feeds broken at random: a FeedError or a network on which the engine can rely, never anything else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import FeedError
from feeds.gtfs import compile_network
from tests.support.network_checks import check_network
from tests.support.tiny_city import FEED, tiny_network

_ODD = st.sampled_from(
    ["", " ", '"', "NA", "0", "-1", "1", "2", "nan", "1e400", "99:99:99", "7:00:00", "08:00:00", "25:00:00", "20260302"]
    + ["36.71", "117.53", "-36.71", "E1", "1E-0700", "R1", "WEEKDAY", "east", "a,b", "明水", "\x00", "\ufeff", "9" * 30]
)


@st.composite
def _broken_feed(draw: st.DrawFn) -> dict[str, str]:
    tables = {name: text.splitlines() for name, text in FEED.items()}
    for _ in range(draw(st.integers(1, 12))):
        lines = tables[draw(st.sampled_from(sorted(tables)))]
        if not lines:
            continue
        row = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.sampled_from(["cell", "cell", "cell", "swap", "drop", "double", "join"]))
        if kind == "cell":
            cells = lines[row].split(",")
            cells[draw(st.integers(0, len(cells) - 1))] = draw(_ODD)
            lines[row] = ",".join(cells)
        elif kind == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[row], lines[other] = lines[other], lines[row]
        elif kind == "drop":
            del lines[row]
        elif kind == "double":
            lines.insert(row, lines[row])
        else:
            lines[row] = draw(st.text(max_size=8))
    return {name: "\n".join(lines) for name, lines in tables.items()}


def test_the_tiny_city_itself_is_sound() -> None:
    check_network(tiny_network())


@settings(max_examples=60, deadline=None)
@given(_broken_feed())
def test_a_feed_broken_at_random_is_refused_or_becomes_a_sound_network(tables: dict[str, str]) -> None:
    try:
        network, report = compile_network(tables)
    except FeedError as error:
        refused = str(error)
    else:
        refused = ""
        check_network(network)
        assert report.to_text()
    assert "\n" not in refused
