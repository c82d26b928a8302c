"""The Analytics page and its files without a browser: what is shown is what is true."""

import csv
import importlib
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from plotly.utils import PlotlyJSONEncoder

from domain.access import passwords
from domain.access.current import set_current
from domain.access.policy import Actor
from domain.foundation.clock import FixedClock
from domain.house import House
from tests.api.conftest import PASSWORD, a_user_with_password, visitor
from tests.integration.analytics.conftest import Meters

DAY = date(2026, 6, 15)
SPAN = "first=2026-06-15&last=2026-06-15&before_first=2026-06-14&before_last=2026-06-14"
ADDRESS = {"period": "day", "date": "2026-06-15"}


@pytest.fixture
def database(sqlite_database: object) -> object:
    """The page is the same on both databases: the use cases' own tests run on PostgreSQL too."""
    return sqlite_database


@pytest.fixture
def measured(meters: Meters, midnight: Callable[[date], int], clock: FixedClock) -> None:
    """Two days of 8 kW bought, of which one room takes 3 kW; it is 20 °C and then 22 °C."""
    clock.set(datetime(2026, 6, 17, tzinfo=UTC))
    start = midnight(DAY) - 86_400_000
    meters.room("=Lab")
    meters.meter("MAIN", "main")
    meters.meter("LAB", "submeter", room="=Lab", use="equipment")
    meters.sensor("CLIMATE", "multi", room="=Lab")
    meters.hold("MAIN", "power", [8.0] * 192, start)
    meters.hold("LAB", "power", [3.0] * 192, start)
    meters.hold("CLIMATE", "temperature", [20.0] * 96 + [22.0] * 48 + [None] * 48, start)
    meters.settle()


