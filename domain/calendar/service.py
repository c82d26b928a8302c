"""What tariffs, schedules, baselines and forecasts ask of the one calendar."""

from datetime import date

from domain.calendar import days as rules
from domain.calendar import store
from domain.calendar.model import Day
from domain.storage.engine import Database


class Calendar:
    """The building's days by type; it reads what is stored on every question."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def days(self, first: date, until: date) -> list[Day]:
        """Every day of [first, until) with its type, and what it is called."""
        with self._database.read() as c:
            country, region = store.read_place(c)
            exceptions = store.read_exceptions(c)
        named: dict[date, str] = {}
        if country:
            for year in range(first.year, until.year + 1):
                named |= rules.public_holidays(country, region, year)
        return list(rules.days(first, until, named, exceptions))
