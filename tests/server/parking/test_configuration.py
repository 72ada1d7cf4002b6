from __future__ import annotations

from pathlib import Path

import pytest

from parking.rules import Rules
from server.errors import SettingsError
from server.parking.configuration import FILE, read_configuration
from tests.support.live_server import run_async
from tests.support.running_parking import RunningParking


def test_rules_are_data_and_what_is_not_said_stays_as_it_is(tmp_path: Path) -> None:
    assert read_configuration(tmp_path).chosen_rules() == Rules()
    (tmp_path / FILE).write_text("[rules]\nhold_s = 90\nrefund_steps = [[7200, 80]]\n")
    assert read_configuration(tmp_path).chosen_rules() == Rules(hold_s=90, refund_steps=((7200, 80),))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hold = 90", "hold"), ("hold_s = 0", "rules.hold_s"), ("most_holds = 1.5", "rules.most_holds"),
        ("refund_steps = [[0, 101]]", "rules.refund_steps"), ("platform_parts = 9000\ntax_parts = 1001", "together at most 10,000"),
    ],
)  # fmt: skip
def test_what_no_rule_can_be_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / FILE).write_text(f"[rules]\n{text}\n")
    with pytest.raises(SettingsError) as refused:
        read_configuration(tmp_path)
    assert said in str(refused.value)


def test_a_server_holds_as_long_as_its_file_says(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path, "rules.hold_s = 90\nrules.most_holds = 1").open() as parking:
            held = await parking.reserve("ann")
            assert held.json()["hold_until"] == parking.moment(90 / 3600)
            assert (await parking.reserve("ann", start=3, end=4)).json()["code"] == "too_many_holds"

    run_async(scenario())
