"""The statement of a month: what was bought, earned and saved, and what it all stands on. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain.money.book import Evidence, Line
from domain.money.ledger_chain import Head
from domain.money.months import Month, Sums, days_in
from domain.money.posting import ACCOUNTS, SOURCES, account_of


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A source's sum on one account; `mc_per_kwh` where the account carries energy."""

    source: str
    account: str
    label: str
    kind: str
    mc: int
    kwh: float | None

    @property
    def source_label(self) -> str:
        """What the source is called."""
        return SOURCES.get(self.source, self.source)

    @property
    def mc_per_kwh(self) -> float | None:
        """The mean price of its energy, bought or sold."""
        return abs(self.mc) / self.kwh if self.kwh else None


@dataclass(frozen=True, slots=True)
class StatementDay:
    """A local day; without sums nothing was posted about it.

    `coverage` is the share of the day whose cost is known, `corrected` whether a later posting put
    it right.
    """

    day: date
    sums: Sums | None
    coverage: float | None
    estimated: bool
    corrected: bool


@dataclass(frozen=True, slots=True)
class TariffUsed:
    """A version of a tariff that priced something in the month."""

    version_id: int
    name: str
    direction: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything a month's statement says; `head` is the end of the chain it was made from."""

    month: Month
    lines: tuple[StatementLine, ...]
    days: tuple[StatementDay, ...]
    tariffs: tuple[TariffUsed, ...]
    earlier: tuple[Line, ...]
    head: Head
    made_ms: int

    @property
    def coverage(self) -> float | None:
        """The mean share of the settled days whose cost is known."""
        known = [day.coverage for day in self.days if day.coverage is not None]
        return sum(known) / len(known) if known else None

    @property
    def estimated_days(self) -> int:
        """How many days hold an estimate."""
        return sum(day.estimated for day in self.days)

    @property
    def missing(self) -> tuple[date, ...]:
        """Days that are over and of which nothing was posted."""
        ends = self.month.progress.ends
        return tuple(day.day for day in self.days if day.sums is None and day.day < ends)

    @property
    def complete(self) -> bool:
        """Whether the month is over and every day of it settled."""
        progress = self.month.progress
        return progress.ends >= self.month.until and not progress.waiting

    @property
    def earlier_mc(self) -> int:
        """What was posted in the month on months before it."""
        return sum(line.amount_mc for line in self.earlier)


def build(
    month: Month,
    evidence: Sequence[Evidence],
    corrected: Iterable[date],
    versions: Mapping[int, TariffUsed],
    earlier: Sequence[Line],
    head: Head,
    made_ms: int,
) -> Statement:
    """Put a statement together from what the ledger says."""
    used = {version for each in evidence for version in _versions(each.evidence)}
    known = [versions[version] for version in sorted(used) if version in versions]
    return Statement(
        month=month,
        lines=_lines(month),
        days=_days(month, evidence, frozenset(corrected)),
        tariffs=tuple(sorted(known, key=lambda t: (t.direction != "import", t.valid_from))),
        earlier=tuple(earlier),
        head=head,
        made_ms=made_ms,
    )


def _lines(month: Month) -> tuple[StatementLine, ...]:
    sources, accounts = [*SOURCES], [*ACCOUNTS]
    found = []
    for source in sorted(month.by_source, key=sources.index):
        sums = month.by_source[source]
        # Members come behind the accounts that every ledger has.
        known = sorted(sums.mc, key=lambda a: (accounts.index(a) if a in ACCOUNTS else 99, a))
        for account in known:
            mc = sums.mc[account]
            label, kind = account_of(account) or (account, "cash")
            wh = sums.wh.get(account)
            kwh = None if wh is None else wh / 1000
            found.append(StatementLine(source, account, label, kind, mc, kwh))
    return tuple(found)


def _days(
    month: Month, evidence: Sequence[Evidence], corrected: frozenset[date]
) -> tuple[StatementDay, ...]:
    sums = {each.day: each.sums for each in month.days}
    # The newest posting of a source stands on what is known now.
    newest = {(each.day, each.source): each.evidence for each in evidence}
    by_day: dict[date, list[Mapping[str, object]]] = {}
    for (day, _), stands_on in newest.items():
        by_day.setdefault(day, []).append(stands_on)
    return tuple(
        StatementDay(
            day,
            sums.get(day),
            _coverage(by_day.get(day, ())),
            any(stands_on.get("estimated") is True for stands_on in by_day.get(day, ())),
            day in corrected,
        )
        for day in days_in(month.first, month.until)
    )


def _coverage(evidence: Iterable[Mapping[str, object]]) -> float | None:
    shares = [each["coverage"] for each in evidence if "coverage" in each]
    known = [float(share) for share in shares if isinstance(share, int | float)]
    return min(known) if known else None


def _versions(evidence: Mapping[str, object]) -> list[int]:
    listed = evidence.get("tariff_versions")
    return [v for v in listed if type(v) is int] if isinstance(listed, list) else []
