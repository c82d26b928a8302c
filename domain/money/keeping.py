"""Keeps the chain of the ledger: seals days that are over, checks it at start and nightly."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from domain.foundation.clock import Clock
from domain.foundation.intervals import local_date
from domain.money.book import Check
from domain.money.ledger import Ledger


class Keeping:
    """The job of one process; each checks the chain once it has started."""

    def __init__(self, clock: Clock, zone: ZoneInfo, ledger: Ledger) -> None:
        self._clock = clock
        self._zone = zone
        self._ledger = ledger
        self._checked_on: date | None = None

    def run(self) -> Check | None:
        """Do what is due; gives the newest check, whoever made it. A broken chain is not sealed."""
        today = local_date(self._clock.now(), self._zone)
        if self._checked_on != today:
            self._ledger.check()
            self._checked_on = today
        check = self._ledger.chain().check
        if check is None or not check.broken:
            self._ledger.seal(today - timedelta(days=1))
        return check
