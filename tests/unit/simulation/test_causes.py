"""Each cause is pulled alone, and everything it must move is named; no other code is involved."""

import numpy as np
import pytest

from data_ingest.simulation import layout
from data_ingest.simulation.drivers import Interventions
from tests.unit.simulation.building import (
    BATTERY_IDS,
    batteries_kw,
    column,
    consumption_kw,
    run,
)

WINTER_MORNING = "2026-01-15T10:00:00"  # a Thursday; all loads run, the batteries are empty
NO_SUN = Interventions(sun=0.0)
SUMMER_NOON = "2026-06-16T11:00:00"
SUMMER_EVENING = "2026-06-16T20:00:00"
ROOMS = tuple(room.name for room in layout.ROOMS)


def key(room: str) -> str:
    return layout.ROOMS[layout.ROOM_INDEX[room]].key


@pytest.mark.parametrize("meter", layout.SUBMETERS)
def test_a_load_switched_off_disappears_from_its_submeter_and_from_the_main_meter(
    meter: str,
) -> None:
    usual, _, _ = run(WINTER_MORNING, 3.0, NO_SUN)
    without, _, _ = run(WINTER_MORNING, 3.0, Interventions(sun=0.0, off=frozenset({meter})))
    was_kw = column(usual, meter, "power").mean()
    assert was_kw > 0.004
    assert column(without, meter, "power").max() == 0.0
    saved = (
        column(usual, "METER_MAIN", "power").mean() - column(without, "METER_MAIN", "power").mean()
    )
    # What it warmed, a heat pump now warms, or need not cool: never more than half of the load.
    assert saved == pytest.approx(was_kw, rel=0.55, abs=0.01)
    others = [m for m in layout.SUBMETERS if m.split("_")[1] != meter.split("_")[1]]
    if meter.endswith(("LIGHTING", "OTHER")):
        assert all(
            column(without, other, "power").mean()
            == pytest.approx(column(usual, other, "power").mean(), abs=0.2)
            for other in others
        )


def test_the_unmetered_rest_is_only_seen_by_the_main_meter() -> None:
    usual, _, _ = run(WINTER_MORNING, 1.0)
    without, _, _ = run(WINTER_MORNING, 1.0, Interventions(off=frozenset({"UNMETERED"})))
    for meter in layout.SUBMETERS:
        np.testing.assert_array_equal(
            column(usual, meter, "power"), column(without, meter, "power")
        )
    assert np.all(consumption_kw(without) < consumption_kw(usual) - 0.5)


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "Library"])
def test_without_its_cooling_a_room_gets_warmer_on_a_summer_day(room: str) -> None:
    usual, _, _ = run(SUMMER_NOON, 4.0)
    off = frozenset({f"METER_{key(room)}_CLIMATE"})
    without, _, _ = run(SUMMER_NOON, 4.0, Interventions(off=off))
    sensor = f"CLIMATE_{key(room)}"
    warmer = column(without, sensor, "temperature") - column(usual, sensor, "temperature")
    assert warmer[-1] > 0.5
    assert np.all(warmer > -1e-9)
    assert column(without, sensor, "co2")[-1] >= column(usual, sensor, "co2")[-1]


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "Server room"])
def test_without_its_heating_a_room_gets_colder_on_a_winter_morning(room: str) -> None:
    usual, _, _ = run("2026-01-19T06:00:00", 2.0, NO_SUN)
    off = frozenset({f"METER_{key(room)}_CLIMATE"})
    without, _, _ = run("2026-01-19T06:00:00", 2.0, Interventions(sun=0.0, off=off))
    sensor = f"CLIMATE_{key(room)}"
    colder = column(usual, sensor, "temperature") - column(without, sensor, "temperature")
    if room == "Lab":  # its machines heat it: it only ever cools
        assert colder[-1] < 0
    else:
        assert colder[-1] > 0.1


def test_lamps_switched_off_darken_the_room_and_spare_its_cooling() -> None:
    off = Interventions(off=frozenset({"METER_LAB_LIGHTING"}))
    usual, _, _ = run(SUMMER_NOON, 4.0)
    without, _, _ = run(SUMMER_NOON, 4.0, off)
    assert np.all(column(without, "CLIMATE_LAB", "light") < column(usual, "CLIMATE_LAB", "light"))
    climate = "METER_LAB_CLIMATE"
    assert column(without, climate, "power").mean() < column(usual, climate, "power").mean()


def test_servers_switched_off_cool_the_room_and_rest_its_cooling() -> None:
    off = Interventions(off=frozenset({"METER_SERVER_ROOM_EQUIPMENT"}))
    usual, _, _ = run(SUMMER_NOON, 3.0)
    without, _, _ = run(SUMMER_NOON, 3.0, off)
    sensor, climate = "CLIMATE_SERVER_ROOM", "METER_SERVER_ROOM_CLIMATE"
    assert column(without, sensor, "temperature")[-1] < column(usual, sensor, "temperature")[-1]
    assert column(without, climate, "power")[-1] < 0.5 * column(usual, climate, "power")[-1]


