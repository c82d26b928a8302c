"""What a month may cost: set by people, holds for the months after it until another is set."""

from dataclasses import dataclass
from datetime import date

from domain.access.audit import record
from domain.access.policy import Actor
from domain.foundation.errors import Conflict, FieldError, InvalidInput
from domain.money import budget_store
from domain.money.tariff import MC_PER_UNIT
from domain.storage.engine import Database

WRITE = "analytics.full"
MOST_UNITS = 100_000_000


@dataclass(frozen=True, slots=True)
class BudgetOfMonth:
    """`amount_mc` None is no budget; `since` is the month it was set for, `version` of its own."""

    amount_mc: int | None
    since: date | None
    version: int


class Budget:
    """The budgets of one building."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, month: date) -> BudgetOfMonth:
        """The budget that holds in the month of a day."""
        first = month.replace(day=1)
        with self._database.read() as c:
            row = budget_store.newest(c, first)
        if row is None:
            return BudgetOfMonth(None, None, 0)
        version = row.version if row.month == first else 0
        return BudgetOfMonth(row.amount_mc or None, row.month, version)

    def set(self, actor: Actor, month: date, amount: float | None, version: int) -> BudgetOfMonth:
        """Let a month and those after it have a budget in units of the currency; None for none.

        Raises NotAllowed, InvalidInput, Conflict when somebody set it since `version`.
        """
        actor.require(WRITE)
        if amount is not None and not 0 < amount <= MOST_UNITS:
            said = f"is more than 0, up to {MOST_UNITS:,}"
            raise InvalidInput("This budget cannot be used.", [FieldError("amount", said)])
        first, amount_mc = month.replace(day=1), round((amount or 0) * MC_PER_UNIT)
        before = self.of(first)
        with self._database.write() as c:
            if not budget_store.put(c, first, amount_mc, version):
                raise Conflict("Somebody else set this budget meanwhile.", code="budget_changed")
            record(
                c,
                actor,
                "budget.set",
                f"budget/{first:%Y-%m}",
                before={"amount_mc": before.amount_mc},
                after={"amount_mc": amount_mc or None},
            )
        return self.of(first)
