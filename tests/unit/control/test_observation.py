"""Whether the meter shows it: only what was measured since, within what may fall short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.control.model import Report
from domain.control.observation import expected, observe
from domain.telemetry.model import Latest
from tests.unit.control.test_arbitration import BATTERY, DEVICE, NOW_MS


def metered(power_kw: float, after_ms: int = 1000) -> Latest:
    return Latest("M", "power", NOW_MS + after_ms, power_kw, "kW", 10.0)


def seen(command: str, value: object, before: float, own: float, after: float) -> bool | None:
    awaited = expected(DEVICE, command, value, before, own, metered=True, alone=False)  # type: ignore[arg-type]
    return observe(command, value, awaited, metered(after), Report("D"), NOW_MS).agrees  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("command", "value", "before", "own", "after", "agrees"),
    [
        ("off", None, 3.0, 3.0, 0.02, True),
        ("off", None, 3.0, 3.0, 2.9, False),
        ("off", None, 5.0, 3.0, 2.1, True),
        ("off", None, 5.0, 3.0, 4.8, False),
        ("on", None, 0.0, 0.0, 2.5, True),
        ("on", None, 0.0, 0.0, 0.0, False),
        ("set_shed_percent", 50.0, 4.0, 4.0, 2.1, True),
        ("set_shed_percent", 50.0, 4.0, 4.0, 3.9, False),
        ("set_power_kw", 2.0, 7.0, 7.0, 2.1, True),
        ("set_power_kw", 2.0, 7.0, 7.0, 6.9, False),
        ("set_power_kw", 8.0, 0.0, 0.0, 0.0, True),
        ("set_mode", "off", 3.0, 3.0, 3.0, False),
    ],
)
def test_the_meter_agrees_or_it_does_not(
    command: str, value: object, before: float, own: float, after: float, agrees: bool
) -> None:
    assert seen(command, value, before, own, after) is agrees


@pytest.mark.parametrize(
    ("command", "value", "own_kw", "alone"),
    [
        ("set_shed_percent", 50.0, None, True),
        ("off", None, 1.4, False),
        ("on", None, 0.0, False),
        ("set_power_kw", 2.0, 7.0, False),
        ("set_mode", "off", 3.0, False),
    ],
)
def test_what_changed_from_an_unknown_power_is_neither_seen_nor_contradicted(
    command: str, value: object, own_kw: float | None, alone: bool
) -> None:
    awaited = expected(DEVICE, command, value, None, own_kw, metered=True, alone=alone)  # type: ignore[arg-type]
    found = observe(command, value, awaited, metered(2.0), Report("D"), NOW_MS)  # type: ignore[arg-type]
    assert found.agrees is None
    assert "unknown" in found.words


def test_a_device_alone_on_its_meter_is_judged_though_the_meter_was_silent_before() -> None:
    awaited = expected(DEVICE, "off", None, None, 3.0, metered=True, alone=True)
    for power_kw, agrees in ((0.02, True), (2.9, False)):
        found = observe("off", None, awaited, metered(power_kw), Report("D"), NOW_MS)
        assert found.agrees is agrees


def test_a_battery_has_to_reach_its_power_in_its_direction() -> None:
    awaited = expected(BATTERY, "set_power_kw", -5.0, 3.0, 3.0, metered=True, alone=True)
    for power_kw, agrees in ((-5.0, True), (-4.4, True), (5.0, False), (0.0, False)):
        found = observe("set_power_kw", -5.0, awaited, metered(power_kw), Report("D"), NOW_MS)
        assert found.agrees is agrees


@given(st.floats(0.5, 50), st.floats(0, 50), st.floats(0, 1))
def test_a_device_that_stops_is_seen_and_one_that_goes_on_is_not(
    own: float, others: float, noise: float
) -> None:
    before = own + others
    assert seen("off", None, before, own, others + noise * 0.04) is True
    assert seen("off", None, before, own, before) is False


def test_what_was_measured_before_the_command_is_no_evidence() -> None:
    awaited = expected(DEVICE, "off", None, 3.0, 3.0, metered=True, alone=True)
    found = observe("off", None, awaited, metered(0.0, after_ms=0), Report("D"), NOW_MS)
    assert found.agrees is None


def test_with_a_meter_the_devices_own_word_does_not_count() -> None:
    awaited = expected(DEVICE, "off", None, 3.0, 3.0, metered=True, alone=True)
    says_off = Report("D", on=False, power_kw=0.0, said_ms=NOW_MS + 1000)
    found = observe("off", None, awaited, metered(3.0), says_off, NOW_MS)
    assert (found.agrees, found.evidence) == (False, "meter")


def test_a_set_point_is_taken_from_the_report_and_called_so() -> None:
    awaited = expected(DEVICE, "set_setpoint_c", 20.0, 3.0, 3.0, metered=True, alone=True)
    for said_c, agrees in ((20.1, True), (22.0, False), (None, None)):
        report = Report("D", setpoint_c=said_c, said_ms=NOW_MS + 1)
        found = observe("set_setpoint_c", 20.0, awaited, metered(3.0), report, NOW_MS)
        assert (found.agrees, found.evidence) == (agrees, "reported")


def test_a_reduction_told_to_a_reduced_device_is_measured_by_what_it_drew_unreduced() -> None:
    awaited = expected(
        DEVICE, "set_shed_percent", 50.0, 0.0, 0.0, metered=True, alone=True, untold_kw=3.0
    )
    for power_kw, agrees in ((1.5, True), (3.0, False)):
        found = observe("set_shed_percent", 50.0, awaited, metered(power_kw), Report("D"), NOW_MS)
        assert found.agrees is agrees
