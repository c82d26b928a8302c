"""The tables of a statement, as every file of it shows them. Pure.

Money is in mc, energy in kWh, a price in mc per kWh; whoever writes a file turns them into units.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.foundation.clock import from_ms, iso_utc
from domain.money.months import Sums
from domain.money.posting import (
    BOUGHT,
    EARNED,
    MC_PER_CENT,
    MEMBER,
    OTHER_SIDE,
    SOURCES,
    account_of,
    cents_of,
)
from domain.money.statement import Statement, StatementDay, StatementLine

Kind = Literal["text", "day", "moment", "money", "energy", "price"]
Cell = str | date | int | float | None
SHORT = {
    "cost:energy": "Energy",
    "cost:grid": "Grid",
    "cost:fixed": "Fixed",
    "cost:peak": "Peak",
    "cost:tax": "Taxes",
    "cost:vat": "VAT",
    "income:export": "Sold",
    "income:dr": "Demand response",
    "p2p": "Neighbours",
}
CSV_COLUMNS = (
    "section",
    "day_local",
    "source",
    "account",
    "what",
    "energy_kwh",
    "amount",
    "currency",
    "amount_mc",
    "note",
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; `whole_cents` is what a column of money adds up to on paper."""

    label: str
    kind: Kind = "text"
    whole_cents: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A table with its heading; `total` closes it, `nothing` stands where there is no row."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    nothing: str = ""


