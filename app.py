"""Composition root: settings → house → Dash, API, sockets, ingest, jobs.

python app.py            migrate and serve
python app.py doctor     check the installation, change nothing
python app.py stop | status | logs
"""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from getpass import getpass
from pathlib import Path
from typing import Any

import dash
from flask import Flask

import api
from api import doctor, gate, headers, process
from api.server import Hooks, Server
from api.socket import register_socket
from components import shell, states
from data_ingest.broker import EmbeddedBroker
from data_ingest.client import configure
from data_ingest.demo import DemoBuilding, building_clock
from data_ingest.demo_tariffs import seed_tariffs
from data_ingest.listener import Listener
from data_ingest.mirror import Mirror
from data_ingest.simulation.plan import configuration, devices, weeks
from data_ingest.simulation.sensors import pace
from domain.foundation.errors import WattboardError
from domain.house import House, set_house
from domain.storage.engine import Database
from domain.storage.migrate import migrate
from scheduler import dispatcher
from scheduler.driller import Driller
from scheduler.fetching import fetcher
from scheduler.follower import Follower
from scheduler.lease import Singleton
from scheduler.others import Holder
from scheduler.runner import LEASE as SCHEDULER_LEASE
from scheduler.runner import Scheduler, process_name
from scheduler.watchman import Watchman
from settings import Settings

ROOT = Path(__file__).parent
LISTENER_LEASE = "listener"
COMMANDS = ("doctor", "stop", "status", "logs")


class Services:
    """What runs beside the web server: the listener under its lease, jobs, the demo's building."""

    def __init__(self, house: House, mqtt_url: str) -> None:
        self.listener = Listener(house, mqtt_url)
        self.scheduler = Scheduler(house)
        role = house.settings.role
        self._listening = Singleton(
            house.database,
            LISTENER_LEASE,
            process_name(),
            start=lambda fence: self._listen(house),
            stop=self.listener.stop,
        )
        self.dispatcher = dispatcher.Dispatcher(house, mqtt_url, configure)
        self._dispatching = Singleton(
            house.database,
            dispatcher.LEASE,
            process_name(),
            start=self.dispatcher.start,
            stop=self.dispatcher.stop,
            may=lambda: not house.drills.kills_dispatcher(),
            lease_s=dispatcher.LEASE_S,
            renew_s=dispatcher.RENEW_S,
        )
        self._ingests, self._schedules = role in {"all", "ingest"}, role in {"all", "scheduler"}
        self._demo = DemoBuilding(
            house, mqtt_url, lambda: bool(self.listener.state()["subscribed"])
        )
        self._demo_runs = self._ingests and house.settings.demo
        self._mirror = Mirror(house, mqtt_url) if role == "web" else None
        self._follower = Follower(house) if role in {"ingest", "scheduler"} else None
        self._watchman = Watchman(house, lambda: self.dispatcher.unreached)
        self._driller = Driller(house, process_name()) if self._schedules else None
        self._listens = Holder(house.database, LISTENER_LEASE, "listens to the broker")
        self._runs_jobs = Holder(house.database, SCHEDULER_LEASE, "runs the jobs")

    def _listen(self, house: House) -> None:
        """Keep the listener running, and its state where every process can see it."""
        self.listener.start()
        state = self.listener.state()
        house.alarms.evaluation.note_listener(state["status"] != "down", str(state["detail"]))

    def start(self) -> None:
        """Begin what this process's role asks for."""
        if self._ingests:
            self._listening.begin()
        if self._schedules:
            self.scheduler.start()
            self._dispatching.begin()
        if self._demo_runs:
            self._demo.start()
        for beside in (self._mirror, self._follower, self._watchman, self._driller):
            if beside:
                beside.start()

    def stop(self) -> None:
        """End everything; the listener stores what has arrived, a running job may take longest."""
        if self._demo_runs:
            self._demo.stop()
        for beside in (self._mirror, self._follower, self._watchman, self._driller):
            if beside:
                beside.stop()
        if self._ingests:
            self._listening.end()
        if self._schedules:
            self._dispatching.end()
        self.scheduler.stop()

    def mqtt_check(self) -> tuple[str, str]:
        """Tell /health how the listener is, here or in another process."""
        if not self._listening.held:
            found = self._listens.check()
            if found[0] == "ok" and self._mirror:
                mirror = self._mirror.check()
                return mirror if mirror[0] != "ok" else found
            return found
        state = self.listener.state()
        if state["trouble"]:
            return "ok", state["detail"]  # the broker is well; the database is told of by itself
        return state["status"], state["detail"]

    def listener_state(self) -> Mapping[str, object]:
        """Tell open pages how the listener is; its figures only where it runs in this process."""
        if self._listening.held:
            return dict(self.listener.state())
        status, detail = self.mqtt_check()
        return {"status": status, "detail": detail}

    def scheduler_check(self) -> tuple[str, str]:
        """Tell /health whether jobs run."""
        if not self._schedules:
            return self._runs_jobs.check()
        return ("ok", "running") if self.scheduler.running else ("down", "the timer has stopped")


