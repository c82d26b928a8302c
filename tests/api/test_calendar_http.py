"""The calendar over HTTP: the API, the file, and the page as the renderer posts it."""

import csv
import io
from typing import Any

import dash
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from domain.access import passwords
from domain.access.policy import ROLES, SYSTEM
from domain.house import House
from tests.api.conftest import PASSWORD, a_user_with_password, callback_body, visitor

POST = "/_dash-update-component"
DAYS = "/api/v1/calendar"
CLOSED = {"label": "Moving =1+1", "day_type": "closure", "first_day": "2026-12-24"}


@pytest.fixture
def manager(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    house.access.prepare_users(ask=lambda: PASSWORD)
    for role in sorted(ROLES - {"admin"}):
        a_user_with_password(house, role)
    return visitor(app, "manager")


def test_the_days_are_told_with_their_kind_and_name(web: Flask, small_house: House) -> None:
    small_house.calendar.add_exception(SYSTEM, CLOSED)
    answer = visitor(web, "viewer").get(f"{DAYS}?start=2026-12-24&end=2026-12-27")
    assert answer.status_code == 200
    assert answer.json == {
        "country": "PT",
        "region": None,
        "assumed": True,
        "days": [
            {"date": "2026-12-24", "day_type": "closure", "name": "Moving =1+1"},
            {"date": "2026-12-25", "day_type": "holiday", "name": "Christmas Day"},
            {"date": "2026-12-26", "day_type": "saturday", "name": None},
        ],
    }


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("start=2026-12-24&end=2026-12-24", "end"),
        ("start=2026-12-24&end=2029-12-29", "end"),  # a day over the most
        ("start=24.12.2026&end=2026-12-25", "start"),
        ("start=1999-12-31&end=2000-01-02", "start"),
        ("start=2026-12-24&end=9999-12-31", "end"),
    ],
)
def test_days_that_cannot_be_told_are_refused_by_field(web: Flask, asked: str, field: str) -> None:
    answer = visitor(web, "viewer").get(f"{DAYS}?{asked}")
    assert answer.status_code == 422
    assert field in [entry["field"] for entry in answer.json["error"]["details"]["fields"]]


def test_days_begin_today_and_go_on_for_a_year_unless_told(web: Flask, small_house: House) -> None:
    found = visitor(web, "viewer").get(DAYS).json["days"]
    assert len(found) == 365
    assert found[0]["date"] == small_house.calendar.today().isoformat()
    assert len(visitor(web, "viewer").get(f"{DAYS}?start=2026-12-24").json["days"]) == 365


def test_the_file_has_a_row_a_day_and_no_formula(web: Flask, small_house: House) -> None:
    fields = {**CLOSED, "label": "=1+1"}
    small_house.calendar.add_exception(SYSTEM, fields)
    viewer = visitor(web, "viewer")
    answer = viewer.get("/download/calendar.csv?first=2026-01-01&last=2026-12-31")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 365
    assert rows[0] == {
        "date": "2026-01-01",
        "weekday": "Thursday",
        "day_type": "holiday",
        "name": "New Year's Day",
    }
    assert rows[-8]["name"].lstrip("'") == "=1+1"
    assert not rows[-8]["name"].startswith("=")
    assert "calendar_2026-01-01_to_2026-12-31.csv" in answer.headers["Content-Disposition"]


# ---- the page


def posted(app: Flask, part: str, **values: Any) -> dict[str, Any]:
    """What the renderer posts for the callback whose output names `part`."""
    pages: dash.Dash = app.extensions["dash"]
    output = next(name for name in pages.callback_map if part in name and "calendar" in name)
    body = callback_body(pages, output)
    for sent in (*body["inputs"], *body["state"]):
        key = sent["id"] if isinstance(sent["id"], str) else sent["id"]["name"]
        sent["value"] = values.get(key.removeprefix("calendar-"))
    return body


def page(client: FlaskClient, app: Flask, search: str = "") -> str:
    pages: dash.Dash = app.extensions["dash"]
    router = ".._pages_content.children..._pages_store.data.."
    return client.post(POST, json=callback_body(pages, router, ("/calendar", search))).text


def saving(app: Flask, **values: Any) -> dict[str, Any]:
    """A press of “Save exception”."""
    fields = {f"exception-{name}": value for name, value in values.items() if name != "pending"}
    return posted(
        app,
        "calendar-exception-label-error",
        exception=1,
        pending=values.get("pending"),
        **fields,
    )