def to_cents(amounts_mc: Sequence[int | None], whole: int) -> list[int | None]:
    """Amounts in cents that add up to `whole`: the largest remainders are rounded up.

    What is missing stays missing.
    """
    known = [at for at, mc in enumerate(amounts_mc) if mc is not None]
    floors = {at: (amounts_mc[at] or 0) // MC_PER_CENT for at in known}
    spare = whole - sum(floors.values())
    by_remainder = sorted(known, key=lambda at: (-((amounts_mc[at] or 0) % MC_PER_CENT), at))
    for at in by_remainder[: max(0, spare)]:
        floors[at] += 1
    return [floors.get(at) for at in range(len(amounts_mc))]


def parts_of(statement: Statement) -> tuple[Part, ...]:
    """Every table of a statement, in order."""
    return bill(statement), saved(statement), day_by_day(statement), earlier(statement)


def bill(statement: Statement) -> Part:
    """What was bought and earned, by source and account."""
    lines = _standing(statement, "cash")
    total_mc = sum(line.mc for line in lines)
    return Part(
        "Bill",
        "Bought and earned",
        (
            Column("From"),
            Column("What"),
            Column("Energy", "energy"),
            Column("Average price", "price"),
            Column("Amount", "money", cents_of(total_mc)),
        ),
        tuple((s.source_label, s.label, s.kwh, s.mc_per_kwh, s.mc) for s in lines),
        ("To pay", "", None, None, total_mc),
        "Nothing was bought or earned yet.",
    )


def saved(statement: Statement) -> Part:
    """What was not paid, because of own solar and batteries."""
    lines = _standing(statement, "memo")
    total_mc = sum(line.mc for line in lines)
    amount = Column("Amount", "money", cents_of(total_mc))
    return Part(
        "Saved",
        "Saved, not paid",
        (Column("From"), Column("What"), amount),
        tuple((line.source_label, line.label, line.mc) for line in lines),
        ("Saved", "", total_mc),
        "Neither own solar nor batteries saved anything.",
    )


def day_by_day(statement: Statement) -> Part:
    """A line a day with every account that occurs."""
    month = statement.month
    accounts = [a for a in (*BOUGHT, *EARNED) if a in month.sums.mc]
    memos = [("Solar saved", "self_consumption"), ("Batteries saved", "battery")]
    memos = [(label, account) for label, account in memos if account in month.sums.mc]
    last = max((day.day for day in statement.days if day.sums is not None), default=None)
    shown = [d for d in statement.days if d.day < month.progress.ends or (last and d.day <= last)]
    cents = cents_by_account(statement)
    columns = [Column("Day", "day"), Column("Bought", "energy")]
    columns += [Column(SHORT[account], "money", cents[account]) for account in accounts]
    columns.append(Column("Bill", "money", sum(cents[account] for account in accounts)))
    columns += [Column(label, "money", cents[account]) for label, account in memos]
    names = (accounts, [account for _, account in memos])
    rows = tuple((d.day, *_amounts(d.sums, *names), day_note(d)) for d in shown)
    total = ("Month", *_amounts(month.sums, *names), "")
    nothing = "No day of this month is settled yet."
    return Part("Days", "Day by day", (*columns, Column("Note")), rows, total, nothing)


def earlier(statement: Statement) -> Part:
    """What was posted in this month on months before it; no part of the bill above."""
    return Part(
        "Corrections",
        "Corrections of earlier months, posted in this one",
        (
            Column("Posting"),
            Column("Posted", "moment"),
            Column("Day", "day"),
            Column("From"),
            Column("What"),
            Column("Amount", "money", cents_of(statement.earlier_mc)),
        ),
        tuple(
            (str(e.seq), e.posted_ms, e.day, SOURCES.get(e.source, e.source), e.words, e.amount_mc)
            for e in statement.earlier
        ),
        None,
        "None.",
    )


def day_note(day: StatementDay) -> str:
    """What must be known about a day's sums."""
    if day.sums is None:
        return "not settled"
    notes = []
    if day.coverage is not None and day.coverage < 1:
        notes.append(f"{day.coverage * 100:.0f} % measured")
    if day.estimated:
        notes.append("estimate")
    if day.corrected:
        notes.append("corrected")
    return ", ".join(notes)


def csv_rows(statement: Statement, currency: str, mc_per_unit: int) -> Iterator[Sequence[Cell]]:
    """The whole statement as one list of lines, by section; `amount_mc` is exact."""
    for line in statement.lines:
        amount = (line.mc / mc_per_unit, currency, line.mc)
        yield "month", None, line.source, line.account, line.label, line.kwh, *amount, None
    for day in statement.days:
        for account, mc in (day.sums.mc if day.sums else {}).items():
            label, _ = account_of(account) or (account, "")
            wh = day.sums.wh.get(account) if day.sums else None
            kwh = None if wh is None else wh / 1000
            amount = (mc / mc_per_unit, currency, mc)
            yield "day", day.day, None, account, label, kwh, *amount, day_note(day)
    for each in statement.earlier:
        amount = (each.amount_mc / mc_per_unit, currency, each.amount_mc)
        words = ("earlier_month", each.day, each.source, None, each.words)
        yield *words, None, *amount, f"posting {each.seq}"
    yield from _about(statement)


def _about(statement: Statement) -> Iterator[Sequence[Cell]]:
    """Lines without an amount: the tariffs, and the head the statement was made from."""
    nothing = (None,) * 4
    for tariff in statement.tariffs:
        note = f"version {tariff.version_id}, {tariff.direction}"
        yield "tariff", tariff.valid_from, None, None, tariff.name, *nothing, note
    made = iso_utc(from_ms(statement.made_ms))
    head = f"{statement.head.hash} at posting {statement.head.seq}, made {made}"
    yield "ledger_head", None, None, None, f"{statement.month.first:%Y-%m}", *nothing, head


def _standing(statement: Statement, kind: str) -> list[StatementLine]:
    """Lines of one kind, without those of the other side."""
    return [
        line
        for line in statement.lines
        if line.kind == kind and line.account not in OTHER_SIDE
        if not line.account.startswith(MEMBER)
    ]


def cents_by_account(statement: Statement) -> dict[str, int]:
    """What each account comes to on paper, so that every table says the same."""
    found: dict[str, int] = {}
    for kind in ("cash", "memo"):
        lines = _standing(statement, kind)
        amounts = [line.mc for line in lines]
        for line, cents in zip(lines, to_cents(amounts, cents_of(sum(amounts))), strict=True):
            found[line.account] = found.get(line.account, 0) + (cents or 0)
    return found


def _amounts(sums: Sums | None, accounts: Sequence[str], memos: Sequence[str]) -> tuple[Cell, ...]:
    if sums is None:
        return (None,) * (2 + len(accounts) + len(memos))
    bought, saved_mc = ([sums.mc.get(a) for a in names] for names in (accounts, memos))
    return sums.imported_kwh, *bought, sums.bill_mc, *saved_mc
