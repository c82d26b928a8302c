"""Wattboard and the bare routes it is compared with, in one gunicorn worker (for `bench.api`).

    python -m bench.api_reference DIR     writes its address and tokens into DIR

Under /bare stands a Flask application with nothing but routes: `ping`; `latest`, which selects the
newest values with `sqlite3` from the same file and writes them with orjson; `costs`, which gives
what each request has cost. Under /open/sensors Wattboard's own view of the sensor list answers
with everything that stands around it except the gate.
"""

import json
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson
from flask import Flask, Response, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.routing import Rule

from api.server import Hooks, Server
from app import create_app
from domain.access.policy import SYSTEM, Actor
from domain.access.token_request import read_token_request
from domain.foundation.clock import SystemClock
from domain.foundation.intervals import Period
from domain.house import House, set_house
from domain.storage.engine import Database
from domain.storage.migrate import migrate
from domain.telemetry.model import Reading
from settings import Settings

SENSORS, METERS, TOKENS = 1000, 8, 400
ROOM = "Room 1"
OPEN = "/open/sensors"
DAY_MS, MINUTE_MS = 86_400_000, 60_000
LATEST = """SELECT sensor_id, metric, ts_ms, value FROM latest JOIN series USING (series_id)
            WHERE sensor_id LIKE 'BENCH_%'"""


def fill(house: House) -> None:
    """1,000 sensors in 20 rooms; a room's day each minute; 31 days of eight meters."""
    now_ms, building = house.clock.now_ms(), house.building
    rooms = [f"Room {number}" for number in range(1, 21)]
    for room in rooms:
        building.create_room(SYSTEM, {"name": room, "floor": "1"})
    newest = [Reading(name(n), "temperature", now_ms - n, 20 + n / 100) for n in range(SENSORS)]
    house.telemetry.ingest(newest)
    for number in range(SENSORS):
        fields = {"sensor_type": "temperature", "room": rooms[number // 50], "interval_s": 60}
        building.register_sensor(SYSTEM, name(number), fields)
    for number in range(10):
        day = range(now_ms - DAY_MS, now_ms - MINUTE_MS, MINUTE_MS)
        house.telemetry.ingest(
            [Reading(name(number), "temperature", ts, 20 + ts // MINUTE_MS % 90 / 30) for ts in day]
        )
    for number in range(METERS):
        role = "main" if number == 0 else "submeter"
        fields = {"sensor_type": "power", "room": ROOM, "meter_role": role, "interval_s": 900}
        building.register_sensor(SYSTEM, f"METER_{number}", fields)
        month = range(now_ms - 31 * DAY_MS, now_ms, 15 * MINUTE_MS)
        house.telemetry.ingest(
            [Reading(f"METER_{number}", "power", ts, 1 + number / 10) for ts in month]
        )
    while house.telemetry.settle():
        pass


def name(number: int) -> str:
    """The id of one of the thousand."""
    return f"BENCH_{number:04}"


class Costs:
    """Processor time of the thread that answered, by path, without gunicorn's own [s]."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application
        self.by_path: dict[str, list[float]] = {}

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer, and note what it took."""
        path, began_s = environ["PATH_INFO"], time.thread_time()
        answer = self._application(environ, start)
        self.by_path.setdefault(path, []).append(time.thread_time() - began_s)
        return answer


def bare(house: House, database: Path, costs: dict[str, Costs]) -> Flask:
    """Routes and nothing else."""
    server, kept = Flask("bare"), threading.local()

    @server.get("/ping")
    def ping() -> str:
        return "pong"

    @server.get("/latest")
    def latest() -> Response:
        connection = getattr(kept, "connection", None)
        if connection is None:
            connection = kept.connection = sqlite3.connect(database)
        rows = [
            {"sensor_id": sensor_id, "metric": metric, "timestamp": ts_ms / 1000, "value": value}
            for sensor_id, metric, ts_ms, value in connection.execute(LATEST)
        ]
        return Response(orjson.dumps(rows), content_type="application/json")

    @server.get("/summary")
    def summary() -> Response:
        """Stands in for the month's summary where no route answers it yet."""
        now_ms = house.clock.now_ms()
        found = house.analytics.summary(Period.of_ms(now_ms - 30 * DAY_MS, now_ms))
        return Response(orjson.dumps(str(found.totals)), content_type="application/json")

    @server.get("/costs")
    def spent() -> Response:
        """Processor seconds of the whole process, and of every request since it was last asked."""
        found, costs["server"].by_path = costs["server"].by_path, {}
        body = {"process_s": time.process_time(), "requests": found}
        return Response(orjson.dumps(body), content_type="application/json")

    return server


def open_twin(server: Flask) -> None:
    """Let the view of the sensor list answer under OPEN too, where the gate is not asked."""
    endpoint, _ = server.url_map.bind("localhost").match("/api/v1/sensors")
    server.url_map.add(Rule(OPEN, endpoint=endpoint, methods=["GET"]))
    hooks: list[Any] = server.before_request_funcs[None]
    admit = hooks[0]
    hooks[0] = lambda: None if request.path == OPEN else admit()


def create(data_dir: Path) -> tuple[Costs, list[str]]:
    """Compose the house over a file of its own, with the bare routes beside it; and the tokens."""
    settings = Settings.from_env(
        {
            "WATTBOARD_DATA_DIR": str(data_dir),
            "WATTBOARD_DEMO": "0",
            "WATTBOARD_ADMIN_PASSWORD": "bench-api-password",
        }
    )
    database = Database(settings.database_url)
    migrate(database)
    house = House.compose(settings, clock=SystemClock(), database=database)
    set_house(house)
    house.access.prepare_users()
    fill(house)
    admin = house.access.users.all(SYSTEM)[0]
    actor = Actor(admin.name, admin.role, admin.user_id)
    wish = read_token_request(
        {"name": "bench", "list_of_resources": ["sensors", "rooms", "analytics"]}
    )
    tokens = [house.access.tokens.generate(actor, wish).secret for _ in range(TOKENS)]
    server = create_app(house)
    costs: dict[str, Costs] = {}
    open_twin(server)
    parts: dict[str, Any] = {"/bare": bare(house, Path(database.engine.url.database or ""), costs)}
    costs["server"] = Costs(DispatcherMiddleware(server, parts))
    return costs["server"], tokens


def main() -> None:
    """Serve until told to stop."""
    data_dir = Path(sys.argv[1])

    def load() -> Any:
        served, tokens = create(data_dir)
        (data_dir / "tokens.json").write_text(json.dumps(tokens))
        return served

    def ready(address: str) -> None:
        (data_dir / "address").write_text(address)

    hooks = Hooks(load=load, begin=lambda: None, end=lambda: None, ready=ready)
    Server("127.0.0.1", 0, hooks).run()


if __name__ == "__main__":
    main()
