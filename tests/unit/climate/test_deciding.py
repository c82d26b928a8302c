"""From decision to decision: least times, unknown temperatures, and what devices are asked."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.climate.deciding import (
    LEASE_LOOPS,
    LEAST_MS,
    LOOP_MS,
    decide,
    device_wishes,
    may_act,
    wishes,
)
from domain.climate.model import (
    STATUSES,
    Band,
    Decision,
    Inputs,
    Measure,
    Occupancy,
    Standing,
    Status,
)
from domain.control.model import ASPECT_OF_COMMAND, Capabilities, Device, Range

LEASE_MS = LEASE_LOOPS * LOOP_MS
MINUTE_MS = 60_000
NOW = 1_800_000_000_000
BAND = Band("comfort", 21.0, 26.0, "Comfort")
SETBACK = Band("setback", 17.0, 29.0, "Setback")


def inputs(temperature_c: float | None, band: Band = BAND) -> Inputs:
    known = Measure(temperature_c, NOW, "stale" if temperature_c is None else "fresh", 60.0)
    return Inputs(band, 19.0, 28.0, known)


def device(kind: str, **known: object) -> Device:
    return Device(
        "D1", "Unit", kind, 1, None, None, Capabilities(**known),  # type: ignore[arg-type]
        0, 0, 0, "own_rule", False, False, "local", 1,
    )  # fmt: skip


def after(standing: Standing, decision: Decision, now_ms: int) -> Standing:
    return Standing(
        decision.status,
        now_ms if decision.changed else standing.since_ms,
        now_ms if decision.known else standing.known_ms,
    )


def test_a_decision_is_changed_at_once_and_not_again_before_its_least_time() -> None:
    first = decide(Standing(), inputs(27.0), NOW, LEASE_MS)
    assert (first.status, first.changed) == ("on-cold", True)
    cooled = Standing("on-cold", NOW, NOW)
    early = decide(cooled, inputs(24.0), NOW + 4 * MINUTE_MS, LEASE_MS)
    assert (early.status, early.changed) == ("on-cold", False)
    assert early.why == ("24.0 °C is within 21 to 26 °C; the decision may change again in 6 min")
    later = decide(cooled, inputs(24.0), NOW + LEAST_MS, LEASE_MS)
    assert (later.status, later.changed) == ("off", True)


def test_while_the_temperature_is_unknown_the_decision_is_held_until_its_lease_ends() -> None:
    standing = Standing("on-cold", NOW, NOW)
    held = decide(standing, inputs(None), NOW + LEASE_MS - 1, LEASE_MS)
    assert (held.status, held.changed, held.known, held.blind) == ("on-cold", False, False, False)
    gone = decide(standing, inputs(None), NOW + LEASE_MS, LEASE_MS)
    assert (gone.status, gone.changed, gone.known, gone.blind) == ("off", True, False, True)
    off = Standing("off", NOW + LEASE_MS, NOW)
    assert decide(off, inputs(None), NOW + 2 * LEASE_MS, LEASE_MS).blind
    back = decide(off, inputs(27.0), NOW + 3 * LEASE_MS, LEASE_MS)
    assert (back.status, back.blind) == ("on-cold", False)


def test_the_lease_is_at_least_three_loops_and_no_shorter_than_the_least_time() -> None:
    assert LEASE_LOOPS >= 3
    assert LEASE_MS >= LEAST_MS


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(14, 34)),
            st.sampled_from([BAND, SETBACK]),
            st.sampled_from([None, True, False]),
            st.integers(1, 12),
        ),
        max_size=60,
    )
)
def test_whatever_happens_a_room_changes_no_faster_than_its_least_time(
    steps: list[tuple[float | None, Band, bool | None, int]],
) -> None:
    standing, now_ms = Standing(known_ms=NOW), NOW
    changes: list[int] = []
    for temperature_c, band, present, loops in steps:
        now_ms += loops * LOOP_MS
        known = replace(inputs(temperature_c, band), occupancy=Occupancy("counted", 1.0, present))
        decision = decide(standing, known, now_ms, LEASE_MS)
        assert decision == decide(standing, known, now_ms, LEASE_MS), "inputs alone decide"
        assert decision.status in STATUSES
        assert decision.changed is (decision.status != standing.status)
        assert decision.why
        if temperature_c is None:
            assert decision.status in (standing.status, "off"), "nothing begins in the dark"
        if decision.changed:
            changes.append(now_ms)
        standing = after(standing, decision, now_ms)
    assert all(b - a >= LEAST_MS for a, b in itertools.pairwise(changes))


FULL = {"on_off": True, "mode": ("auto", "heat", "cool", "off"), "setpoint_c": Range(16, 30, 0.5)}


@pytest.mark.parametrize(
    ("kind", "known", "status", "asked"),
    [
        ("hvac", FULL, "on-cold", [("set_mode", "cool"), ("on", None), ("set_setpoint_c", 23.5)]),
        ("heat_pump", FULL, "on-warm",
         [("set_mode", "heat"), ("on", None), ("set_setpoint_c", 23.5)]),
        ("hvac", FULL, "off", []),
        ("hvac", {"mode": ("heat", "off")}, "on-cold", []),
        ("hvac", {"on_off": True}, "on-cold", [("on", None)]),
        ("hvac", {"on_off": True}, "on-warm", []),
        ("heat_pump", {"on_off": True}, "on-warm", [("on", None)]),
        ("heat_pump", {"on_off": True}, "on-cold", []),
        ("hvac", {"setpoint_c": Range(24, 28, 1)}, "on-cold", [("set_setpoint_c", 24.0)]),
        ("water_heater", {"on_off": True, "setpoint_c": Range(45, 75, 1)}, "on-warm", []),
        ("lamp", {"on_off": True}, "on-warm", []),
    ],
)  # fmt: skip
def test_what_a_device_is_asked(
    kind: str, known: dict[str, object], status: Status, asked: list[tuple[str, object]]
) -> None:
    found = device_wishes(device(kind, **known), status, BAND)
    assert [(wish.command, wish.value) for wish in found] == asked


def test_who_could_never_do_anything_does_not_count() -> None:
    assert may_act(device("hvac", on_off=True))
    assert may_act(device("heat_pump", mode=("heat",)))
    assert not may_act(device("hvac", mode=("auto",)))
    assert not may_act(device("hvac", power_kw=Range(0, 3, 0.1)))
    assert not may_act(device("fan", on_off=True))


@given(
    st.sampled_from(["hvac", "heat_pump"]),
    st.booleans(),
    st.sets(st.sampled_from(["auto", "heat", "cool", "off"])),
    st.one_of(st.none(), st.tuples(st.floats(5, 20), st.floats(21, 40))),
    st.sampled_from(STATUSES),
    st.floats(10, 22),
    st.floats(0.5, 12),
)
def test_no_two_wishes_contradict_and_each_is_what_the_device_can(
    kind: str, on_off: bool, modes: set[str], limits: tuple[float, float] | None,
    status: Status, low: float, width: float,
) -> None:  # fmt: skip
    setpoint = None if limits is None else Range(*limits, 0.5)
    one = device(kind, on_off=on_off, mode=tuple(sorted(modes)), setpoint_c=setpoint)
    found = wishes([one], status, Band("comfort", low, low + width, ""))
    aspects = [ASPECT_OF_COMMAND[wish.command] for wish in found]
    assert len(aspects) == len(set(aspects))
    for wish in found:
        assert wish.command in one.capabilities.commands
        assert wish.command != "off"
        if wish.command == "set_mode":
            assert wish.value == ("cool" if status == "on-cold" else "heat")
        if wish.command == "set_setpoint_c" and setpoint is not None:
            assert setpoint.low <= float(wish.value or 0) <= setpoint.high
