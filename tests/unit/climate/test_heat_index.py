"""The heat index against the published chart of the National Weather Service [°F].

The chart has no adjustments, which begin at 85 % of humidity: they are tested apart.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.climate.heat_index import VALID_FROM_C, feels_like_c

NWS_CHART = {
    # °F: {relative humidity: heat index}
    80: {40: 80, 60: 82, 80: 84},
    82: {40: 81, 60: 84, 80: 89},
    86: {40: 85, 55: 89, 70: 95, 85: 102},
    90: {40: 91, 50: 95, 60: 100, 80: 113},
    94: {40: 97, 55: 106, 70: 119},
    100: {40: 109, 50: 118, 60: 129},
    104: {40: 119, 55: 137},
    110: {40: 136},
}


def c(fahrenheit: float) -> float:
    return (fahrenheit - 32.0) / 1.8


def f(celsius: float) -> float:
    return celsius * 1.8 + 32.0


@pytest.mark.parametrize(
    ("fahrenheit", "humidity", "index"),
    [(t, rh, index) for t, row in NWS_CHART.items() for rh, index in row.items()],
)
def test_the_index_is_that_of_the_chart(fahrenheit: int, humidity: int, index: int) -> None:
    assert f(feels_like_c(c(fahrenheit), humidity)) == pytest.approx(index, abs=1.0)


@pytest.mark.parametrize(
    ("temperature_c", "humidity", "feels_c"),
    [
        (24.0, 50.0, 24.0),  # below 80 °F the temperature itself: the original had a wrong sign
        (20.0, 90.0, 20.0),
        (26.6, 100.0, 26.6),
        (30.0, 70.0, 35.0),
        (32.0, 50.0, 34.4),
        (32.0, None, 32.0),
    ],
)
def test_in_degrees_celsius(temperature_c: float, humidity: float | None, feels_c: float) -> None:
    assert feels_like_c(temperature_c, humidity) == pytest.approx(feels_c, abs=0.1)


def test_very_dry_and_very_humid_air_are_adjusted() -> None:
    assert f(feels_like_c(c(95), 10)) == pytest.approx(90.2 - 0.75, abs=0.1)
    assert f(feels_like_c(c(80), 100)) == pytest.approx(87 + 1.5 * 1.4, abs=0.3)
    assert f(feels_like_c(c(82), 95)) == pytest.approx(93 + 1.0, abs=0.7)


@given(st.floats(-20, VALID_FROM_C - 0.01), st.floats(0, 100))
def test_below_80_fahrenheit_it_is_the_temperature(temperature_c: float, humidity: float) -> None:
    assert feels_like_c(temperature_c, humidity) == temperature_c


@given(st.floats(27, 43), st.floats(40, 84))
def test_more_humidity_never_feels_cooler(temperature_c: float, humidity: float) -> None:
    drier, wetter = (feels_like_c(temperature_c, rh) for rh in (humidity, humidity + 1))
    assert wetter >= drier - 0.01
