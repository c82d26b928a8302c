"""Who decides about a device, by the table; whatever intents and limits there are."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.control.arbitration import Intent, Limit, Setting, allowed, arbitrate
from domain.control.model import ASPECT_OF_COMMAND, ASPECTS, Capabilities, Device, Range, Report
from domain.control.owners import LIMITING, OWNERS, rank

NOW_MS = 1_800_000_000_000
ABLE = Capabilities(
    on_off=True,
    power_kw=Range(-20, 20, 0.1),
    setpoint_c=Range(16, 30, 0.5),
    mode=("auto", "off"),
    shed_percent=Range(0, 100, 5),
)
DEVICE = Device("D", "D", "other", None, None, None, ABLE, 0, 0, 0, "off", False, False, "local", 1)
BATTERY = replace(DEVICE, device_type="battery", safe_state="own_rule")
VALUES = {
    "on": None,
    "off": None,
    "set_power_kw": 5.0,
    "set_setpoint_c": 20.0,
    "set_mode": "auto",
    "set_shed_percent": 50.0,
}


def an_intent(
    number: int = 1, owner: str = "manual", command: str = "off", **more: object
) -> Intent:
    known: dict[str, object] = {
        "intent_id": number, "device_id": "D", "owner": owner, "owner_name": owner,
        "aspect": ASPECT_OF_COMMAND[command], "command": command, "value": VALUES[command],
        "low_kw": None, "high_kw": None, "requested_ms": NOW_MS, "starts_ms": NOW_MS - 1000,
        "ends_ms": NOW_MS + 60_000, "reason": "",
    }  # fmt: skip
    if owner in LIMITING:
        known |= {"aspect": "run", "command": None, "value": None}
    if owner == "lock_out":
        known |= {"aspect": "run", "command": None, "value": None}
    return Intent(**(known | more))  # type: ignore[arg-type]


@st.composite
def intents(draw: st.DrawFn) -> list[Intent]:
    made = []
    for number in range(draw(st.integers(0, 7))):
        owner = draw(st.sampled_from(sorted(set(OWNERS) - {"default"})))
        command = draw(st.sampled_from(sorted(VALUES)))
        more: dict[str, object] = {
            "starts_ms": NOW_MS + draw(st.integers(-9, 3)) * 1000,
            "ends_ms": NOW_MS + draw(st.integers(-3, 9)) * 1000,
            "requested_ms": NOW_MS - draw(st.integers(0, 9)),
        }
        if owner in LIMITING:
            low, high = sorted(draw(st.tuples(st.floats(-30, 30), st.floats(-30, 30))))
            more |= {"low_kw": low, "high_kw": high}
        elif command == "set_power_kw" and owner != "lock_out":
            more["value"] = draw(st.floats(-40, 40))
        made.append(an_intent(number + 1, owner, command, **more))
    return made


def of(settings: list[Setting], aspect: str) -> Setting:
    return next(setting for setting in settings if setting.aspect == aspect)


@given(intents(), st.booleans())
def test_each_aspect_has_at_most_one_owner_and_it_is_the_strongest_that_asks(
    asked: list[Intent], stopped: bool
) -> None:
    settings = arbitrate(DEVICE, asked, Report("D"), NOW_MS, stopped=stopped)
    assert [setting.aspect for setting in settings] == list(ASPECTS)
    live = [i for i in asked if i.starts_ms <= NOW_MS < i.ends_ms]
    live = [i for i in live if not (stopped and OWNERS[i.owner].automatic)]
    for setting in settings:
        locks = [i for i in live if i.owner == "lock_out"]
        asking = locks or [
            i for i in live if i.aspect == setting.aspect and i.owner not in LIMITING
        ]
        if not asking:
            assert (setting.winner, setting.command) == (None, None)
            continue
        assert setting.winner is not None
        assert rank(setting.winner.owner) == min(rank(i.owner) for i in asking)
        assert setting.winner not in setting.beaten


@given(intents())
def test_no_power_leaves_the_device_or_a_stronger_limit(asked: list[Intent]) -> None:
    setting = of(arbitrate(DEVICE, asked, Report("D"), NOW_MS), "run")
    if setting.command != "set_power_kw":
        return
    value = setting.value
    assert isinstance(value, float)
    assert -20 <= value <= 20
    winner = setting.winner
    assert winner is not None
    low, high = -20.0, 20.0
    for limit in sorted((i for i in asked if i.holds_at(NOW_MS)), key=lambda i: rank(i.owner)):
        if limit.owner in LIMITING and rank(limit.owner) < rank(winner.owner):
            assert limit.low_kw is not None
            assert limit.high_kw is not None
            if max(low, limit.low_kw) <= min(high, limit.high_kw):
                low, high = max(low, limit.low_kw), min(high, limit.high_kw)
    if low < high:
        assert low - 1e-6 <= value <= high + 1e-6


@given(intents())
def test_what_has_ended_or_not_begun_decides_nothing(asked: list[Intent]) -> None:
    over = [replace(intent, ended_ms=NOW_MS) for intent in asked]
    assert all(s.winner is None for s in arbitrate(DEVICE, over, Report("D"), NOW_MS))
    later = max((i.ends_ms for i in asked), default=NOW_MS)
    assert all(s.winner is None for s in arbitrate(DEVICE, asked, Report("D"), later))


@given(intents())
def test_without_the_winner_the_next_one_decides_and_never_the_winners_value(
    asked: list[Intent],
) -> None:
    for setting in arbitrate(DEVICE, asked, Report("D"), NOW_MS):
        if setting.winner is None or setting.winner.owner == "lock_out":
            continue
        rest = [intent for intent in asked if intent is not setting.winner]
        after = of(arbitrate(DEVICE, rest, Report("D"), NOW_MS), setting.aspect)
        assert after.winner == (setting.beaten[0] if setting.beaten else None)


@given(intents())
def test_the_order_in_which_intents_are_told_means_nothing(asked: list[Intent]) -> None:
    forward = arbitrate(DEVICE, asked, Report("D"), NOW_MS)
    backward = arbitrate(DEVICE, list(reversed(asked)), Report("D"), NOW_MS)
    assert [(s.command, s.value) for s in forward] == [(s.command, s.value) for s in backward]


@given(intents())
def test_stopped_no_automatic_owner_decides_or_is_counted(asked: list[Intent]) -> None:
    for setting in arbitrate(DEVICE, asked, Report("D"), NOW_MS, stopped=True):
        involved = [*setting.beaten, *([setting.winner] if setting.winner else [])]
        assert not any(OWNERS[intent.owner].automatic for intent in involved)


@given(intents())
def test_a_lock_out_lets_nobody_tell_the_device_anything_but_its_safe_state(
    asked: list[Intent],
) -> None:
    locked = [*asked, an_intent(99, "lock_out")]
    for setting in arbitrate(DEVICE, locked, Report("D"), NOW_MS):
        expected = "off" if setting.aspect == "run" else None
        assert (setting.command, setting.value) == (expected, None)


@given(
    st.floats(-50, 50),
    st.lists(st.tuples(st.sampled_from(["safety", "grid", "reserve"]), st.floats(-30, 30),
                       st.floats(0, 30))),
)  # fmt: skip
def test_a_limit_is_named_exactly_where_it_moved_the_value(
    wanted: float, given_limits: list[tuple[str, float, float]]
) -> None:
    limits = [Limit(owner, low, low + width, owner) for owner, low, width in given_limits]
    value, binding = allowed(DEVICE, wanted, limits)
    assert -20 <= value <= 20
    inside = min(max(wanted, -20), 20)
    if all(limit.low_kw <= inside <= limit.high_kw for limit in limits):
        assert binding == []


@pytest.mark.parametrize(
    ("soc", "fresh", "wanted", "value", "words"),
    [
        (50.0, True, 8.0, 8.0, []),
        (96.0, True, 8.0, 0.0, ["the battery is full"]),
        (96.0, True, -8.0, -8.0, []),
        (4.0, True, -8.0, 0.0, ["the battery is empty"]),
        (None, True, 8.0, 0.0, ["state of charge unknown: it holds"]),
        (50.0, False, -8.0, 0.0, ["state of charge unknown: it holds"]),
    ],
)
def test_a_battery_holds_where_its_charge_is_unknown_or_at_its_end(
    soc: float | None, fresh: bool, wanted: float, value: float, words: list[str]
) -> None:
    asked = [an_intent(command="set_power_kw", value=wanted)]
    report = Report("D", soc_percent=soc)
    setting = of(arbitrate(BATTERY, asked, report, NOW_MS, fresh=fresh), "run")
    assert (setting.value, setting.limited_by) == (value, words)


def test_a_device_that_was_switched_on_just_now_is_not_switched_off_yet() -> None:
    careful = replace(DEVICE, min_on_s=180)
    report = Report("D", on=True, on_since_ms=NOW_MS - 60_000)
    setting = of(arbitrate(careful, [an_intent()], report, NOW_MS), "run")
    assert setting.hold_until_ms == NOW_MS + 120_000
    assert (
        of(arbitrate(careful, [an_intent(command="on")], report, NOW_MS), "run").hold_until_ms
        is None
    )


def test_the_explanation_names_winner_beaten_and_what_bound() -> None:
    asked = [
        an_intent(1, "grid", high_kw=3.0, reason="feeder at its limit"),
        an_intent(2, "manual", "set_power_kw", value=8.0),
        an_intent(3, "plan", "on"),
    ]
    explained = of(arbitrate(DEVICE, asked, Report("D"), NOW_MS), "run").explained()
    assert explained["winner"]["intent_id"] == 2  # type: ignore[index]
    assert [one["owner"] for one in explained["beaten"]] == ["plan"]  # type: ignore[attr-defined]
    assert explained["limited_by"] == ["grid limit: feeder at its limit"]


def test_demand_response_is_ignored_in_an_hour_without_participation_and_says_why() -> None:
    dr, rule = an_intent(1, "demand_response", "off"), an_intent(2, "automation", "on")
    taking_part = of(arbitrate(DEVICE, [dr, rule], Report("D"), NOW_MS), "run")
    assert (taking_part.command, taking_part.beaten) == ("off", (rule,))
    why = "this hour is set to no participation"
    setting = of(arbitrate(DEVICE, [dr, rule], Report("D"), NOW_MS, barred=why), "run")
    assert (setting.command, setting.winner, setting.beaten) == ("on", rule, ())
    assert (setting.ignored, setting.ignored_words) == ((dr,), why)
    beaten = setting.explained()["beaten"]
    assert isinstance(beaten, list)
    assert [(one["owner"], one["why"]) for one in beaten] == [("demand_response", why)]
    alone = of(arbitrate(DEVICE, [dr], Report("D"), NOW_MS, barred=why), "run")
    assert (alone.command, alone.winner, alone.ignored) == (None, None, (dr,))


@given(intents())
def test_an_hour_without_participation_is_as_if_demand_response_had_not_asked(
    asked: list[Intent],
) -> None:
    rest = [intent for intent in asked if intent.owner != "demand_response"]
    barred = arbitrate(DEVICE, asked, Report("D"), NOW_MS, barred="not now")
    without = arbitrate(DEVICE, rest, Report("D"), NOW_MS)
    assert [(s.command, s.value, s.winner) for s in barred] == [
        (s.command, s.value, s.winner) for s in without
    ]


CAP: dict[str, Any] = {
    "high_kw": 4.0,
    "aspect": "run",
    "command": "set_power_kw",
    "value": 4.0,
    "reason": "full",
}
SHED: dict[str, Any] = {
    "high_kw": 2.0,
    "aspect": "shed",
    "command": "set_shed_percent",
    "value": 60.0,
}


CAPPED = replace(an_intent(1, "grid"), **CAP)


@pytest.mark.parametrize(
    ("device", "asked", "told"),
    [
        # A limit that names a power holds where nobody asks for anything.
        (DEVICE, [CAPPED], ("set_power_kw", 4.0, "grid")),
        # Who asks for less keeps it, who asks for more is narrowed.
        (DEVICE, [CAPPED, an_intent(2, "manual", "set_power_kw", value=3.0)],
         ("set_power_kw", 3.0, "manual")),
        (DEVICE, [CAPPED, an_intent(2, "manual", "set_power_kw", value=9.0)],
         ("set_power_kw", 4.0, "manual")),
        (DEVICE, [CAPPED, an_intent(2, "manual", "off")],
         ("off", None, "manual")),
        # Switching on would draw all it can: it is told what the limit leaves.
        (DEVICE, [an_intent(1, "grid", high_kw=4.0), an_intent(2, "manual", "on")],
         ("set_power_kw", 4.0, "manual")),
        (DEVICE, [an_intent(1, "grid", high_kw=20.0), an_intent(2, "manual", "on")],
         ("on", None, "manual")),
        (DEVICE, [an_intent(2, "manual", "on")], ("on", None, "manual")),
        # A battery that is on moves both ways by its own rule: under a limit it rests.
        (BATTERY, [an_intent(1, "grid", high_kw=4.0), an_intent(2, "manual", "on")],
         ("set_power_kw", 0.0, "manual")),
    ],
)  # fmt: skip
def test_a_limit_with_a_power_of_its_own(
    device: Device, asked: list[Intent], told: tuple[str, float | None, str]
) -> None:
    report = Report("D", soc_percent=50.0)
    setting = of(arbitrate(device, asked, report, NOW_MS), "run")
    assert setting.winner is not None
    assert (setting.command, setting.value, setting.winner.owner) == told


def test_a_limit_orders_at_least_its_reduction_beside_whatever_runs() -> None:
    limit, on = replace(an_intent(1, "grid"), **SHED), an_intent(2, "manual", "on")
    settings = arbitrate(DEVICE, [limit, on], Report("D"), NOW_MS)
    shed = of(settings, "shed")
    assert (shed.command, shed.value, shed.winner) == ("set_shed_percent", 60.0, limit)
    for asked_percent, told in ((30.0, 60.0), (80.0, 80.0)):
        asked = an_intent(2, "manual", "set_shed_percent", value=asked_percent)
        shed = of(arbitrate(DEVICE, [limit, asked], Report("D"), NOW_MS), "shed")
        assert (shed.value, shed.winner) == (told, asked)
        assert bool(shed.limited_by) is (told > asked_percent)