def test_the_page_shows_the_year_and_says_that_the_country_is_assumed(
    app: Flask, manager: FlaskClient
) -> None:
    drawn = page(manager, app)
    assert "Assumed from the time zone" in drawn
    assert "Wed 10 Jun 2026: Day of Portugal" in drawn
    assert "Tue 16 Jun 2026: Working day, today" in drawn
    assert "No exception yet" in drawn
    assert "Sat 10 Jun 2028: Day of Portugal" in page(manager, app, "?year=2028")
    assert "Tue 16 Jun 2026" in page(manager, app, "?year=1066")


def test_a_country_is_saved_and_no_longer_assumed(
    app: Flask, house: House, manager: FlaskClient
) -> None:
    offered = manager.post(POST, json=posted(app, "calendar-region.options", country="DE"))
    options = offered.json["response"]["calendar-region"]["options"]
    assert {"value": "BY", "label": "Bayern"} in options
    body = posted(
        app,
        "calendar-place-message",
        **{"place-save": 1, "country": "DE", "region": "BY", "place-version": 0},
    )
    said = manager.post(POST, json=body).json["response"]
    assert said["calendar-place-version"]["data"] == 1
    assert "Assumed" not in page(manager, app)
    assert "Bayern, Germany" in page(manager, app)
    again = manager.post(POST, json=body).json["response"]
    assert "meanwhile" in again["calendar-place-message"]["children"]


def test_no_country_and_a_whole_country_can_be_chosen(
    app: Flask, house: House, manager: FlaskClient
) -> None:
    for version, chosen, country in ((0, "none", None), (1, "ES", "ES")):
        values = {"country": chosen, "region": "whole", "place-version": version}
        body = posted(app, "calendar-place-message", **{"place-save": 1, **values})
        assert manager.post(POST, json=body).status_code == 200
        assert (house.calendar.place().country, house.calendar.place().region) == (country, None)


def test_an_exception_is_added_changed_and_deleted(
    app: Flask, house: House, manager: FlaskClient
) -> None:
    form = {
        "label": "Break",
        "day_type": "closure",
        "first_day": "2026-12-24",
        "last_day": "2027-01-02",
        "yearly": True,
    }
    assert manager.post(POST, json=saving(app, **form)).status_code == 200
    (made,) = house.calendar.exceptions(SYSTEM)
    assert (made.label, made.yearly) == ("Break", True)
    assert "every year, 24 Dec to 2 Jan" in page(manager, app)

    pending = {"id": made.exception_id, "version": made.version}
    changed = {**form, "label": "Winter break", "pending": pending}
    assert manager.post(POST, json=saving(app, **changed)).status_code == 200
    stale = manager.post(POST, json=saving(app, **changed)).json["response"]
    assert "meanwhile" in stale["calendar-exception-message"]["children"]

    deleting = posted(
        app,
        '"name":"calendar-exception-delete","type":"wb-dialog"}.is_open@',
        **{"exception-delete": 1, "pending": {**pending, "version": 2}},
    )
    assert manager.post(POST, json=deleting).status_code == 200
    assert house.calendar.exceptions(SYSTEM) == []


def test_what_is_refused_stands_beside_its_field(
    app: Flask, house: House, manager: FlaskClient
) -> None:
    wrong = {"label": "", "day_type": "closure", "first_day": "2026-12-24", "last_day": "2026-12-1"}
    said = manager.post(POST, json=saving(app, **wrong)).json["response"]
    assert "Say what it is" in said["calendar-exception-label-error"]["children"]
    assert "Give a date" in said["calendar-exception-last_day-error"]["children"]
    assert house.calendar.exceptions(SYSTEM) == []


def test_a_click_on_a_day_opens_its_form(app: Flask, manager: FlaskClient) -> None:
    pages: dash.Dash = app.extensions["dash"]
    output = next(
        name
        for name, entry in pages.callback_map.items()
        if [i["id"] for i in entry["inputs"]] == ["calendar-year"]
    )
    body = callback_body(pages, output)
    body["inputs"][0]["value"] = {"name": "day", "value": "20261224"}
    assert '"value":"2026-12-24"' in manager.post(POST, json=body).text
    for value in ("20261332", "", "x"):
        body["inputs"][0]["value"] = {"name": "day", "value": value}
        assert manager.post(POST, json=body).json["response"] == {}


def test_who_only_reads_has_neither_buttons_nor_callbacks(
    app: Flask, house: House, manager: FlaskClient
) -> None:
    house.calendar.add_exception(SYSTEM, CLOSED)
    drawn = page(visitor(app, "operator"), app)
    assert "Moving =1+1" in drawn
    for act in ("New exception", "Save country", "data-act"):
        assert act not in drawn
        assert act in page(manager, app)
    assert visitor(app, "operator").post(POST, json=saving(app, label="x")).status_code == 403