@pytest.fixture
def manager(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    house.access.prepare_users(ask=lambda: PASSWORD)
    a_user_with_password(house, "manager")
    return visitor(app, "manager")


def shown(app: Flask, **address: str) -> str:
    """The page's layout as the JSON a browser gets."""
    with app.test_request_context("/analytics"):
        set_current(Actor(name="manager", role="manager"))
        layout = importlib.import_module("pages.analytics").layout(**address)
    return json.dumps(layout, cls=PlotlyJSONEncoder, ensure_ascii=False)


def table(client: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = client.get(f"/download/analytics/{address}")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_building_without_sensors_says_what_will_stand_here(app: Flask) -> None:
    page = shown(app)
    assert "Nothing to analyse yet" in page
    assert "kWh" not in page


@pytest.mark.usefixtures("measured")
def test_every_view_says_what_it_stands_on(app: Flask) -> None:
    page = shown(app, **ADDRESS, of="consumption")
    assert page.count("Measured 100 % of the time") >= 4
    assert "as much" in page
    assert "192 kWh used: 0 solar, 0 from batteries, 192 bought" in page
    assert "No coefficient: Consumption did not change." in page
    assert page.count("/download/analytics/") == 16


@pytest.mark.usefixtures("measured")
def test_the_question_of_the_address_is_answered(app: Flask) -> None:
    page = shown(app, **ADDRESS, metric="temperature", group="room", aggregate="max")
    assert "22.0 °C" in page
    assert '"50 %"' in page
    hourly = shown(app, **ADDRESS, metric="temperature", group="hour_of_day")
    assert '"mode": "lines+markers"' in hourly
    weekly = shown(app, **ADDRESS, metric="power", group="weekday", aggregate="sum")
    assert '"type": "bar", "marker"' in weekly
    timed = shown(app, **ADDRESS, metric="temperature", group="sensor", over="time")
    assert "In steps of 15 minutes" in timed


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize(
    "forged",
    [
        {"period": "eon", "date": "yesterday"},
        {"metric": "happiness", "group": "colour", "aggregate": "median", "over": "time"},
        {"of": "../../etc", "a": "sensor/NO/power", "b": "room//x", "room": "1,2,x"},
        {"period": "day", "date": "2020-01-01"},
        {"period": "custom", "date": "1990-01-01", "end": "2026-06-15"},
    ],
)
def test_no_address_breaks_the_page(app: Flask, forged: dict[str, str]) -> None:
    assert "Energy by source" in shown(app, **forged)


@pytest.mark.usefixtures("measured")
def test_a_day_without_data_draws_nothing_and_says_so(app: Flask) -> None:
    page = shown(app, period="day", date="2026-03-01")
    for words in (
        "Nothing to add up",
        "Nothing to draw",
        "Nothing to compare",
        "No answer",
        "Measured 0 % of the time",
    ):
        assert words in page


@pytest.mark.usefixtures("measured")
def test_the_files_hold_what_is_shown(manager: FlaskClient) -> None:
    totals = {row["figure"]: row for row in table(manager, f"totals.csv?{SPAN}")}
    assert float(totals["consumption_kwh"]["value"]) == pytest.approx(192.0)
    assert float(totals["consumption_kwh"]["change_percent"]) == pytest.approx(0.0, abs=1e-6)
    assert float(totals["peak_import_kw"]["value"]) == pytest.approx(8.0)
    sources = table(manager, f"sources.csv?{SPAN}")
    assert len(sources) == 24
    assert sum(float(row["grid_used_kwh"]) for row in sources) == pytest.approx(192.0)
    rooms = table(manager, f"rooms.csv?{SPAN}")
    assert rooms[0] == {
        "room": "'=Lab", "use": "equipment", "energy_kwh": "72", "complete": "yes"
    }  # fmt: skip
    heat = table(manager, f"heat-map.csv?{SPAN}&of=building/consumption")
    assert [row["value"] for row in heat] == ["8"] * 24
    curve = table(manager, f"load-duration.csv?{SPAN}&of=building/import")
    assert (len(curve), curve[-1]["share_of_time"]) == (96, "1")
    compared = table(manager, f"comparison.csv?{SPAN}&of=building/import")
    assert {row["value_before"] for row in compared} == {"8"}
    pairs = table(
        manager,
        f"correlation.csv?{SPAN}&a=building/import&b=sensor/CLIMATE/temperature&resolution=1h",
    )
    assert len(pairs) == 12
    answer = table(manager, f"query.csv?{SPAN}&metric=temperature&group=room&aggregate=mean")
    assert [(row["group"], row["value"], row["coverage"]) for row in answer] == [
        ("'=Lab", "22", "0.5")
    ]


@pytest.mark.usefixtures("measured")
def test_excel_gets_its_own_file_and_a_wrong_wish_its_reason(manager: FlaskClient) -> None:
    excel = manager.get(f"/download/analytics/totals.csv?{SPAN}&dialect=excel")
    assert excel.data.startswith("\ufefffigure;unit;".encode())
    for address, status in (
        (f"nothing.csv?{SPAN}", 404),
        (f"heat-map.csv?{SPAN}&of=building/happiness", 404),
        ("totals.csv?first=x", 422),
        (f"query.csv?{SPAN}&metric=happiness", 422),
        (f"totals.csv?{SPAN}&dialect=klingon", 422),
        (f"correlation.csv?{SPAN}&a=building/import&b=building/export&resolution=1y", 422),
    ):
        assert manager.get(f"/download/analytics/{address}").status_code == status, address


def test_who_is_not_signed_in_gets_no_file(app: Flask) -> None:
    assert app.test_client().get(f"/download/analytics/totals.csv?{SPAN}").status_code in (302, 401)


def figures(node: Any) -> list[dict[str, Any]]:
    """Every figure of a layout."""
    if isinstance(node, dict):
        own = [node["figure"]] if isinstance(node.get("figure"), dict) else []
        return own + [found for value in node.values() for found in figures(value)]
    if isinstance(node, list):
        return [found for value in node for found in figures(value)]
    return []


@pytest.mark.usefixtures("measured")
def test_no_figure_draws_more_than_the_page_can_show(app: Flask) -> None:
    page = json.loads(shown(app, period="year", date="2026-06-15"))
    for figure in figures(page):
        for trace in figure["data"]:
            assert len(trace["x"]) <= 2_000
