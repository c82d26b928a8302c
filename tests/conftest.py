"""Fixtures every test may use: both databases, a broker, a clock that stands, a composed house."""

import gc
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import dash
import pytest
import sqlalchemy as sa
from dash import _callback
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

from domain.foundation.clock import FixedClock
from domain.storage.engine import Database
from domain.storage.migrate import migrate
from settings import Settings
from tests import servers
from tests.browsing import Browser
from tests.databases import Databases
from tests.running import Running, running

LONG_FIRST = ("faults", "integration", "api", "unit")
TUESDAY_10H = datetime(2026, 6, 16, 9, 0, tzinfo=UTC)  # 10:00 in Lisbon

hypothesis_settings.register_profile(
    "short",
    max_examples=30,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
hypothesis_settings.load_profile("short")


def pytest_setup_options() -> Options:
    """Give dash[testing] a desktop-sized browser."""
    options = Options()
    options.add_argument("--window-size=1440,900")
    return options


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(TUESDAY_10H)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with (
        tempfile.TemporaryDirectory(prefix="wattboard-", ignore_cleanup_errors=True) as folder,
        servers.postgresql(Path(folder)) as url,
    ):
        yield url


@pytest.fixture(scope="session")
def postgresql_databases(postgresql_server: str) -> Iterator[Databases]:
    databases = Databases(postgresql_server)
    yield databases
    databases.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    with copied(sqlite_template, tmp_path) as database:
        yield database


@contextmanager
def copied(template: Path, folder: Path) -> Iterator[Database]:
    """A migrated database in a file of that folder."""
    path = folder / "wattboard.db"
    path.write_bytes(template.read_bytes())
    database = Database(f"sqlite:///{path}")
    sa.event.listen(database.engine, "connect", _without_waiting_for_the_disk)
    yield database
    database.close()


def _without_waiting_for_the_disk(connection: sqlite3.Connection, _record: object) -> None:
    """No test takes the power away; those that kill a process open the file in their own way."""
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture
def postgresql_database(postgresql_databases: Databases) -> Iterator[Database]:
    """Migrated, unused, and as such put back for the next test; see `tests/databases.py`."""
    with _lent(postgresql_databases) as database:
        yield database


@contextmanager
def _lent(databases: Databases) -> Iterator[Database]:
    with databases.lend() as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """Each test that takes this runs once on either database."""
    found = request.getfixturevalue(f"{request.param}_database")
    assert isinstance(found, Database)
    return found


@pytest.fixture(scope="session")
def session_mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Mosquitto]:
    with servers.mosquitto(tmp_path_factory.mktemp("mosquitto")) as broker:
        yield broker


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[servers.Mosquitto]:
    with servers.mosquitto(tmp_path / "mosquitto") as broker:
        yield broker


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


def settings_in(folder: Path) -> Settings:
    """The settings of an installation in its own directory."""
    return Settings.from_env(
        {"WATTBOARD_DATA_DIR": str(folder), "WATTBOARD_DEMO": "0", "WATTBOARD_PORT": "0"}
    )


@pytest.fixture
def house(settings: Settings, database: Database, clock: FixedClock) -> Iterator[object]:
    with _composed(settings, clock, database) as composed:
        yield composed


@contextmanager
def _composed(settings: Settings, clock: FixedClock, database: Database) -> Iterator[object]:
    from domain.house import House

    composed = House.compose(settings, clock=clock, database=database)
    yield composed
    composed.close()


@pytest.fixture
def app(house: object) -> Iterator[Flask]:
    """The web application over `house`."""
    with _application(house) as server:
        yield server


@contextmanager
def _application(house: object) -> Iterator[Flask]:
    """Its registries are global, so they are emptied first: there is one at a time."""
    from app import create_app
    from domain.house import House, set_house

    assert isinstance(house, House)
    dash.page_registry.clear()
    _callback.GLOBAL_CALLBACK_LIST.clear()
    _callback.GLOBAL_CALLBACK_MAP.clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "pages"]:
        del sys.modules[name]
    set_house(house)
    server = create_app(house)
    yield server
    server.extensions["live"].stop()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kept_house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[object]:
    """As `house`, but one for all tests of a module, which leave it as they find it."""
    folder = tmp_path_factory.mktemp("kept")
    with (
        copied(request.getfixturevalue("sqlite_template"), folder)
        if request.param == "sqlite"
        else _lent(request.getfixturevalue("postgresql_databases")) as database,
        _composed(settings_in(folder), FixedClock(TUESDAY_10H), database) as composed,
    ):
        yield composed


@pytest.fixture(scope="module")
def kept_app(kept_house: object) -> Iterator[Flask]:
    """As `app`, over `kept_house`; no test of the module may also ask for another application."""
    with _application(kept_house) as server:
        yield server


@pytest.fixture
def empty_postgresql(postgresql_databases: Databases) -> Iterator[str]:
    """The URL of a database that nobody has migrated yet."""
    with postgresql_databases.empty() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One demo for the whole run: two days of history, started on a fixed Tuesday at 10:00."""
    with running(tmp_path_factory.mktemp("demo")) as found:
        yield found


@pytest.fixture(scope="session")
def postgresql_demo(
    postgresql_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The same over PostgreSQL, started by the first test that wants it."""
    with (
        postgresql_databases.empty() as url,
        running(tmp_path_factory.mktemp("demo"), WATTBOARD_DATABASE_URL=url) as found,
    ):
        yield found


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests go last and are marked as such; every test tells which database it is on."""
    for item in items:
        item.user_properties.append(("database", _database_of(item)))
        if _in_browser(item):
            item.add_marker("browser")
    items.sort(key=_when)


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end: the collector need not walk it again and again."""
    gc.collect()
    gc.freeze()


def _in_browser(item: pytest.Item) -> bool:
    return "tests/browser/" in item.nodeid or "session_browser" in _fixtures(item)


def _fixtures(item: pytest.Item) -> Sequence[str]:
    return getattr(item, "fixturenames", ())


def _when(item: pytest.Item) -> tuple[bool, bool, int]:
    """The demo on PostgreSQL starts only once the one on SQLite has done its work.

    Of the rest, folders of long tests go first, so that no process is left with one at the end.
    """
    folders = [f"tests/{name}/" in item.nodeid for name in LONG_FIRST]
    place = folders.index(True) if any(folders) else len(folders)
    in_browser = _in_browser(item)
    return in_browser, in_browser and _database_of(item) == "postgresql", place


def _database_of(item: pytest.Item) -> str:
    """Name the database by the parameter that chose it; the demo is on SQLite unless told."""
    parameters = item.nodeid.partition("[")[2]
    for name in ("sqlite", "postgresql"):
        if name in parameters:
            return name
    return "sqlite" if "demo" in _fixtures(item) else "independent"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test of the demo on both databases where it is marked so, else on SQLite."""
    if "demo" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("demo", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def demo(request: pytest.FixtureRequest) -> Running:
    """The running demo of the database this test is for."""
    found = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_demo")
    assert isinstance(found, Running)
    return found


@pytest.fixture(scope="session")
def session_browser() -> Iterator[WebDriver]:
    options = Options()
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--window-size=1440,900",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(service=Service(servers.program("chromedriver")), options=options)
    yield driver
    driver.quit()


@pytest.fixture
def browser(session_browser: WebDriver, demo: Running) -> Iterator[Browser]:
    """A fresh visitor in Chromium, at the demo; `browser.sign_in("manager")` opens the desk."""
    visitor = Browser(session_browser, demo.address)
    visitor.forget()
    yield visitor
    visitor.forget()
