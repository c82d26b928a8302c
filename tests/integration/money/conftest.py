from zoneinfo import ZoneInfo

import pytest

from domain.foundation.clock import FixedClock
from domain.money.ledger import Ledger
from domain.storage.engine import Database

LISBON = ZoneInfo("Europe/Lisbon")


@pytest.fixture
def ledger(database: Database, clock: FixedClock) -> Ledger:
    return Ledger(database, clock, LISBON)
