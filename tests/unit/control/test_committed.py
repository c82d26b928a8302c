"""The list of what is promised, from intents whose time has come and from those ahead."""

from hypothesis import given

from domain.control.arbitration import Intent, arbitrate
from domain.control.committed import SLOT_MS, Committed, committed
from domain.control.instructions import Participation
from domain.control.model import Report
from domain.foundation.intervals import Period
from tests.unit.control.test_arbitration import BATTERY, DEVICE, an_intent, intents

START_MS = 1_800_000_000_000
HOUR = Period.of_ms(START_MS, START_MS + 4 * SLOT_MS)


def slot(number: float) -> int:
    return START_MS + round(number * SLOT_MS)


def listed(*asked: Intent, **more: object) -> list[Committed]:
    return committed({"D": DEVICE}, asked, HOUR, more.pop("by_hours", {}), **more)  # type: ignore[arg-type]


def test_an_intent_ahead_stands_in_the_quarter_hours_it_touches() -> None:
    ahead = an_intent(7, "trade", "set_power_kw", value=5.0, starts_ms=slot(1), ends_ms=slot(2.5))
    assert [(one.start_ms, one.owner, one.power_kw, one.until_ms) for one in listed(ahead)] == [
        (slot(1), "trade", 5.0, slot(2.5)),
        (slot(2), "trade", 5.0, slot(2.5)),
    ]


def test_in_each_quarter_hour_stands_who_decides_first_within_it() -> None:
    trade = an_intent(1, "trade", "off", starts_ms=slot(0), ends_ms=slot(3))
    manual = an_intent(2, "manual", "set_power_kw", value=3.0, starts_ms=slot(1.2), ends_ms=slot(9))
    found = [(one.start_ms, one.owner, one.power_kw) for one in listed(trade, manual)]
    assert found == [
        (slot(0), "trade", 0.0),
        (slot(1), "trade", 0.0),
        (slot(2), "manual", 3.0),
        (slot(3), "manual", 3.0),
    ]


def test_a_limit_ahead_narrows_what_is_promised() -> None:
    asked = an_intent(1, "plan", "set_power_kw", value=9.0, starts_ms=slot(0), ends_ms=slot(4))
    limit = an_intent(2, "grid", low_kw=None, high_kw=4.0, starts_ms=slot(2), ends_ms=slot(4))
    assert [one.power_kw for one in listed(asked, limit)] == [9.0, 9.0, 4.0, 4.0]


def test_an_unknown_charge_bounds_nothing_ahead_and_a_lock_out_is_said() -> None:
    plan = an_intent(1, "plan", "set_power_kw", value=9.0, starts_ms=slot(0), ends_ms=slot(4))
    found = committed({"D": BATTERY}, [plan], HOUR, {})
    assert [one.power_kw for one in found] == [9.0] * 4
    lock = an_intent(2, "lock_out", starts_ms=slot(1), ends_ms=slot(2))
    found = committed({"D": BATTERY}, [plan, lock], HOUR, {})
    assert [(one.owner, one.command) for one in found][1] == ("lock_out", None)


def test_demand_response_is_promised_only_where_the_device_takes_part() -> None:
    asked = an_intent(1, "demand_response", "off", starts_ms=slot(0), ends_ms=slot(4))
    spans = [
        Participation(slot(0), slot(2), "participation"),
        Participation(slot(2), slot(4), "no-participation"),
    ]
    found = listed(asked, by_hours={"D": spans})
    assert [one.start_ms for one in found] == [slot(0), slot(1)]


def test_while_all_automatic_control_is_stopped_nothing_automatic_is_promised() -> None:
    plan = an_intent(1, "plan", "off", starts_ms=slot(0), ends_ms=slot(4))
    found = listed(plan, stopped_until_ms=slot(3))
    assert [one.start_ms for one in found] == [slot(3)]


@given(intents())
def test_what_is_promised_is_what_arbitration_decides_then(asked: list[Intent]) -> None:
    period = Period.of_ms(START_MS - SLOT_MS, START_MS + SLOT_MS)
    for one in committed({"D": DEVICE}, asked, period, {}):
        winner = next(intent for intent in asked if intent.intent_id == one.intent_id)
        touched = max(one.start_ms, period.start_ms), one.start_ms + SLOT_MS
        assert winner.starts_ms < touched[1]
        assert winner.ends_ms > touched[0]
        moments = {touched[0], *(i.starts_ms for i in asked), *(i.ends_ms for i in asked)}
        decided = {
            (setting.winner.intent_id, setting.command)
            for at in moments
            if touched[0] <= at < touched[1]
            for setting in arbitrate(DEVICE, asked, Report("D"), at)
            if setting.winner is not None and setting.aspect == one.aspect
        }
        assert (one.intent_id, one.command) in decided
