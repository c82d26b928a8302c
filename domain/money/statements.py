"""Month statements of one building, each made from the ledger as it stands at one head."""

from datetime import date
from zoneinfo import ZoneInfo

from domain.foundation.clock import Clock, to_ms
from domain.foundation.intervals import local_midnight
from domain.money.book import Book, LedgerQuery
from domain.money.months import Months
from domain.money.statement import Statement, TariffUsed, build
from domain.money.tariff_prices import TariffPrices


class Statements:
    """Makes statements; nothing of them is stored, the ledger is enough."""

    def __init__(
        self, clock: Clock, zone: ZoneInfo, book: Book, months: Months, tariffs: TariffPrices
    ) -> None:
        self._clock = clock
        self._zone = zone
        self._book = book
        self._months = months
        self._tariffs = tariffs

    def of(self, day: date) -> Statement:
        """The statement of the month that holds a day."""
        head = self._book.head()
        month = self._months.of(day, head.seq)
        first, until = month.first, month.until
        begin_ms, end_ms = (to_ms(local_midnight(d, self._zone)) for d in (first, until))
        corrections = LedgerQuery(first=first, until=until, corrections=True, page_size=None)
        corrected = self._book.transactions(corrections).lines
        return build(
            month,
            self._book.evidence(first, until, head.seq),
            {line.day for line in corrected if line.seq <= head.seq},
            self._versions(),
            self._book.late(begin_ms, end_ms, first, head.seq),
            head,
            self._clock.now_ms(),
        )

    def _versions(self) -> dict[int, TariffUsed]:
        return {
            version.version_id: TariffUsed(
                version.version_id, tariff.name, tariff.direction, version.valid_from
            )
            for tariff in self._tariffs.all()
            for version in self._tariffs.versions(tariff.tariff_id, replaced=True)
        }