def compose(settings: Settings) -> House:
    """Open and migrate the database and wire the domain to it."""
    database = Database(settings.database_url)
    migrate(database)
    house = House.compose(settings, clock=building_clock(settings), database=database)
    house.money.feeds.fetch_with(fetcher(house))
    set_house(house)
    house.alarms.channels.seal_plain_keys()
    if settings.demo:
        house.building.configure(configuration(pace=pace(settings.demo_speed)))
        seed_tariffs(house)
        house.control.configure(devices())
        house.climate.configure(weeks())
    return house


def create_app(house: House, services: Services | None = None) -> Flask:
    """Build the web application of a house."""
    server = Flask("wattboard", static_folder=None)
    pages = _create_dash(server, house.settings.timezone)
    checks, listener_state = {}, None
    if services is not None:
        checks = {"mqtt": services.mqtt_check, "scheduler": services.scheduler_check}
        listener_state = services.listener_state
    hub = register_socket(server, house, listener_state=listener_state)
    checks["websocket"] = hub.check
    api.register_api(server, house, checks, listener_state)
    gate.protect(server, pages, house)
    headers.secure(server, pages)
    server.test_client().get(
        "/assets/favicon.svg"
    )  # lets Dash register its router before anybody waits
    gate.check(server, pages, states.no_access)
    server.extensions["dash"] = pages
    return server


def _create_dash(server: Flask, zone: str) -> dash.Dash:
    from pages import _shell

    options: dict[str, Any] = {  # Dash's own types know neither a Flask server nor no title
        "server": server,
        "use_pages": True,
        "pages_folder": str(ROOT / "pages"),
        "assets_folder": str(ROOT / "assets"),
        "assets_ignore": shell.ASSETS_IGNORE,
        "index_string": shell.index_string(zone),
        # Otherwise Dash draws every page at the first request, as whoever asked, for everybody.
        "suppress_callback_exceptions": True,
        "use_async": False,
        "enable_mcp": False,
        "title": "Wattboard",
        "update_title": None,
    }
    pages = dash.Dash("wattboard", **options)
    pages.layout = _shell.layout
    return pages


def serve(settings: Settings) -> None:
    """Migrate, start the embedded broker where none is configured, and serve until told to stop."""
    process.log_to(settings.data_dir)
    first = compose(settings)
    logins = first.access.prepare_users(
        ask=(lambda: getpass("Password for the first user, admin: "))
        if sys.stdin.isatty()
        else None
    )
    first.close()
    master = os.getpid()
    broker = None if settings.mqtt_url else EmbeddedBroker(settings.data_dir, settings.mqtt_port)
    mqtt_url = settings.mqtt_url or (broker.start() if broker else "")
    running: list[tuple[Flask, Services]] = []

    def load() -> Flask:
        house = compose(settings)
        services = Services(house, mqtt_url)
        running.append((create_app(house, services), services))
        return running[0][0]

    def end() -> None:
        for server, services in running:
            server.extensions["live"].stop()
            services.stop()

    def ready(address: str) -> None:
        process.note_running(settings.data_dir, address)
        print(f"\nWattboard is at {address}   MQTT at {process.without_password(mqtt_url)}")  # noqa: T201
        for login in logins:
            print(f"  {login.name:<10} {login.password}")  # noqa: T201
        print(flush=True)  # noqa: T201

    hooks = Hooks(
        load=load,
        begin=lambda: running[0][1].start(),
        end=end,
        ready=ready,
    )
    try:
        if settings.role in {"all", "web"}:
            Server(settings.host, settings.port, hooks).run()
        else:
            _work(Services(compose(settings), mqtt_url))
    finally:
        if broker and os.getpid() == master:  # the forked worker passes here too
            broker.stop()
        process.forget_running(settings.data_dir)


def _work(services: Services) -> None:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    services.start()
    ended.wait()
    services.stop()


def main(arguments: list[str]) -> int:
    """Run one command; without one, serve."""
    command = arguments[0] if arguments else "serve"
    if command not in (*COMMANDS, "serve"):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    settings = Settings.from_env()
    if command == "serve":
        try:
            serve(settings)
        except WattboardError as error:
            sys.stderr.write(f"{error.message}\n")
            return 1
        return 0
    if command == "doctor":
        return doctor.report(settings)
    return process.control(command, settings.data_dir)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
