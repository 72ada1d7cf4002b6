"""The vocabularies of signals."""

from __future__ import annotations

from signals.codes import DECLARED_REAL_TIME, NOT_IN_CONTROL, PERHAPS_REAL_TIME, Code, Ours
from signals.finding import Finding
from signals.inventory import Inventory
from signals.model import Rung, Verdict


def test_our_codes_are_no_codes_of_the_enumeration_and_a_mode_means_one_thing() -> None:
    assert not {int(one) for one in Code} & {int(one) for one in Ours}
    assert not DECLARED_REAL_TIME & PERHAPS_REAL_TIME
    assert not (DECLARED_REAL_TIME | PERHAPS_REAL_TIME) & NOT_IN_CONTROL


def test_words_are_those_of_the_wire() -> None:
    assert [one.word for one in Rung] == ["listed", "online", "declared", "adapting", "healthy", "effective"]
    assert [one.word for one in Verdict] == ["unknown", "not_adapting", "adapting"]
    assert Finding.__dataclass_fields__.keys() >= {"verdict", "proved", "possible"}
    assert "device" in Inventory.__dataclass_fields__
