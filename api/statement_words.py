"""What stands over a statement, and what it says about itself in words; the same in every file."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from components import formats
from domain.money.months import Month
from domain.money.posting import cents_of
from domain.money.statement import Statement


@dataclass(frozen=True, slots=True)
class Letterhead:
    """A statement and whose it is; `unit` is how its currency is written."""

    statement: Statement
    building: str
    unit: str
    zone: ZoneInfo
    demo: bool

    @property
    def title(self) -> str:
        """What the file is."""
        return f"Statement of {formats.period('month', self.statement.month.first)}"

    def money(self, mc: int | None) -> str:
        """An amount, to the cent."""
        return self.cents(None if mc is None else cents_of(mc))

    def cents(self, cents: int | None) -> str:
        """An amount that is rounded already."""
        units = None if cents is None else cents / 100
        return formats.text("money", units, unit=self.unit)


def facts(head: Letterhead) -> list[tuple[str, str]]:
    """What the statement stands on, name by name."""
    said, month = head.statement, head.statement.month
    rows = [
        ("Building", head.building),
        ("Made", f"{formats.day(said.made_ms, head.zone, year=True)} "
                 f"{formats.clock(said.made_ms, head.zone)}, times of {head.zone}"),
        ("State", state_words(said)),
        ("Budget", budget_words(head)),
        ("Measured", measured_words(said)),
        ("Tariffs", _tariff_words(said)),
        ("Ledger", f"{said.head.hash} at posting {said.head.seq}"),
    ]  # fmt: skip
    if said.earlier:
        words = f"{head.money(said.earlier_mc)} posted on earlier months, not part of this bill"
        rows.insert(4, ("Corrections", words))
    return [row for row in rows if row[1] and (row[0] != "Budget" or month.budget.amount_mc)]


def state_words(said: Statement) -> str:
    """Whether the month is whole, and up to where it is known."""
    progress = said.month.progress
    if said.complete:
        words = "The month is over and every day of it is settled"
    elif progress.settled_to is None:
        words = "No day of the month is settled yet"
    else:
        words = f"Preliminary: settled to {formats.day_of(progress.settled_to, year=True)}"
    if progress.waiting:
        days = "day waits" if progress.waiting == 1 else "days wait"
        words += f"; {progress.waiting} {days} to be settled"
    if said.missing:
        listed = [f"{day.day} {formats.MONTHS[day.month - 1]}" for day in said.missing[:10]]
        more = f" and {len(said.missing) - 10} more" if len(said.missing) > 10 else ""
        words += f". Nothing is posted for {formats.list_words(listed)}{more}"
    return f"{words}."


def budget_words(head: Letterhead) -> str:
    """What the budget was and what is left of it."""
    month: Month = head.statement.month
    left = month.budget_left_cents
    if left is None:
        return ""
    what = f"{head.cents(left)} left" if left >= 0 else f"overdrawn by {head.cents(-left)}"
    return f"{head.money(month.budget.amount_mc)}, {what}"


def measured_words(said: Statement) -> str:
    """How much of the settled time the costs are known for, and what is estimated."""
    if said.coverage is None:
        return ""
    words = f"Costs are known for {formats.fixed(said.coverage * 100, 1)} % of the settled time"
    if said.estimated_days:
        days = "1 day holds" if said.estimated_days == 1 else f"{said.estimated_days} days hold"
        words += f"; {days} an estimate"
    return f"{words}."


def _tariff_words(said: Statement) -> str:
    return "; ".join(
        f"{tariff.name} ({tariff.direction}), terms from "
        f"{formats.day_of(tariff.valid_from, year=True)}, version {tariff.version_id}"
        for tariff in said.tariffs
    )
