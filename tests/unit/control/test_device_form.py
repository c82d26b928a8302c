"""The form of a device: filled in, read back as the use case takes it, refused at its fields."""

import pytest

from domain.control.capabilities import device_columns
from domain.control.model import MODES, Capabilities, Device, Discovered, Range, Report
from domain.foundation.errors import Conflict, FieldError, InvalidInput
from pages import _devices_edit_values as values
from pages import _devices_trial as trial
from pages._forms import FORM

ABLE = Capabilities(True, Range(0.0, 11.0, 0.1), Range(16.0, 30.0), MODES, Range(0.0, 100.0, 5.0))
DEVICE = Device("D", "Heat pump", "heat_pump", 4, "METER/1", "power", ABLE, 300, 60, 20, "off",
                True, True, "virtual", 7)  # fmt: skip


def test_a_device_that_is_opened_and_saved_stays_as_it_was() -> None:
    fields = values.fields_of(values.of_device(DEVICE), new=False)
    assert fields.pop("room") == "4"
    assert fields.pop("meter") == {"sensor_id": "METER/1", "metric": "power"}
    columns = device_columns(fields)
    assert columns["capabilities"] == ABLE
    assert columns == {name: getattr(DEVICE, name) for name in columns}


def test_a_stranger_is_filled_in_by_what_it_says_and_its_type() -> None:
    said = Discovered(
        Report("X", on=True), "Lamp 7", 3, Capabilities(on_off=True), guessed_type="lamp"
    )
    filled = values.of_stranger(said)
    assert (filled["name"], filled["room"], filled["meter"]) == ("Lamp 7", "3", values.NONE)
    assert filled["on_off"] is True
    assert (filled["shed_percent_on"], filled["shed_percent_high"]) == (True, 100.0)
    assert filled["power_kw_on"] is False
    device_columns(
        {k: v for k, v in values.fields_of(filled, new=True).items() if k not in ("room", "meter")}
    )
    assert set(values.of_stranger(None)) | {"device_id"} == set(values.FIELDS)


@pytest.mark.parametrize("kind", ["hvac", "ev_charger", "battery", "other", "no such type"])
def test_what_a_type_fills_in_can_be_saved(kind: str) -> None:
    filled = values.of_type(kind, Capabilities())
    device_columns({"capabilities": values.capabilities_of(filled)})


def test_only_what_is_switched_on_is_said_and_an_empty_name_of_a_new_one_is_not() -> None:
    filled = {**values.of_device(DEVICE), "name": " ", "setpoint_c_on": False, "power_kw_step": ""}
    fields = values.fields_of(filled, new=True)
    able = fields["capabilities"]
    assert isinstance(able, dict)
    assert "setpoint_c" not in able
    assert able["power_kw"] == [0.0, 11.0, 0]
    assert "name" not in fields
    assert values.fields_of(filled, new=False)["name"] == " "


def test_a_refusal_stands_at_its_field_or_at_its_ability() -> None:
    with pytest.raises(InvalidInput) as refused:
        device_columns({"name": "", "min_on_s": -1, "capabilities": {"power_kw": [None, 5, 0]}})
    words = values.refused(refused.value)
    assert set(words) == {"name", "min_on_s", "power_kw", FORM}
    assert words["power_kw"].startswith("lowest below highest")
    foreign = InvalidInput("No.", [FieldError("capabilities", "an object")])
    assert values.refused(foreign) == {FORM: "an object"}
    exists = Conflict("“X” is registered already.", code="device_exists")
    assert values.refused(exists)["device_id"] == exists.message
    changed = values.refused(Conflict("Somebody else has changed it.", code="device_changed"))
    assert values.CHANGED in changed[FORM]
    asked = InvalidInput("No.", [FieldError("value", "a finite number")])
    assert values.refused(asked, trial.FIELDS) == {"value": "a finite number"}


def test_what_can_be_tried_follows_what_is_switched_on() -> None:
    filled = values.of_device(DEVICE)
    assert [name for name, _ in trial.options(filled)] == [
        "off", "on", "set_power_kw", "set_setpoint_c", "set_shed_percent", "set_mode",
    ]  # fmt: skip
    nothing = {**values.of_capabilities(Capabilities())}
    assert trial.options(nothing)[0][0] == trial.NOTHING


@pytest.mark.parametrize(
    ("command", "now", "first"),
    [
        ("set_setpoint_c", 21.5, 21.5),
        ("set_setpoint_c", 45.0, 23.0),
        ("set_setpoint_c", None, 23.0),
        ("set_power_kw", None, 5.5),
        ("set_shed_percent", None, 50.0),
        ("off", None, None),
    ],
)
def test_a_test_begins_with_a_value_the_device_takes(
    command: str, now: float | None, first: float | None
) -> None:
    assert trial.first_number(values.of_device(DEVICE), command, now) == first


def test_forged_values_never_break_the_form() -> None:
    forged = dict.fromkeys(values.FIELDS, "x")
    with pytest.raises(InvalidInput):
        device_columns(
            {
                k: v
                for k, v in values.fields_of(forged, new=True).items()
                if k not in ("room", "meter")
            }
        )
    assert trial.first_number(forged, "set_power_kw", None) is None
    assert trial.asked_value("on", 5, "heat") is None
