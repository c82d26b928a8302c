import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.foundation.errors import InvalidInput
from domain.foundation.units import METRICS, known_units, to_default_unit


@pytest.mark.parametrize(
    ("metric", "value", "unit", "expected"),
    [
        ("power", 1500, "W", 1.5),
        ("power", 1.5, None, 1.5),
        ("energy", 812_400, "Wh", 812.4),
        ("temperature", 69.8, "°F", 21.0),
        ("temperature", 294.15, "K", 21.0),
        ("voltage", 230_000, "mV", 230.0),
        ("water", 250, "l", 0.25),
        ("price", 85, "EUR/MWh", 0.085),
        ("carbon_intensity", 0.144, "kg/kWh", 144.0),
        ("heat_energy", 3.6, "MJ", 1.0),
    ],
)
def test_units_convert_on_entry(metric, value, unit, expected):
    assert to_default_unit(metric, value, unit) == pytest.approx(expected, rel=1e-12)


def test_an_unknown_unit_names_the_known_ones():
    with pytest.raises(InvalidInput) as raised:
        to_default_unit("power", 1, "furlong")
    assert raised.value.code == "unknown_unit"
    assert raised.value.fields[0].limit == known_units("power")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused(value):
    with pytest.raises(InvalidInput, match="finite"):
        to_default_unit("power", value, "kW")


@given(metric=st.sampled_from(sorted(METRICS)), value=st.floats(-1e6, 1e6))
def test_the_default_unit_changes_nothing(metric, value):
    assert to_default_unit(metric, value, METRICS[metric].unit) == value


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_every_metric_knows_its_own_unit_first(metric):
    assert known_units(metric)[0] == METRICS[metric].unit
