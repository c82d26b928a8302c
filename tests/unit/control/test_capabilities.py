"""What a device may be and be told: everything wrong is named with its field and limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.control.capabilities import command_value, device_columns, on_step, read_capabilities
from domain.control.model import Capabilities, Range
from domain.foundation.errors import InvalidInput

HEAT_PUMP = Capabilities(
    on_off=True,
    setpoint_c=Range(16, 30, 0.5),
    mode=("auto", "heat"),
    shed_percent=Range(0, 100, 5),
)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": " "}, {"name"}),
        ({"name": "x" * 61, "device_type": "rocket"}, {"name", "device_type"}),
        ({"capabilities": {"fly": True}}, {"capabilities"}),
        ({"capabilities": {"power_kw": [5, 1]}}, {"capabilities"}),
        ({"capabilities": {"power_kw": [0, float("inf")]}}, {"capabilities"}),
        ({"capabilities": {"mode": ["dance"]}}, {"capabilities"}),
        (
            {"min_on_s": -1, "min_off_s": 86_401, "ramp_s": True},
            {"min_on_s", "min_off_s", "ramp_s"},
        ),
        ({"dr_enabled": 1, "sharing": "all", "wings": 2}, {"dr_enabled", "sharing", "wings"}),
    ],
)
def test_every_field_that_is_wrong_is_named(fields: dict[str, object], named: set[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        device_columns(fields)
    assert {entry.field for entry in refused.value.fields} == named


@pytest.mark.parametrize(
    ("command", "value", "field", "limit"),
    [
        ("set_power_kw", 1.0, "command", list(HEAT_PUMP.commands)),
        ("launch", None, "command", list(HEAT_PUMP.commands)),
        ("set_setpoint_c", 31, "value", [16, 30]),
        ("set_setpoint_c", float("nan"), "value", [16, 30]),
        ("set_setpoint_c", "20", "value", [16, 30]),
        ("set_setpoint_c", None, "value", [16, 30]),
        ("set_mode", "cool", "value", ["auto", "heat"]),
        ("off", 1, "value", None),
    ],
)
def test_a_command_that_cannot_be_done_names_what_could(
    command: str, value: object, field: str, limit: object
) -> None:
    with pytest.raises(InvalidInput) as refused:
        command_value(HEAT_PUMP, command, value)
    assert [(entry.field, entry.limit) for entry in refused.value.fields] == [(field, limit)]


def test_a_command_that_can_be_done_comes_back_on_the_devices_step() -> None:
    assert command_value(HEAT_PUMP, "set_setpoint_c", 20.6) == 20.5
    assert command_value(HEAT_PUMP, "set_mode", "heat") == "heat"
    assert command_value(HEAT_PUMP, "off", None) is None


@given(
    low=st.floats(-100, 100), width=st.floats(0.1, 200), step=st.floats(0, 10), at=st.floats(0, 1)
)
def test_a_stepped_value_never_leaves_its_range(
    low: float, width: float, step: float, at: float
) -> None:
    limits = Range(low, low + width, min(step, width))
    number = min(low + at * width, limits.high)
    stepped = on_step(limits, number)
    assert limits.low <= stepped <= limits.high
    assert abs(stepped - number) <= limits.step + 1e-6


def test_capabilities_are_read_back_as_they_were_written() -> None:
    assert read_capabilities(HEAT_PUMP.as_dict()) == HEAT_PUMP
    assert HEAT_PUMP.commands == ("on", "off", "set_setpoint_c", "set_mode", "set_shed_percent")
