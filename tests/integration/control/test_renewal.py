"""An automatic owner's lease is renewed without its device hearing anything new."""

import pytest

from domain.control.arbitration import Intent
from domain.foundation.clock import FixedClock
from domain.house import House
from tests.integration.control.playing import Play

MINUTE_MS = 60_000


@pytest.fixture
def play(controlled: House, clock: FixedClock) -> Play:
    found = Play(controlled, clock)
    found.measure()
    return found


def wish(play: Play, minutes: int) -> int:
    now_ms = play.clock.now_ms()
    ends_ms = now_ms + minutes * MINUTE_MS
    return play.house.control.intend(
        Intent(0, "PUMP", "climate", "Office", "run", "off", None, None, None,
               now_ms, now_ms, ends_ms, "it is warm enough")
    )  # fmt: skip


def test_a_renewed_intent_holds_past_its_first_end_with_one_command(
    play: Play, clock: FixedClock
) -> None:
    intent_id = wish(play, 3)
    play.wait(120)
    later_ms = clock.now_ms() + 3 * MINUTE_MS
    assert play.house.control.renew(intent_id, later_ms)
    assert play.house.control.renew(intent_id, later_ms - MINUTE_MS)  # never sooner
    play.wait(120)
    (told,) = play.commands()
    assert (told.state, told.ends_ms, play.applied()) == ("observed", later_ms, 1)
    play.wait(70)
    assert [command.state for command in play.commands()] == ["completed", "completed"]


def test_what_has_ended_is_not_renewed(play: Play, clock: FixedClock) -> None:
    control = play.house.control
    withdrawn, passed = wish(play, 3), wish(play, 2)
    control.withdraw(withdrawn, "enough")
    clock.advance(120)
    later_ms = clock.now_ms() + MINUTE_MS
    assert not control.renew(withdrawn, later_ms)
    assert not control.renew(passed, later_ms), "its lease has passed, though nobody has ended it"
    assert not control.renew(9999, later_ms)
