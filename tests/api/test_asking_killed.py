"""The web process ends by `os._exit` at any call of the database while it takes an instruction."""

from itertools import count

from flask import Flask

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock
from domain.house import House
from tests.api.conftest import visitor
from tests.faults.fuse import ends_at
from tests.faults.test_asking_kill import DEVICE, MOST, intents
from tests.integration.control.playing import Play


def test_a_call_whose_process_died_acts_once_or_never_under_its_key(
    web: Flask, small_house: House, clock: FixedClock
) -> None:
    """Over HTTP the repeated call is told that nobody knows, or gets the first answer."""
    small_house.control.register(SYSTEM, "LAMP", DEVICE)
    lamp = Play(small_house, clock, device_id="LAMP", meter=None)
    client = visitor(web, "manager")
    seen: set[tuple[int, int]] = set()
    for number in count(1):

        def call(number: int = number) -> int:
            answer = client.post(
                "/api/v1/iot/devices/LAMP/instructions",
                json={"command": "off"},
                headers={"Idempotency-Key": f"key-{number}"},
            )
            return answer.status_code

        died = ends_at(small_house, number, call)
        before = len(intents(small_house))
        status = call()
        after = intents(small_house)
        assert status in (202, 409)
        assert len(after) == max(before, status == 202)
        assert before == 0 or status == 409 or not died
        lamp.turn()
        told = [made for made in lamp.commands() if made.intent_id in {i.intent_id for i in after}]
        assert [lamp.applied(made.command_id) for made in told] == [1] * len(after)
        small_house.control.release(SYSTEM, "LAMP")
        lamp.turn()
        clock.advance(90)
        seen.add((before, status))
        if not died:
            break
        assert number < MOST
    assert {(0, 202), (0, 409), (1, 409), (1, 202)} <= seen
