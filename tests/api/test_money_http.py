"""The original's accounting over HTTP: retailer, CO2, benefits, balance, and money in the rest."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain.foundation.clock import FixedClock
from domain.house import House
from domain.money.posting import Entry, Posting
from tests.api.conftest import visitor
from tests.api.test_tokens import bearer, generate
from tests.integration.money.metered import BUYING, MONDAY, SELLING, Metered

near = pytest.approx
SUNDAY = MONDAY - timedelta(days=1)


@pytest.fixture
def viewer(web: Flask) -> FlaskClient:
    return visitor(web, "viewer")


@pytest.fixture
def settled(small_house: House, clock: FixedClock) -> Metered:
    """Yesterday: 10 h from the grid, 4 h of surplus, 4 h of battery, 6 h from the grid."""
    metered = Metered(small_house, clock)
    metered.sensor("DESK", "submeter", "Office", "equipment")
    metered.tariff(BUYING)
    metered.tariff(SELLING, "export")
    metered.hold("DESK", [0.5] * 24)
    metered.measure(
        [2.0] * 10 + [-2.0] * 4 + [1.0] * 4 + [2.0] * 6,
        [0.0] * 10 + [5.0] * 4 + [0.0] * 10,
        [0.0] * 10 + [1.0] * 4 + [-1.0] * 4 + [0.0] * 6,
    )
    metered.settle()
    return metered


def get(client: FlaskClient, path: str, **query: object) -> dict[str, Any]:
    answer = client.get(f"/api/v1/{path}", query_string=query)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_the_retailers_hours_are_yesterdays_with_the_words_of_the_original(
    viewer: FlaskClient, settled: Metered
) -> None:
    told = get(viewer, "energy/retailer")
    hours = told["retailer"]
    assert [hours[at]["datetime"] for at in (0, -1)] == [
        "2026-06-14T23:00:00Z",
        "2026-06-15T22:00:00Z",
    ]
    assert len(hours) == 24
    assert hours[0] == {
        "datetime": "2026-06-14T23:00:00Z",
        "retailer": near(2000.0),
        "import_kwh": near(2.0),
        "export_kwh": 0.0,
        "cost_eur": near(0.44),
        "coverage": 1.0,
    }
    assert (hours[10]["retailer"], hours[10]["cost_eur"]) == (near(-2000.0), near(-0.10))


def test_the_bill_is_told_part_by_part(viewer: FlaskClient, settled: Metered) -> None:
    told = get(viewer, "energy/retailer")
    assert told["bill"] == {
        "energy_eur": near(36 * 0.2),
        "grid_eur": 0.0,
        "tax_eur": 0.0,
        "fixed_eur": near(0.5),
        "peak_eur": 0.0,
        "vat_eur": near(36 * 0.02),
        "sold_eur": near(8 * 0.05),
        "total_eur": near(36 * 0.22 + 0.5 - 8 * 0.05),
    }
    assert told["saved_by_solar_eur"] == near(8 * 0.22 + 12 * 0.05)
    assert told["saved_by_battery_eur"] == near(4 * 0.22 - 4 * 0.05)
    assert told["without_solar_and_battery_eur"] == near((10 * 2 + 4 * 2 + 4 * 2 + 6 * 2) * 0.22)
    assert (told["currency"], told["estimated"]) == ("EUR", False)


def test_co2_has_the_names_of_the_original_and_says_that_its_factor_is_assumed(
    viewer: FlaskClient, settled: Metered
) -> None:
    told = get(viewer, "energy/co2")
    assert told["co2"][0] == {
        "datetime": "2026-06-14T23:00:00Z",
        "co2_g": near(300.0),
        "co2_without_p2p": near(300.0),
        "co2_with_p2p": None,
        "co2_without_solar_and_battery": near(300.0),
        "factor_g_per_kwh": 150.0,
        "coverage": 1.0,
    }
    assert (told["co2_kg"], told["saved_kg"]) == (near(36 * 0.15), near(12 * 0.15))
    assert told["assumed"]


def test_hours_without_readings_are_null_and_not_zero(
    viewer: FlaskClient, small_house: House, clock: FixedClock
) -> None:
    Metered(small_house, clock)
    hour = get(viewer, "energy/retailer")["retailer"][0]
    assert (hour["retailer"], hour["cost_eur"], hour["coverage"]) == (None, None, 0.0)
    assert get(viewer, "energy/co2")["co2"][0]["co2_g"] is None


@pytest.mark.parametrize("path", ["retailer", "co2"])
def test_a_day_of_a_clock_change_has_its_own_hours(viewer: FlaskClient, path: str) -> None:
    long = get(
        viewer,
        f"energy/{path}",
        start_time="2025-10-25T23:00:00Z",
        end_time="2025-10-27T00:00:00Z",
    )
    assert len(long[path]) == 25


def test_benefits_are_listed_by_day_and_source_newest_first(
    viewer: FlaskClient, settled: Metered
) -> None:
    told = get(viewer, "benefits")
    assert [(row["source"], row["datetime"], row["value"]) for row in told["benefits"]] == [
        ("battery", "2026-06-14T23:00:00Z", near(0.68)),
        ("retailer", "2026-06-14T23:00:00Z", near(0.40)),
        ("self_consumption", "2026-06-14T23:00:00Z", near(1.76)),
    ]
    first = get(viewer, "benefits", limit=1)
    rest = get(viewer, "benefits", limit=5, cursor=first["next_cursor"])
    assert [row["source"] for row in (*first["benefits"], *rest["benefits"])] == [
        "battery",
        "retailer",
        "self_consumption",
    ]


def deal(house: House, account: str, mc: int, key: str) -> None:
    """An income of a service whose own module is still to come."""
    against = "member:North" if account == "p2p" else "retailer"
    source = "p2p" if account == "p2p" else "demand_response"
    entries = (Entry(account, -mc), Entry(against, mc))
    house.money.ledger.post([Posting(key, MONDAY, source, "A deal", entries)])


@pytest.mark.parametrize(
    ("role", "dr", "p2p"), [("admin", 3.0, 2.0), ("operator", 3.0, None), ("viewer", None, None)]
)
def test_demand_response_and_trades_are_for_who_may_read_them(
    web: Flask, settled: Metered, role: str, dr: float | None, p2p: float | None
) -> None:
    house = settled.house
    deal(house, "income:dr", 300_000, "event")
    deal(house, "p2p", 200_000, "trade")
    client = visitor(web, role)
    monthly = get(client, "benefits/monthly", month="2026-06")
    assert (monthly["dr"], monthly["p2p"]) == (dr, p2p)
    sources = {row["source"] for row in get(client, "benefits")["benefits"]}
    assert ("dr" in sources, "p2p" in sources) == (dr is not None, p2p is not None)
    told = get(client, "balance")
    bill = 36 * 0.22 + 0.5 - 8 * 0.05
    assert told["balance"] == near((dr or 0) + (p2p or 0) - bill)
    accounts = {row["account"]: row["balance"] for row in told["accounts"]}
    assert (accounts["income:dr"], accounts["p2p"]) == (
        None if dr is None else -dr,
        None if p2p is None else -p2p,
    )
    assert ("member:North" in accounts) == (p2p is not None)


def test_the_month_is_the_previous_one_unless_named(viewer: FlaskClient, settled: Metered) -> None:
    assert get(viewer, "benefits/monthly")["month"] == "2026-05"
    told = get(viewer, "benefits/monthly", month="2026-06")
    assert (told["retailer"], told["battery"], told["self_consumption"]) == (
        near(0.40),
        near(0.68),
        near(1.76),
    )
    assert told["cost"] == near(36 * 0.22 + 0.5)


@pytest.mark.parametrize("month", ["2026-13", "June", "0000-01", "2026-6"])
def test_a_month_that_is_none_is_422(viewer: FlaskClient, month: str) -> None:
    answer = viewer.get("/api/v1/benefits/monthly", query_string={"month": month})
    assert answer.status_code == 422
    assert answer.json["error"]["details"]["fields"][0]["field"] == "month"


def test_the_balance_runs_from_day_to_day(viewer: FlaskClient, settled: Metered) -> None:
    settled.measure([1.0] * 24, day=SUNDAY)
    settled.settle()
    told = get(
        viewer, "balance", start_time="2026-06-13T23:00:00Z", end_time="2026-06-15T23:00:00Z"
    )
    sunday = -(24 * 0.22 + 0.5)
    monday = sunday - (36 * 0.22 + 0.5 - 8 * 0.05)
    assert told["history"] == [
        {"datetime": "2026-06-14T23:00:00Z", "balance": near(sunday)},
        {"datetime": "2026-06-15T23:00:00Z", "balance": near(monday)},
    ]
    assert told["balance"] == near(monday)


def test_totals_of_analytics_have_cost_and_co2(viewer: FlaskClient, settled: Metered) -> None:
    period = {"start_time": "2026-06-14T23:00:00Z", "end_time": "2026-06-15T23:00:00Z"}
    bill = near(36 * 0.22 + 0.5 - 8 * 0.05)
    totals = get(viewer, "analytics/summary", **period)["totals"]
    assert (totals["cost_eur"], totals["co2_kg"]) == (bill, near(36 * 0.15))
    told = get(viewer, "analytics/energy", **period)
    assert (told["cost_eur"], told["co2_kg"]) == (bill, near(36 * 0.15))
    assert told["steps"][0]["cost_eur"] == near(0.44)
    assert sum(step["cost_eur"] for step in told["steps"]) == near(36 * 0.22 - 8 * 0.05)


def test_a_rooms_intervals_carry_cost_and_co2(viewer: FlaskClient, settled: Metered) -> None:
    period = {"start_time": "2026-06-14T23:00:00Z", "end_time": "2026-06-15T23:00:00Z"}
    told = get(viewer, "rooms/Office/data", resolution="1h", **period)
    grid, sun, battery = (told["intervals"][at] for at in (0, 10, 14))
    assert (grid["cost_eur"], grid["co2_g"]) == (near(0.11), near(75.0))
    assert (sun["cost_eur"], sun["co2_g"]) == (0.0, 0.0)
    assert battery["cost_eur"] == near(0.055)


def test_money_of_a_room_is_for_who_may_view_analytics(web: Flask, settled: Metered) -> None:
    token = bearer(generate(visitor(web, "admin"), "rooms"))
    query = {"start_time": "2026-06-14T23:00:00Z", "resolution": "1h"}
    told = web.test_client().get("/api/v1/rooms/Office/data", query_string=query, headers=token)
    assert told.status_code == 200
    assert {(i["cost_eur"], i["co2_g"]) for i in told.json["intervals"]} == {(None, None)}


@pytest.mark.parametrize(
    "path", ["energy/retailer", "energy/co2", "benefits", "benefits/monthly", "balance"]
)
def test_money_is_for_who_may_view_analytics(web: Flask, path: str) -> None:
    token = bearer(generate(visitor(web, "admin"), "sensors"))
    assert web.test_client().get(f"/api/v1/{path}", headers=token).status_code == 403
    assert web.test_client().get(f"/api/v1/{path}").status_code == 401


def test_an_embargo_holds_on_money(web: Flask, settled: Metered) -> None:
    token = bearer(generate(visitor(web, "admin"), "analytics", embargo=60 * 24 * 3))
    client = web.test_client()
    told = client.get("/api/v1/energy/retailer", headers=token).json
    assert {hour["retailer"] for hour in told["retailer"]} <= {None}
    assert client.get("/api/v1/benefits", headers=token).json["benefits"] == []
    assert client.get("/api/v1/balance", headers=token).json["balance"] == 0
    day = date(2026, 6, 14).isoformat()
    assert told["withheld_until"] > day
