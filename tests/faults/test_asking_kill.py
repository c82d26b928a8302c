"""Who asks ends by `os._exit` at any call of the database: no intent, or exactly one effect.

Counted from the device's own journal, after the same request was repeated under its key.
"""

from collections.abc import Callable
from itertools import count

import pytest

from domain.access.policy import SYSTEM, Actor
from domain.access.store import AuditQuery
from domain.control.arbitration import Intent
from domain.control.command_store import live_intents
from domain.foundation.clock import FixedClock
from domain.house import House
from tests.faults.fuse import ends_at
from tests.integration.control.playing import Play

MANAGER = Actor("mia", "manager", 3)
DEVICE = {"capabilities": {"on_off": True}}
MOST = 200


def intents(house: House) -> list[Intent]:
    with house.database.read() as c:
        return live_intents(c)


def asked_for(house: House) -> int:
    """How many commands the audit has."""
    rows, _ = house.access.audit_page(SYSTEM, AuditQuery())
    return sum(row.action == "control.command" for row in rows)


@pytest.fixture
def lamp(house: House, clock: FixedClock) -> Play:
    house.control.register(SYSTEM, "LAMP", DEVICE)
    return Play(house, clock, device_id="LAMP", meter=None)


def manual(lamp: Play, key: str) -> Callable[[], object]:
    return lambda: lamp.house.control.command(MANAGER, "LAMP", "off", key=key)


def automatic(lamp: Play, key: str) -> Callable[[], object]:
    now_ms = lamp.clock.now_ms()
    wanted = Intent(0, "LAMP", "schedule", "faults", "run", "off", None, None, None,
                    now_ms, now_ms, now_ms + 600_000, "", key)  # fmt: skip
    return lambda: lamp.house.control.intend(wanted)


@pytest.mark.parametrize("asks", [manual, automatic])
def test_a_request_that_died_and_is_repeated_has_exactly_one_effect(
    lamp: Play, asks: Callable[[Play, str], Callable[[], object]]
) -> None:
    outcomes = []
    for number in count(1):
        ask = asks(lamp, f"key-{number}")
        died = ends_at(lamp.house, number, ask)
        before = len(intents(lamp.house))
        assert before in (0, 1)
        outcomes.append(before)
        if asks is manual:
            assert asked_for(lamp.house) == number - 1 + before
        ask()
        (intent,) = intents(lamp.house)
        lamp.turn()
        (command,) = [made for made in lamp.commands() if made.intent_id == intent.intent_id]
        assert lamp.applied(command.command_id) == 1
        assert lamp.applied() == number
        lamp.house.control.withdraw(intent.intent_id, "the next one")
        lamp.turn()
        lamp.clock.advance(90)
        if not died:
            break
        assert number < MOST
    assert outcomes[-1] == 1
    assert outcomes.count(0) >= 4, "the calls were not counted"
