"""Walking along a ledger in the database, to find the first row that is not what was written."""

from domain.money import ledger_store as store
from domain.money.ledger_chain import Break, Checked, Walk
from domain.storage.engine import Database


def examine(database: Database, head: str | None = None) -> Checked:
    """Go along the whole chain; with `head`, a hash from a statement, it must lie on the way."""
    with store.snapshot(database) as c:
        try:
            walk = Walk(store.read_seals(c), store.read_head(c), head)
            return walk.check(store.walk(c), store.read_accounts(c))
        except (TypeError, ValueError) as error:
            broken = Break(None, f"A row of the ledger is not readable: {error}.")
            return Checked(0, 0, 0, None, {}, broken)


def verify(database: Database, head: str | None = None) -> Break | None:
    """The first changed, removed or swapped row; None where every row is as it was written."""
    return examine(database, head).broken


def replay(database: Database) -> dict[str, int]:
    """What adding up every entry from the first on makes of each account [mc]."""
    return dict(examine(database).balances)
