"""Reading the ledger: balances, sums, postings with their evidence, the state of the chain."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from domain.foundation.clock import Clock, from_ms
from domain.foundation.contract import in_force
from domain.foundation.errors import Unavailable, Unknown
from domain.foundation.intervals import local_date
from domain.money import book_store, ledger_store
from domain.money.book_store import Chosen
from domain.money.ledger_chain import Head, Seal, Written
from domain.money.posting import Entry
from domain.storage.engine import Database

By = Literal["source", "account", "day"]
_PIECE = 500
SORTS = ("seq", "day", "source", "amount")


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of entries: + debit, − credit [mc], and energy [Wh] where there is some."""

    debit_mc: int
    energy_wh: int | None
    source: str = ""
    account: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """Which postings: of the days [first, until), of a source, that touch one of `accounts`.

    `page_size` None is all of them.
    """

    first: date | None = None
    until: date | None = None
    source: str | None = None
    accounts: tuple[str, ...] = ()
    corrections: bool = False
    sort: str = "seq"
    descending: bool = True
    page: int = 0
    page_size: int | None = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A posting in a list; `amount_mc` is what it puts on the accounts that were asked for.

    Without any it is what it puts on all but the other side: retailer, members, avoided cost.
    """

    seq: int
    key: str
    day: date
    source: str
    words: str
    corrects: int | None
    corrected: bool
    posted_ms: int
    amount_mc: int


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Some postings of all that a query finds, and what all of them amount to."""

    lines: tuple[Line, ...]
    total: int
    amount_mc: int


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything about one posting; `corrections` came later and name it, or what it names."""

    seq: int
    key: str
    day: date
    source: str
    words: str
    corrects: int | None
    posted_ms: int
    hash: str
    entries: tuple[Entry, ...]
    evidence: Mapping[str, object]
    corrections: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one posting stands on."""

    seq: int
    source: str
    day: date
    evidence: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Check:
    """How the last walk along the chain ended; `broken` says where, "" when nowhere."""

    checked_ms: int
    seq: int
    broken: str


@dataclass(frozen=True, slots=True)
class ChainState:
    """The end of the chain, its newest seal, and how it was found last; no head is tampering."""

    head: Head | None
    seal: Seal | None
    check: Check | None


class Book:
    """The reading half of the ledger; days that the contract in force withholds are not in it."""

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone

    def head(self) -> Head:
        """The end of the chain, as it goes into a statement."""
        with self._database.read() as c:
            return head_of(ledger_store.read_head(c))

    def chain(self) -> ChainState:
        """Head, newest seal and newest check."""
        with self._database.read() as c:
            head = ledger_store.read_head(c)
            seal, check = ledger_store.last_seal(c), ledger_store.read_check(c)
        return ChainState(head, seal, None if check is None else Check(*check))

    def balances(self, as_of: date | None = None) -> dict[str, int]:
        """What stands on each account [mc], of all days or up to and with a day."""
        until = None if as_of is None else as_of + timedelta(days=1)
        return {total.account: total.debit_mc for total in self.totals(None, until, ("account",))}

    def totals(
        self,
        first: date | None,
        until: date | None,
        by: Sequence[By] = ("source", "account", "day"),
        through: int | None = None,
    ) -> list[Total]:
        """Sums of entries of the days [first, until), as they were with posting `through` done."""
        with self._database.read() as c:
            rows = book_store.totals(c, first, self._shared(until), by, through)
        return [Total(**row) for row in rows]

    def first_day(self) -> date | None:
        """The first day anything was posted about."""
        with self._database.read() as c:
            return book_store.first_day(c, self._shared(None))

    def transactions(self, query: LedgerQuery) -> LedgerPage:
        """A page of postings, with how many there are and what they amount to."""
        with self._database.read() as c:
            chosen = self._chosen(query)
            count, amount_mc = book_store.count_lines(c, chosen)
            order = (query.sort if query.sort in SORTS else "seq", query.descending)
            rows = book_store.lines(c, chosen, order, query.page, query.page_size)
        return LedgerPage(tuple(Line(**row) for row in rows), count, amount_mc)

    def late(
        self, first_ms: int, end_ms: int, before: date, through: int | None = None
    ) -> tuple[Line, ...]:
        """What was posted within a span of time on days before it."""
        until = self._shared(before) or before
        with self._database.read() as c:
            rows = book_store.posted_within(c, first_ms, end_ms, until, through)
        return tuple(Line(**row) for row in rows)

    def evidence(
        self, first: date, until: date, through: int | None = None
    ) -> tuple[Evidence, ...]:
        """What every posting of the days [first, until) stands on, in their order."""
        with self._database.read() as c:
            rows = book_store.evidence(c, first, self._shared(until) or until, through)
        return tuple(Evidence(**{**row, "evidence": _evidence(row["evidence"])}) for row in rows)

    def transaction(self, seq: int) -> Detail:
        """One posting with entries and evidence. Raises Unknown."""
        with self._database.read() as c:
            written = ledger_store.read(c, seq)
            until = self._shared(None)
            if written is None or (until is not None and written.day >= until):
                raise Unknown("posting", seq)
            rows = book_store.corrections(c, written.corrects or seq, seq)
        return Detail(
            seq=seq,
            key=written.key,
            day=written.day,
            source=written.source,
            words=written.words,
            corrects=written.corrects,
            posted_ms=written.posted_ms,
            hash=written.hash,
            entries=written.entries,
            evidence=_evidence(written.evidence),
            corrections=tuple(Line(**row) for row in rows),
        )

    def written(self, query: LedgerQuery) -> Iterator[Written]:
        """Every posting a query finds, with its entries, in the order they were posted."""
        return self._pieces(self._chosen(query))

    def _pieces(self, chosen: Chosen) -> Iterator[Written]:
        after = 0
        while True:
            # No transaction is held between pieces, so that a slow reader stops nobody.
            with self._database.read() as c:
                seqs = book_store.seqs_after(c, chosen, after, _PIECE)
                found = ledger_store.by_seqs(c, seqs)
            yield from found
            if len(seqs) < _PIECE:
                return
            after = seqs[-1]

    def _chosen(self, query: LedgerQuery) -> Chosen:
        until = self._shared(query.until)
        return Chosen(query.first, until, query.source, query.accounts, query.corrections)

    def _shared(self, until: date | None) -> date | None:
        """Where the days end whose readings the contract in force shares."""
        contract = in_force()
        if not contract.withholds_time:
            return until
        horizon_ms = contract.horizon_ms(self._clock.now_ms())
        shared = local_date(from_ms(horizon_ms), self._zone)
        return shared if until is None else min(until, shared)


def head_of(head: Head | None) -> Head:
    """A head that is there. Raises Unavailable where somebody has removed it."""
    if head is None:
        raise Unavailable("ledger", "The head of the ledger is missing; verify the ledger.")
    return head


def _evidence(text: str) -> Mapping[str, object]:
    found = json.loads(text)
    return found if isinstance(found, dict) else {}
