"""The overview in every state of a building, without a browser: nothing invented, all said."""

import importlib
import json
from datetime import date
from typing import Any

import pytest
from flask import Flask
from plotly.utils import PlotlyJSONEncoder

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock
from domain.foundation.intervals import local_day
from domain.house import House
from domain.telemetry.model import Reading

QUARTER_MS = 900_000


def shown(app: Flask) -> str:
    """The page's layout as the JSON a browser gets."""
    with app.test_request_context("/"):
        layout = importlib.import_module("pages.overview").layout()
    return json.dumps(layout, cls=PlotlyJSONEncoder, ensure_ascii=False)


def parts(app: Flask, name: str) -> list[Any]:
    """Every property of that name in the layout."""
    found: list[Any] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            found.extend(value for key, value in node.items() if key == name)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(json.loads(shown(app)))
    return found


def meter(house: House, sensor_id: str, role: str, **fields: object) -> None:
    house.building.register_sensor(
        SYSTEM,
        sensor_id,
        {"name": sensor_id, "sensor_type": "energy_meter", "meter_role": role, **fields},
    )


def a_day(house: House, sensor_id: str, metric: str, kw: float, quarters: int = 40) -> None:
    start = local_day(date(2026, 6, 16), house.zone).start_ms
    house.telemetry.ingest(
        [
            Reading(sensor_id, metric, start + i * QUARTER_MS, kw, QUARTER_MS)
            for i in range(quarters)
        ]
    )
    while house.telemetry.settle():
        pass


@pytest.fixture
def database(sqlite_database: object) -> object:
    """The page is the same on both databases: the accounts' own tests run on PostgreSQL too."""
    return sqlite_database


def test_an_empty_building_says_what_to_do(app: Flask) -> None:
    page = shown(app)
    assert "No meter counts yet" in page
    assert "Register a sensor" in page
    assert "kWh" not in page


def test_heard_sensors_are_offered_for_adoption(
    app: Flask, house: House, clock: FixedClock
) -> None:
    house.telemetry.ingest([Reading("M1", "power", clock.now_ms(), 1.0)])
    house.building.note_discovered(["M1"], {"M1": {"metrics": ["power"]}})
    page = shown(app)
    assert "1 new sensor heard" in page
    assert "/sensors?state=discovered" in page


def test_a_metered_building_has_its_figures(app: Flask, house: House, clock: FixedClock) -> None:
    meter(house, "MAIN", "main")
    meter(house, "PV", "generation")
    a_day(house, "MAIN", "power", 10.0)
    a_day(house, "PV", "generation", 6.0)
    house.telemetry.ingest(
        [
            Reading("MAIN", "power", clock.now_ms(), 10.0),
            Reading("PV", "generation", clock.now_ms(), 6.0),
        ]
    )
    keys = parts(app, "data-live")
    for key in (
        "energy/consumption_kw",
        "energy/today/consumption_kwh",
        "energy/today/generation_kwh",
        "energy/today/self_sufficiency_percent",
    ):
        assert key in keys
    page = shown(app)
    assert "In 16.0 = out 16.0 kW" in page
    assert "160" in page, "16 kW over ten hours"
    assert "no battery meter" in page


def test_a_silent_main_meter_leaves_a_dash_and_is_named(
    app: Flask, house: House, clock: FixedClock
) -> None:
    meter(house, "MAIN", "main", interval_s=10)
    meter(house, "PV", "generation", interval_s=10)
    house.telemetry.ingest([Reading("MAIN", "power", clock.now_ms(), 37.7)])
    clock.advance(1800)
    house.telemetry.ingest([Reading("PV", "generation", clock.now_ms(), 6.0)])
    page = shown(app)
    assert "MAIN silent" in page
    assert "37.7" not in page, "an old power is not the present one"


def test_an_estimate_says_what_it_stands_on(app: Flask, house: House, clock: FixedClock) -> None:
    meter(house, "S1", "submeter")
    house.telemetry.ingest([Reading("S1", "power", clock.now_ms(), 4.0)])
    page = shown(app)
    assert "≈" in page
    assert "from 1 submeter, there is no main meter" in page


def test_every_figure_of_the_day_is_plain_lists_that_can_be_extended(
    app: Flask, house: House
) -> None:
    meter(house, "MAIN", "main")
    a_day(house, "MAIN", "power", 10.0)
    assert "bdata" not in shown(app)
    lives = [meta.get("live") for meta in parts(app, "meta") if isinstance(meta, dict)]
    assert "energy/consumption_kw" in lives


def test_no_part_of_the_page_polls(app: Flask, house: House) -> None:
    meter(house, "MAIN", "main")
    assert "Interval" not in parts(app, "type")
