"""The sun goes down where and when it does, and a silent inverter is 0 only then."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pvlib
import pytest

from domain.building.energy_slots import MeterEnergy, Part, build_slots, sum_slots
from domain.building.night import Sky, lives_on_the_sun, sun_elevation_deg, with_nights
from domain.foundation.clock import to_ms
from domain.foundation.intervals import Period

LISBON = Sky(38.72, -9.14)
TROMSO = Sky(69.65, 18.96)
SLOT_MS = 900_000
PLACES = {
    "Lisbon": (38.72, -9.14),
    "Tromsø": (69.65, 18.96),
    "Quito": (-0.18, -78.47),
    "Sydney": (-33.87, 151.21),
    "Fiji": (-17.7, 178.1),
    "South Pole": (-90.0, 0.0),
}


def at(zone: str, *moment: int) -> int:
    return to_ms(datetime(*moment, tzinfo=ZoneInfo(zone)))  # type: ignore[arg-type]


@pytest.mark.parametrize("place", PLACES)
def test_the_elevation_is_that_of_a_full_ephemeris(place: str) -> None:
    latitude, longitude = PLACES[place]
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=37 * n) for n in range(240)]
    theirs = pvlib.solarposition.get_solarposition(pd.DatetimeIndex(moments), latitude, longitude)
    ours = [sun_elevation_deg(to_ms(moment), latitude, longitude) for moment in moments]
    assert ours == pytest.approx(list(theirs["elevation"]), abs=0.02)


@pytest.mark.parametrize(
    ("sky", "ts_ms", "dark", "night"),
    [
        # Sunset in Lisbon on 21 June is at 21:05, sunrise at 06:12; 17:18 and 07:51 on 21 December.
        (LISBON, at("Europe/Lisbon", 2026, 6, 21, 21, 0), False, False),
        (LISBON, at("Europe/Lisbon", 2026, 6, 21, 21, 10), True, False),
        (LISBON, at("Europe/Lisbon", 2026, 6, 22, 1, 0), True, True),
        (LISBON, at("Europe/Lisbon", 2026, 6, 22, 6, 5), True, False),
        (LISBON, at("Europe/Lisbon", 2026, 6, 22, 6, 20), False, False),
        (LISBON, at("Europe/Lisbon", 2026, 12, 21, 17, 10), False, False),
        (LISBON, at("Europe/Lisbon", 2026, 12, 21, 17, 30), True, False),
        # The night in which the clocks go forward is as long as any other.
        (LISBON, at("Europe/Lisbon", 2026, 3, 29, 7, 10), True, False),
        (LISBON, at("Europe/Lisbon", 2026, 3, 29, 7, 40), False, False),
        (Sky(-33.87, 151.21), at("Australia/Sydney", 2026, 6, 21, 12, 0), False, False),
        (Sky(-33.87, 151.21), at("Australia/Sydney", 2026, 6, 21, 18, 0), True, True),
        (Sky(21.3, -157.86), at("Pacific/Honolulu", 2026, 6, 21, 12, 0), False, False),
        # Beyond the polar circle: no night in June, no day in December.
        (TROMSO, at("Europe/Oslo", 2026, 6, 21, 0, 40), False, False),
        (TROMSO, at("Europe/Oslo", 2026, 12, 21, 11, 40), True, False),
        (TROMSO, at("Europe/Oslo", 2026, 12, 21, 23, 40), True, True),
    ],
)
def test_it_is_dark_from_sunset_to_sunrise(sky: Sky, ts_ms: int, dark: bool, night: bool) -> None:
    assert (sky.is_dark(ts_ms), sky.is_night(ts_ms)) == (dark, night)


@pytest.mark.parametrize(
    ("place", "zone", "fits"),
    [
        (PLACES["Lisbon"], "Europe/Lisbon", True),
        (PLACES["Lisbon"], "Europe/Madrid", True),
        (PLACES["Lisbon"], "Asia/Tokyo", False),
        (PLACES["Lisbon"], "America/New_York", False),
        (PLACES["Fiji"], "Pacific/Fiji", True),
        (PLACES["Lisbon"], "Africa/Johannesburg", False),
        ((31.2, 121.5), "Asia/Shanghai", True),
        ((1.9, -157.4), "Pacific/Kiritimati", True),
        (PLACES["Quito"], "UTC", False),
    ],
)
def test_a_place_that_cannot_be_in_the_buildings_zone_is_not_believed(
    place: tuple[float, float], zone: str, fits: bool
) -> None:
    assert Sky(*place).fits(ZoneInfo(zone), datetime(2026, 6, 16, tzinfo=UTC)) is fits


@pytest.mark.parametrize(
    ("power_kw", "hour", "solar"),
    [(0.0, 2, True), (0.04, 2, True), (12.0, 2, False), (12.0, 13, True), (0.3, 21, True)],
)
def test_who_generates_at_night_does_not_live_on_the_sun(
    power_kw: float, hour: int, solar: bool
) -> None:
    ts_ms = at("Europe/Lisbon", 2026, 6, 21, hour, 20)
    assert lives_on_the_sun(LISBON, power_kw, ts_ms) is solar


def a_day(sky: Sky, parts: dict[int, Part], start_ms: int, hours: float = 24.0) -> dict[int, Part]:
    starts = list(range(start_ms, start_ms + round(hours * 3_600_000), SLOT_MS))
    span = Period.of_ms(start_ms, start_ms + round(hours * 3_600_000))
    return with_nights(parts, starts, SLOT_MS, span, sky)


MIDNIGHT = at("Europe/Lisbon", 2026, 6, 21, 0, 0)


def by_day(kwh: float = 2.0, first: int = 24, end: int = 84) -> dict[int, Part]:
    """An inverter that speaks from 6:00 to 21:00."""
    return {MIDNIGHT + n * SLOT_MS: Part(kwh, 0.0, 900.0) for n in range(first, end)}


def test_the_silence_of_a_night_is_filled_with_nothing_and_says_so() -> None:
    filled = a_day(LISBON, by_day(), MIDNIGHT)
    assumed = [at_ms for at_ms, part in filled.items() if part.assumed]
    assert {filled[at_ms].plus_kwh for at_ms in assumed} == {0.0}
    hours = sorted((at_ms - MIDNIGHT) / 3_600_000 for at_ms in assumed)
    assert hours == [*(n / 4 for n in range(24)), *(n / 4 for n in range(85, 96))]


def test_silence_by_day_stays_unknown() -> None:
    parts = by_day(first=24, end=40)
    filled = a_day(LISBON, parts, MIDNIGHT)
    assert MIDNIGHT + 50 * SLOT_MS not in filled


def test_an_inverter_that_reports_its_night_is_taken_at_its_word() -> None:
    reported = {MIDNIGHT + n * SLOT_MS: Part(0.0, 0.0, 890.0) for n in range(96)}
    assert a_day(LISBON, reported, MIDNIGHT) == reported


def test_a_generator_that_ran_in_the_night_is_never_assumed_to_rest() -> None:
    parts = by_day() | {MIDNIGHT + 8 * SLOT_MS: Part(3.0, 0.0, 900.0)}
    assert a_day(LISBON, parts, MIDNIGHT) == parts


def test_a_polar_summer_has_nothing_to_fill_and_a_polar_winter_all_of_it() -> None:
    summer, winter = at("Europe/Oslo", 2026, 6, 21, 0, 0), at("Europe/Oslo", 2026, 12, 21, 0, 0)
    assert a_day(TROMSO, {}, summer) == {}
    assert len(a_day(TROMSO, {}, winter)) == 96


def test_a_night_that_is_not_over_is_filled_up_to_now() -> None:
    filled = a_day(LISBON, {}, MIDNIGHT, hours=1.1)
    assert [part.covered_s for part in filled.values()] == pytest.approx([900.0] * 4 + [360.0])


def day_totals(parts: dict[int, Part], hours: float = 24.0):
    """With a main meter that takes 8 kW all day."""
    starts = list(range(MIDNIGHT, MIDNIGHT + round(hours * 3_600_000), SLOT_MS))
    meters = [
        MeterEnergy("main", {ts: Part(2.0, 0.0, 900.0) for ts in starts}),
        MeterEnergy("generation", a_day(LISBON, parts, MIDNIGHT, hours)),
    ]
    return sum_slots(meters, build_slots(meters, starts), hours * 3600)


def test_the_day_of_a_silent_inverter_is_whole_and_an_estimate() -> None:
    totals = day_totals(by_day())
    assert totals.consumption_kwh == pytest.approx(96 * 2 + 60 * 2 - 2)
    assert totals.generation_kwh == pytest.approx(120.0)
    assert totals.coverage == pytest.approx(95 / 96), "the slot of the sunset stays unknown"
    assert totals.assumed == pytest.approx(35 / 96)
    assert totals.approximate
    assert not totals.estimated


def test_a_dark_morning_so_far_generated_nothing_and_a_whole_day_of_silence_is_unknown() -> None:
    assert day_totals({}, hours=4.0).generation_kwh == 0.0
    assert day_totals({}).generation_kwh is None
