"""`GET /api/v1/export` through the real gate."""

import csv
import io
import threading
from http.client import HTTPConnection

import orjson
import polars as pl
import pytest
from flask import Flask
from werkzeug.serving import make_server

from domain.access.policy import SYSTEM
from domain.foundation.clock import from_ms
from domain.house import House
from domain.telemetry import sheets
from domain.telemetry.export import COLUMNS
from domain.telemetry.model import Reading
from tests.api.conftest import a_web, visitor
from tests.api.contract import document_of, validator
from tests.waiting import wait_until

PATH = "/api/v1/export"
MINUTE = 60_000


@pytest.fixture
def measured(small_house: House) -> House:
    building, now_ms = small_house.building, small_house.clock.now_ms()
    building.create_room(SYSTEM, {"name": "Lab", "floor": "1st", "capacity": 4})
    meter = {"sensor_type": "energy_meter", "room": "Lab", "meter_role": "submeter"}
    building.register_sensor(SYSTEM, "M", meter)
    building.register_sensor(SYSTEM, "T", {"sensor_type": "temperature"})
    building.register_sensor(SYSTEM, "OLD", {"sensor_type": "temperature"})
    small_house.telemetry.ingest(
        [
            Reading(sensor, metric, now_ms - minutes * MINUTE, float(minutes))
            for minutes in range(1, 121)
            for sensor, metric in (
                ("M", "power"),
                ("M", "voltage"),
                ("T", "temperature"),
                ("OLD", "temperature"),
            )
        ]
    )
    building.hide_sensor(SYSTEM, "OLD")
    small_house.telemetry.settle()
    return small_house


@pytest.fixture
def server(measured: House) -> Flask:
    return a_web(measured)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_last_day_of_all_that_is_not_hidden_as_csv_is_usual(server: Flask) -> None:
    answer = visitor(server, "viewer").get(PATH)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/csv")
    assert answer.headers["X-Resolution"] == "raw"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="wattboard_2026-06-15_2026-06-16.csv"'
    )
    rows = rows_of(answer.text)
    assert tuple(rows[0]) == COLUMNS
    assert {(r["sensor_id"], r["metric"], r["room"]) for r in rows} == {
        ("M", "power", "Lab"),
        ("M", "voltage", "Lab"),
        ("T", "temperature", ""),
    }
    assert len(rows) == 360


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("sensors=M", {("M", "power"), ("M", "voltage")}),
        ("sensors=M,T&metrics=power,temperature", {("M", "power"), ("T", "temperature")}),
        ("sensors=M&sensors=T&rooms=lab", {("M", "power"), ("M", "voltage")}),
        ("sensors=OLD", {("OLD", "temperature")}),
        ("rooms=Lab&metrics=temperature", set()),
    ],
)
def test_sensors_rooms_and_metrics_narrow_each_other(
    server: Flask, asked: str, found: set[tuple[str, str]]
) -> None:
    rows = rows_of(visitor(server, "admin").get(f"{PATH}?{asked}").text)
    assert {(r["sensor_id"], r["metric"]) for r in rows} == found


def test_a_period_is_taken_in_every_form_of_the_api(server: Flask, measured: House) -> None:
    client, end_ms = visitor(server, "admin"), measured.clock.now_ms()
    start_ms = end_ms - 30 * MINUTE
    local = from_ms(start_ms).astimezone(measured.zone)
    forms = [
        (start_ms // 1000, end_ms // 1000),
        (start_ms, end_ms),
        (f"{from_ms(start_ms):%Y-%m-%dT%H:%M:%SZ}", f"{from_ms(end_ms):%Y-%m-%dT%H:%M:%SZ}"),
        (f"{local:%Y-%m-%d %H:%M:%S}", end_ms),
    ]
    texts = {client.get(f"{PATH}?start_time={a}&end_time={b}&sensors=T").text for a, b in forms}
    assert [len(rows_of(text)) for text in texts] == [30]


@pytest.mark.parametrize("kind", ["json", "xlsx", "parquet"])
def test_every_format_names_itself_and_its_resolution(server: Flask, kind: str) -> None:
    path = f"{PATH}?sensors=T&format={kind}&resolution=15min"
    answer = visitor(server, "operator").get(path)
    assert answer.headers["X-Resolution"] == "15min"
    assert f'.{kind}"' in answer.headers["Content-Disposition"]
    if kind == "json":
        said = orjson.loads(answer.data)
        assert (said["resolution"], len(said["rows"])) == ("15min", 8)
        document = document_of(server)
        content = document["paths"][PATH]["get"]["responses"]["200"]["content"]
        schema = content["application/json"]["schema"]
        assert list(validator(document, schema).iter_errors(said)) == []
    elif kind == "parquet":
        assert len(pl.read_parquet(answer.data)) == 8
    else:
        assert answer.data.startswith(b"PK")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("sensors=NONE", 404),
        ("rooms=Nowhere", 404),
        ("metrics=noise", 422),
        ("format=ods", 422),
        ("resolution=5min", 422),
        ("dialect=tsv", 422),
        ("start_time=tomorrow", 422),
        ("start_time=2026-06-16&end_time=2026-06-15", 422),
        ("colour=blue", 422),
    ],
)
def test_what_cannot_be_exported_is_refused_by_field(
    server: Flask, asked: str, status: int
) -> None:
    answer = visitor(server, "admin").get(f"{PATH}?{asked}")
    assert answer.status_code == status
    assert answer.json["error"]["details"]


