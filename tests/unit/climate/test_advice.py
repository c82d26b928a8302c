"""The one advice: what it says, why, and what it says while it follows itself."""

from dataclasses import replace

import pytest

from domain.climate.advice import advise
from domain.climate.model import Band, Inputs, Measure, Occupancy, Status

COMFORT = Band("comfort", 21.0, 26.0, "Comfort: Tuesday 07:00 to 19:00")
SETBACK = Band("setback", 17.0, 29.0, "Setback: closed on Sunday")
NOBODY = Occupancy("counted", 0.0, False)
SOMEBODY = Occupancy("counted", 4.0, True)
STILL = Occupancy("motion", None, False)


def live(value: float | None) -> Measure:
    return Measure() if value is None else Measure(value, 1, "fresh", 60.0)


def inputs(temperature_c: float | None, **changes: object) -> Inputs:
    known = Inputs(COMFORT, 19.0, 28.0, live(temperature_c), live(40.0), SOMEBODY)
    return replace(known, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("temperature_c", "occupancy", "status"),
    [
        (23.0, SOMEBODY, "off"),
        (21.0, SOMEBODY, "off"),
        (26.0, SOMEBODY, "off"),
        (26.1, SOMEBODY, "on-cold"),
        (20.9, SOMEBODY, "on-warm"),
        (26.1, Occupancy(), "on-cold"),
        (26.1, NOBODY, "off"),
        (26.1, STILL, "off"),
        (20.9, NOBODY, "off"),
        (28.1, NOBODY, "on-cold"),
        (18.9, NOBODY, "on-warm"),
        (None, SOMEBODY, "off"),
    ],
)
def test_comfort_hours_follow_band_and_people(
    temperature_c: float | None, occupancy: Occupancy, status: str
) -> None:
    assert advise(inputs(temperature_c, occupancy=occupancy)).status == status


@pytest.mark.parametrize(
    ("temperature_c", "status"),
    [(26.5, "off"), (18.0, "off"), (16.9, "on-warm"), (29.1, "on-cold")],
)
@pytest.mark.parametrize("occupancy", [NOBODY, SOMEBODY, Occupancy()])
def test_setback_asks_for_less_whoever_is_there(
    temperature_c: float, status: str, occupancy: Occupancy
) -> None:
    found = advise(inputs(temperature_c, band=SETBACK, occupancy=occupancy, humidity=live(None)))
    assert found.status == status


@pytest.mark.parametrize(
    ("temperature_c", "before", "status"),
    [
        (25.6, "off", "off"),
        (25.6, "on-cold", "on-cold"),
        (25.5, "on-cold", "off"),
        (21.4, "off", "off"),
        (21.4, "on-warm", "on-warm"),
        (21.5, "on-warm", "off"),
        (20.0, "on-cold", "on-warm"),
    ],
)
def test_what_has_begun_goes_on_half_a_degree_into_the_band(
    temperature_c: float, before: Status, status: str
) -> None:
    assert advise(inputs(temperature_c), before).status == status


def test_humid_air_counts_as_it_feels_and_dry_air_hides_nothing() -> None:
    humid = advise(inputs(28.5, band=SETBACK, humidity=live(75.0)))
    assert (humid.status, round(humid.feels_like_c or 0)) == ("on-cold", 32)
    assert humid.reason == "28.5 °C, which feels like 32.5 °C, is above 17 to 29 °C"
    assert advise(inputs(28.5, band=SETBACK)).status == "off"
    dry = advise(inputs(29.2, band=SETBACK, humidity=live(10.0)))
    assert dry.status == "on-cold"
    assert (dry.feels_like_c or 99) < 29.0


def test_the_reason_names_value_and_band() -> None:
    assert advise(inputs(27.26)).reason == "27.3 °C is above 21 to 26 °C"
    assert advise(inputs(20.0)).reason == "20.0 °C is below 21 to 26 °C"
    assert advise(inputs(23.0)).reason == "23.0 °C is within 21 to 26 °C"
    assert advise(inputs(25.8), "on-cold").reason == (
        "25.8 °C is within 21 to 26 °C; cooling goes on down to 25.5 °C"
    )
    assert advise(inputs(None)).reason.startswith("No live temperature, so")
    stale = inputs(None, temperature=Measure(None, 5, "stale", 60.0))
    assert "the last one is stale" in advise(stale).reason


@pytest.mark.parametrize(
    ("temperature_c", "outdoor_c", "words"),
    [
        (27.0, 20.0, "fresh air would cool"),
        (27.0, 26.0, None),
        (19.5, 24.0, "fresh air would heat"),
        (19.5, 12.0, None),
        (23.0, 12.0, None),
        (27.0, None, None),
    ],
)
def test_air_outside_that_would_do_it_for_nothing_is_a_hint(
    temperature_c: float, outdoor_c: float | None, words: str | None
) -> None:
    hint = advise(inputs(temperature_c, outdoor=live(outdoor_c))).hint
    assert words in hint if words and hint else hint == words
