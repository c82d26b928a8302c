"""Tariffs and prices over HTTP."""

from datetime import date

import pytest
from flask import Flask

from domain.access.policy import SYSTEM
from domain.house import House
from domain.money.tariff import (
    Band,
    EnergyPart,
    FixedPart,
    PeakPart,
    Season,
    Terms,
    TimeOfUse,
    Window,
)
from tests.api.conftest import visitor

JAN = date(2026, 1, 1)
TERMS = Terms(
    (
        EnergyPart(
            "Energy",
            "energy",
            TimeOfUse(
                (Band("Peak", 30_000_000), Band("Off-peak", 10_000_000)),
                (Window("Peak", 480, 0, frozenset({"workday"}), Season((3, 1), (11, 1))),),
                "Off-peak",
            ),
            230_000,
        ),
        FixedPart("Meter", "grid", "month", 310_000),
        PeakPart("Demand", "grid", 450_000),
    )
)


def test_a_tariff_is_told_with_all_that_it_says(web: Flask, small_house: House) -> None:
    small_house.money.tariffs.create(SYSTEM, "EDP", "import", JAN, TERMS, use_from=JAN)
    answer = visitor(web, "viewer").get("/api/v1/tariffs")
    assert answer.status_code == 200
    (tariff,) = answer.json["tariffs"]
    assert (tariff["name"], tariff["in_use"]) == ("EDP", True)
    assert tariff["uses"] == [{"first_day": "2026-01-01", "until_day": None}]
    energy, meter, demand = tariff["versions"][0]["parts"]
    assert energy["bands"] == [
        {"name": "Peak", "price_eur_kwh": 0.3},
        {"name": "Off-peak", "price_eur_kwh": 0.1},
    ]
    assert energy["windows"] == [
        {
            "band": "Peak",
            "from_time": "08:00",
            "to_time": "24:00",
            "day_types": ["workday"],
            "season": {"first": "03-01", "until": "11-01"},
        }
    ]
    assert (energy["otherwise"], energy["vat_percent"]) == ("Off-peak", 23)
    assert (meter["per"], meter["price_eur"]) == ("month", 3.1)
    assert (demand["per"], demand["price_eur"]) == ("kW", 4.5)


def test_prices_come_by_the_quarter_hour_and_reach_into_the_future(
    web: Flask, small_house: House
) -> None:
    small_house.money.tariffs.create(SYSTEM, "EDP", "import", JAN, TERMS, use_from=JAN)
    viewer = visitor(web, "viewer")
    answer = viewer.get(
        "/api/v1/prices?start_time=2026-12-31T23:40:00Z&end_time=2027-01-01T00:10:00Z"
    )
    assert answer.json["start_time"] == "2026-12-31T23:30:00Z"
    assert len(answer.json["prices"]) == 3
    workday = viewer.get(
        "/api/v1/prices?start_time=2026-06-16T06:45:00Z&end_time=2026-06-16T07:15:00Z"
    )
    assert [(p["band"], p["price_eur_kwh"], p["net_eur_kwh"]) for p in workday.json["prices"]] == [
        ("Off-peak", 0.123, 0.1),
        ("Peak", 0.369, 0.3),
    ]


def test_without_a_contract_there_is_no_price_and_a_scenario_has_one(
    web: Flask, small_house: House
) -> None:
    made = small_house.money.tariffs.create(SYSTEM, "EDP", "import", JAN, TERMS)
    viewer = visitor(web, "viewer")
    (price, *_) = viewer.get("/api/v1/prices").json["prices"]
    assert (price["price_eur_kwh"], price["version_id"]) == (None, None)
    asked = f"/api/v1/prices?tariff_id={made.tariff_id}"
    (price, *_) = viewer.get(asked).json["prices"]
    assert price["price_eur_kwh"] is not None


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ("direction=sideways", 422, "direction"),
        ("start_time=2026-01-01T00:00:00Z&end_time=2026-12-31T00:00:00Z", 422, "start_time"),
        ("tariff_id=0", 422, "tariff_id"),
        ("tariff_id=77", 404, None),
    ],
)
def test_a_question_that_cannot_be_answered_names_its_field(
    web: Flask, asked: str, status: int, field: str | None
) -> None:
    answer = visitor(web, "viewer").get(f"/api/v1/prices?{asked}")
    assert answer.status_code == status
    fields = answer.json["error"]["details"].get("fields", [])
    assert [entry["field"] for entry in fields] == ([field] if field else [])