def test_about_how_many_rows_come_is_told_first_but_not_under_an_embargo(server: Flask) -> None:
    admin = visitor(server, "admin")
    answer = admin.get(f"{PATH}?sensors=T")
    assert int(answer.headers["X-Wattboard-Rows"]) == len(rows_of(answer.text)) == 120
    body = {"name": "t", "list_of_resources": ["export"], "embargo": 60}
    token = admin.post("/api/v1/tokens/generate", json=body).json["token"]
    headers = {"Authorization": f"Bearer {token}"}
    withheld = server.test_client().get(f"{PATH}?sensors=T", headers=headers)
    assert "X-Wattboard-Rows" not in withheld.headers


@pytest.mark.parametrize("what", ["sensors/T", "rooms/1"])
def test_what_a_page_offers_tells_about_how_many_rows_come(server: Flask, what: str) -> None:
    path = f"/download/{what}.csv?first=2026-06-16&last=2026-06-16&level=15min"
    answer = visitor(server, "viewer").get(path)
    assert abs(int(answer.headers["X-Wattboard-Rows"]) - len(rows_of(answer.text))) <= 2


def test_who_may_not_export_is_refused(server: Flask) -> None:
    assert server.test_client().get(PATH).status_code == 401
    body = {"name": "t", "list_of_resources": ["rooms"]}
    token = visitor(server, "admin").post("/api/v1/tokens/generate", json=body).json["token"]
    answer = server.test_client().get(PATH, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403


def test_a_token_for_export_alone_gets_files_cut_at_its_embargo(server: Flask) -> None:
    body = {"name": "t", "list_of_resources": ["export"], "embargo": 60}
    token = visitor(server, "admin").post("/api/v1/tokens/generate", json=body).json["token"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = server.test_client().get(f"{PATH}?sensors=T", headers=headers)
    assert len(rows_of(answer.text)) == 60


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx", "parquet"])
def test_a_client_that_leaves_ends_the_work(
    server: Flask, measured: House, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(sheets, "PAGE", 10)
    asked: list[str] = []
    pages = sheets.Sheets.pages

    def counted(self, series, period, level):  # type: ignore[no-untyped-def]
        for sheet in pages(self, series, period, level):
            asked.append(series.sensor_id)
            yield sheet

    monkeypatch.setattr(sheets.Sheets, "pages", counted)
    client = visitor(server, "admin")
    answer = client.get(f"{PATH}?format={kind}", buffered=False)
    next(answer.iter_encoded())
    answer.close()
    begun = len(asked)
    if kind != "parquet":
        assert begun < 3
    assert measured.database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_download_broken_off_on_the_wire_ends_the_work(
    server: Flask, measured: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()
    pages = sheets.Sheets.pages

    def endless(self, series, period, level):  # type: ignore[no-untyped-def]
        (sheet,) = pages(self, series, period, level)
        try:
            while True:
                yield sheet
        finally:
            ended.set()

    monkeypatch.setattr(sheets.Sheets, "pages", endless)
    body = {"name": "t", "list_of_resources": ["export"]}
    token = visitor(server, "admin").post("/api/v1/tokens/generate", json=body).json["token"]
    web = make_server("127.0.0.1", 0, server, threaded=True)
    thread = threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        wire = HTTPConnection("127.0.0.1", web.server_port, timeout=10)
        wire.request("GET", f"{PATH}?sensors=T", headers={"Authorization": f"Bearer {token}"})
        assert wire.getresponse().read(1000).startswith(b"timestamp_utc")
        wire.close()
        assert ended.wait(10)
        wait_until(lambda: measured.database.engine.pool.checkedout() == 0)  # type: ignore[attr-defined]
    finally:
        web.shutdown()
        thread.join(10)
        web.server_close()
