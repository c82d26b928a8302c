"""The file of what rules decided."""

import csv
import io

import pytest
from flask import Flask

from domain.access.policy import SYSTEM
from domain.automation import firing_store
from domain.automation.model import Decision, Judged, Told
from domain.house import House
from domain.storage.engine import Database
from tests.api.conftest import visitor

FILE = "/download/automation.csv"


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


def test_the_file_of_the_log_holds_what_its_filters_find_and_no_formula(
    web: Flask, small_house: House
) -> None:
    fields = {
        "name": "=HYPERLINK(1)",
        "trigger": {"kind": "time", "at": "07:00"},
        "notice": "Told",
    }
    rule = small_house.automation.create(SYSTEM, fields)
    now_ms = small_house.clock.now_ms()
    seen = Judged("At 07:00", None, "", True, "07:00")
    told = Told("FAN", "Fan", "on", None, now_ms + 60_000, None, None, "there is no such device")
    with small_house.database.write() as c:
        for outcome in ("fired", "cooldown"):
            made = Decision(now_ms, now_ms, outcome, seen)
            firing_store.insert_firing(c, rule, made, (told,) if outcome == "fired" else (), now_ms)
    admin = visitor(web, "admin")

    def rows(search: str = "") -> list[dict[str, str]]:
        answer = admin.get(f"{FILE}{search}")
        assert answer.status_code == 200, answer.text
        found = list(csv.DictReader(io.StringIO(answer.text)))
        assert answer.headers["X-Wattboard-Rows"] == str(len(found))
        return found

    assert [row["outcome"] for row in rows()] == ["cooldown", "fired"]
    (fired,) = rows(f"?rule={rule.rule_id}&fired=1")
    assert (fired["rule"], fired["value"]) == ("'=HYPERLINK(1)", "07:00")
    assert fired["devices"].startswith("Fan: On until ")
    assert rows("?rule=999") == []
    assert admin.get(f"{FILE}?fired=x").status_code == 422
    assert web.test_client().get(FILE).status_code == 302