@pytest.mark.parametrize("room", ["Open office South", "Studio", "Open office North"])
def test_an_emptied_room_draws_less_cools_down_and_gets_fresh_air(room: str) -> None:
    usual, _, _ = run(SUMMER_NOON, 4.0)
    empty, _, _ = run(SUMMER_NOON, 4.0, Interventions(people={room: 0.0}))
    sensor = f"CLIMATE_{key(room)}"
    assert column(empty, sensor, "occupancy").max() == 0.0
    assert column(empty, sensor, "co2")[-1] < 500 < column(usual, sensor, "co2")[-1]
    assert column(empty, sensor, "temperature")[-1] < column(usual, sensor, "temperature")[-1]
    for use in ("CLIMATE", "LIGHTING", "EQUIPMENT"):
        meter = f"METER_{key(room)}_{use}"
        assert column(empty, meter, "power").mean() < column(usual, meter, "power").mean()
    assert consumption_kw(empty).mean() < consumption_kw(usual).mean() - 1.0


def test_a_crowded_room_gets_stuffy_damp_and_warm() -> None:
    usual, _, _ = run(SUMMER_NOON, 2.0)
    crowded, _, _ = run(SUMMER_NOON, 2.0, Interventions(people={"Boardroom": 30.0}))
    for metric, more in (("co2", 300.0), ("temperature", 0.3)):
        rise = column(crowded, "CLIMATE_BOARDROOM", metric) - column(
            usual, "CLIMATE_BOARDROOM", metric
        )
        assert rise[-1] > more


def test_a_hidden_sun_stops_generation_and_the_grid_or_the_batteries_step_in() -> None:
    usual, _, _ = run(SUMMER_NOON, 3.0)
    dark, _, _ = run(SUMMER_NOON, 3.0, Interventions(sun=0.0))
    assert column(usual, "PV_1", "generation").mean() > 60
    assert column(dark, "PV_1", "generation").max() == 0.0
    assert column(dark, "WEATHER", "irradiance").max() == 0.0
    supplied = column(dark, "METER_MAIN", "power") - batteries_kw(dark)
    np.testing.assert_allclose(supplied, consumption_kw(dark))
    assert column(dark, "METER_MAIN", "power").mean() > column(usual, "METER_MAIN", "power").mean()
    south = "OPEN_OFFICE_SOUTH"
    for metric in ("temperature", "light"):
        sensor = f"CLIMATE_{south}"
        assert column(dark, sensor, metric)[-1] < column(usual, sensor, metric)[-1]
    lamps = f"METER_{south}_LIGHTING"
    assert column(dark, lamps, "power").mean() > column(usual, lamps, "power").mean()


def test_clouds_weaken_the_sun_and_the_charging() -> None:
    clear, _, _ = run(SUMMER_NOON, 2.0, Interventions(cloud_cover=0.0))
    cloudy, _, _ = run(SUMMER_NOON, 2.0, Interventions(cloud_cover=1.0))
    generated = [column(each, "PV_1", "generation").mean() for each in (clear, cloudy)]
    assert generated[1] < 0.4 * generated[0]
    assert batteries_kw(cloudy).mean() < batteries_kw(clear).mean()


def test_the_roof_taken_off_the_grid_generates_nothing() -> None:
    usual, _, _ = run(SUMMER_NOON, 1.0)
    without, _, _ = run(SUMMER_NOON, 1.0, Interventions(off=frozenset({"PV_1"})))
    assert column(without, "PV_1", "generation").max() == 0.0
    np.testing.assert_array_equal(
        column(usual, "WEATHER", "irradiance"), column(without, "WEATHER", "irradiance")
    )


@pytest.mark.parametrize("begin", [WINTER_MORNING, SUMMER_NOON, SUMMER_EVENING])
def test_submeters_and_the_unmetered_rest_add_up_to_the_main_meter(begin: str) -> None:
    gauges, _, flows = run(begin, 2.0)
    submeters = sum(column(gauges, meter, "power") for meter in layout.SUBMETERS)
    rest = np.array([flow.loads[layout.UNMETERED] for flow in flows])
    np.testing.assert_allclose(submeters + rest, consumption_kw(gauges), atol=1e-9)
    assert np.all((rest > 0.3) & (rest < 0.12 * consumption_kw(gauges)))


def test_batteries_take_the_sun_the_building_leaves_and_give_it_back_after_sunset() -> None:
    noon, _, _ = run(SUMMER_NOON, 1.0, Interventions(cloud_cover=0.1))
    evening, _, _ = run(SUMMER_EVENING, 1.0)
    assert batteries_kw(noon).min() > 5
    assert batteries_kw(evening).max() < -5
    np.testing.assert_allclose(column(evening, "METER_MAIN", "power"), 0.0, atol=0.5)
    for battery in BATTERY_IDS:
        soc = column(np.concatenate([noon, evening]), battery, "soc")
        assert np.all((soc >= 9.99) & (soc <= 95.01))
