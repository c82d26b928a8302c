"""A token's contract at the web edge: whatever a route answers, and however late it is made."""

from collections.abc import Iterator

import pytest
from flask import Blueprint, Flask, Response

from api.marks import requires
from domain.access.policy import SYSTEM, Actor
from domain.access.store import AuditQuery
from domain.foundation.contract import EVERYTHING, Contract, in_force
from domain.foundation.intervals import Period
from domain.house import House
from domain.telemetry.export import Labelled
from domain.telemetry.model import Reading
from tests.api.conftest import a_web, visitor
from tests.api.live_server import live_server

MINUTE = 60_000
KEY = ("METER", "power")


def bearer(server: Flask, **contract: object) -> dict[str, str]:
    body = {"name": "t", "list_of_resources": ["sensors", "analytics"], **contract}
    answer = visitor(server, "admin").post("/api/v1/tokens/generate", json=body)
    return {"Authorization": f"Bearer {answer.json['token']}"}


@pytest.fixture
def measured(small_house: House) -> House:
    now_ms = small_house.clock.now_ms()
    small_house.building.register_sensor(SYSTEM, "METER", {"sensor_type": "energy_meter"})
    small_house.telemetry.ingest(
        [Reading(*KEY, now_ms - minutes * MINUTE, float(minutes)) for minutes in range(120)]
    )
    small_house.telemetry.settle()
    return small_house


@pytest.fixture
def server(measured: House, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The real gate before routes that know nothing of contracts."""

    def naive_api(house: House) -> Blueprint:
        routes = Blueprint("naive", __name__, url_prefix="/api/v1/naive")

        @routes.get("/stream")
        @requires("analytics.view")
        def stream() -> Response:
            def lines() -> Iterator[str]:
                end_ms = house.clock.now_ms()
                for _ in range(2):
                    period = Period.of_ms(end_ms - 60 * MINUTE, end_ms + 1)
                    (line,) = house.telemetry.history([KEY], period, level="raw")
                    yield f"{len(line.ts_ms)},{in_force().embargo_minutes}\n"

            return Response(lines(), mimetype="text/plain")

        @routes.get("/latest")
        @requires("analytics.view")
        def latest() -> Response:
            return Response(str(len(house.telemetry.latest())))

        @routes.get("/file")
        @requires("export")
        def file() -> Response:
            end_ms = house.clock.now_ms()
            period = Period.of_ms(end_ms - 150 * MINUTE, end_ms + 1)
            return Response(house.telemetry.csv([Labelled(KEY, "")], period, "raw"))

        return routes

    monkeypatch.setattr("api.download_api", naive_api)
    return a_web(measured)


def test_a_stream_that_forgot_its_contract_still_obeys_it(server: Flask) -> None:
    client = server.test_client()
    for embargo, seen in ((0, 61), (30, 30), (90, 0)):
        headers = bearer(server, embargo=embargo)
        answer = client.get("/api/v1/naive/stream", headers=headers, buffered=False)
        assert in_force() == EVERYTHING  # the request has ended, the answer is made now
        assert answer.text == f"{seen},{embargo}\n" * 2


def test_the_next_request_of_the_thread_has_its_own_contract(server: Flask) -> None:
    client, embargoed, free = server.test_client(), bearer(server, embargo=5), bearer(server)
    for headers, expected in ((embargoed, "0"), (free, "1"), (embargoed, "0")):
        assert client.get("/api/v1/naive/latest", headers=headers).text == expected
    assert visitor(server, "viewer").get("/api/v1/naive/latest").text == "1"


def test_a_use_outside_the_contract_is_refused_and_recorded(server: Flask, measured: House) -> None:
    headers = bearer(server, data_aggregation="sum")
    answer = server.test_client().get("/api/v1/naive/file", headers=headers)
    assert answer.status_code == 403
    assert answer.json["error"]["code"] == "outside_contract"
    rows, _ = measured.access.audit_page(SYSTEM, AuditQuery(action="token.outside_contract"))
    assert [row.target for row in rows] == ["GET /api/v1/naive/file"]
    report = measured.access.compliance(SYSTEM, 0, 2**53)
    outside = [attempt for token in report.tokens for attempt in token.outside]
    assert [(a.target, a.clause) for a in outside] == [
        ("GET /api/v1/naive/file", "data_aggregation")
    ]


def test_a_file_of_a_sensor_ends_at_the_embargo(server: Flask) -> None:
    path = "/api/v1/naive/file"
    whole = server.test_client().get(path, headers=bearer(server))
    cut = server.test_client().get(path, headers=bearer(server, embargo=60))
    assert len(whole.text.splitlines()) == 1 + 120
    assert len(cut.text.splitlines()) == 1 + 59


def test_a_socket_under_a_contract_is_told_nothing_live() -> None:
    contract = Contract(embargo_minutes=30)
    with live_server() as live:
        live.actors["program"] = Actor(
            "Program", "viewer", 2, kind="token", credential=("token", "t1"), contract=contract
        )
        client = live.connect("program")
        told = [client.until("hello")]
        client.say(action="subscribe", topics=["system", "reading"])
        told.append(client.until("subscribed"))
        live.hub.publish("system", {"outside": {"temperature_c": 31.0}})
        client.say(action="ping")
        while told[-1]["type"] != "pong":
            told.append(client.next())
        assert [frame["type"] for frame in told if frame["type"] == "update"] == []
        assert told[1]["data"]["denied"][0]["key"] == "reading"
        assert live.house.access.refusals == [("WS /ws", ["reading"], "stream")]
