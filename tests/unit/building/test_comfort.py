import pytest

from domain.building.comfort import (
    Comfort,
    Measured,
    TimeBeyond,
    checked_limits,
    combined_curve,
    comfort_state,
    outside_band,
    temperature_step,
    with_limits,
)
from domain.foundation.errors import InvalidInput

USUAL = Comfort()
MINUTE_MS = 60_000


def outside(starts: list[int], values: list[float | None], hold_ms: int, until: int) -> TimeBeyond:
    return outside_band(starts, values, hold_ms, until, USUAL)


def live(**values: float) -> dict[str, Measured]:
    return {metric: Measured(value, live=True) for metric, value in values.items()}


@pytest.mark.parametrize(
    ("temperature_c", "step"),
    [
        (-3.0, "cold"),
        (18.9, "cold"),
        (19.0, "cool"),
        (20.9, "cool"),
        (21.0, "in_band"),
        (26.0, "in_band"),
        (26.1, "warm"),
        (28.0, "warm"),
        (28.1, "hot"),
    ],
)
def test_edges_belong_to_the_milder_step(temperature_c: float, step: str) -> None:
    assert temperature_step(temperature_c, USUAL) == step


@pytest.mark.parametrize(
    ("values", "word", "tone", "step"),
    [
        (live(temperature=23.0, co2=700.0, humidity=45.0), "In band", "ok", "in_band"),
        (live(temperature=26.4), "Warm", "warning", "warm"),
        (live(temperature=29.0), "Hot", "warning", "hot"),
        (live(temperature=20.6), "Cool", "cool", "cool"),
        (live(temperature=17.0), "Cold", "warning", "cold"),
        (live(temperature=23.9, co2=1214.0), "Air stuffy", "warning", "in_band"),
        (live(temperature=27.0, co2=1214.0), "Warm", "warning", "warm"),
        (live(temperature=23.0, humidity=20.0), "Air dry", "warning", "in_band"),
        (live(temperature=23.0, humidity=80.0), "Air humid", "warning", "in_band"),
        (live(co2=1500.0), "Air stuffy", "warning", None),
        (live(humidity=40.0), "No temperature", "missing", None),
        ({}, "No data", "missing", None),
    ],
)
def test_the_word_is_the_most_pressing_thing(
    values: dict[str, Measured], word: str, tone: str, step: str | None
) -> None:
    state = comfort_state(values, USUAL)
    assert (state.word, state.tone, state.step) == (word, tone, step)


def test_a_stale_temperature_has_no_step() -> None:
    state = comfort_state({"temperature": Measured(30.0, live=False)}, USUAL)
    assert (state.step, state.word, state.tone) == (None, "Stale", "stale")


def test_a_stale_co2_is_said_while_the_temperature_is_fine() -> None:
    values = {**live(temperature=23.6), "co2": Measured(3000.0, live=False)}
    state = comfort_state(values, USUAL)
    assert (state.word, state.tone, state.step) == ("CO₂ stale", "stale", "in_band")


def test_every_reason_is_kept_with_its_limit() -> None:
    state = comfort_state(live(temperature=27.0, co2=1214.0), USUAL)
    assert [(r.metric, r.value, r.limit, r.above) for r in state.reasons] == [
        ("temperature", 27.0, 26.0, True),
        ("co2", 1214.0, 1000.0, True),
    ]


def test_a_room_with_its_own_band_is_judged_by_it() -> None:
    server_room = with_limits(USUAL, {"temperature_low": 16.0, "temperature_high": 24.0})
    assert temperature_step(18.0, server_room) == "in_band"
    assert temperature_step(25.0, server_room) == "warm"


def test_cold_and_hot_keep_their_distance_to_a_band_that_is_moved() -> None:
    moved = with_limits(USUAL, {"temperature_low": 16.0, "temperature_high": 24.0})
    assert (moved.cold_below, moved.hot_above) == (14.0, 26.0)
    own = with_limits(USUAL, {"temperature_low": 16.0, "cold_below": 10.0})
    assert (own.cold_below, own.hot_above) == (10.0, 28.0)


def test_time_outside_the_band_is_weighted_and_dated() -> None:
    starts = [minute * MINUTE_MS for minute in (0, 10, 20, 30)]
    found = outside(starts, [25.0, 26.5, 27.0, 27.0], 15 * MINUTE_MS, 40 * MINUTE_MS)
    assert (found.beyond_s, found.measured_s) == (1800.0, 2400.0)
    assert found.since_ms == 10 * MINUTE_MS


def test_a_gap_is_neither_inside_nor_outside() -> None:
    starts = [minute * MINUTE_MS for minute in (0, 10, 20)]
    found = outside(starts, [27.0, None, 27.0], 10 * MINUTE_MS, 25 * MINUTE_MS)
    assert (found.beyond_s, found.measured_s) == (900.0, 900.0)
    assert found.since_ms == 20 * MINUTE_MS


@pytest.mark.parametrize(
    ("curves", "highest", "together"),
    [
        ([([0, 1], [20.0, 24.0]), ([0, 1], [28.0, None])], False, ([0, 1], [24.0, 24.0])),
        ([([0, 1], [600.0, None]), ([0, 1], [900.0, None])], True, ([0, 1], [900.0, None])),
        ([([0], [20.0]), ([1], [22.0])], False, ([0, 1], [20.0, 22.0])),
        ([([0, 2], [20.0, None])], False, ([0, 2], [20.0, None])),
    ],
)
def test_several_probes_are_the_mean_or_the_worst_of_those_that_speak(
    curves, highest: bool, together
) -> None:
    assert combined_curve(curves, highest=highest) == together


def test_a_value_holds_no_longer_than_allowed() -> None:
    found = outside([0], [27.0], 10 * MINUTE_MS, 60 * MINUTE_MS)
    assert found.beyond_s == 600.0
    assert found.since_ms is None


@pytest.mark.parametrize(
    ("own", "field"),
    [
        ({"temperature_low": 27.0}, "temperature_high"),
        ({"cold_below": 22.0}, "cold_below"),
        ({"hot_above": 25.0}, "hot_above"),
        ({"temperature_low": 18.0, "cold_below": 20.0}, "cold_below"),
        ({"humidity_low": 70.0}, "humidity_high"),
        ({"co2_limit_ppm": 50.0}, "co2_limit_ppm"),
        ({"temperature_low": "warm"}, "temperature_low"),
        ({"temperature_low": float("nan")}, "temperature_low"),
        ({"brightness": 3}, "brightness"),
    ],
)
def test_limits_that_make_no_sense_are_refused_by_field(own: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_limits(USUAL, own)
    assert [error.field for error in refused.value.fields] == [field]


def test_an_empty_limit_follows_the_building() -> None:
    assert checked_limits(USUAL, {"temperature_low": "", "temperature_high": "25.5"}) == {
        "temperature_high": 25.5
    }
