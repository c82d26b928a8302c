from zoneinfo import ZoneInfo

import pytest

from domain.foundation.bus import Bus
from domain.foundation.clock import FixedClock
from domain.storage.engine import Database
from domain.telemetry.service import Telemetry

LISBON = ZoneInfo("Europe/Lisbon")


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def telemetry(database: Database, clock: FixedClock, bus: Bus) -> Telemetry:
    return Telemetry(database, clock, bus, LISBON)


@pytest.fixture
def sqlite_telemetry(sqlite_database: Database, clock: FixedClock, bus: Bus) -> Telemetry:
    return Telemetry(sqlite_database, clock, bus, LISBON)
