"""Tables of the ledger, and every statement on them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from domain.money.ledger_chain import Head, Seal, Written
from domain.money.posting import Entry
from domain.storage.engine import Database
from domain.storage.schema import metadata

account_table = sa.Table(
    "ledger_account",
    metadata,
    sa.Column("account", sa.String(80), primary_key=True),
    sa.Column("label", sa.String(120), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
)
transaction_table = sa.Table(
    "ledger_transaction",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("key", sa.String(200), nullable=False, unique=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("source", sa.String(32), nullable=False),
    sa.Column("words", sa.String(300), nullable=False),
    sa.Column("corrects", sa.BigInteger),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("posted_ms", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Index("ix_ledger_transaction_day", "day"),
    sa.Index("ix_ledger_transaction_corrects", "corrects"),
    sa.Index("ix_ledger_transaction_posted_ms", "posted_ms"),
)
entry_table = sa.Table(
    "ledger_entry",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("account", sa.String(80), nullable=False),
    sa.Column("debit_mc", sa.BigInteger, nullable=False),
    sa.Column("energy_wh", sa.BigInteger),
    sa.Index("ix_ledger_entry_account", "account"),
)
seal_table = sa.Table(
    "ledger_seal",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("sealed_ms", sa.BigInteger, nullable=False),
)
head_table = sa.Table(
    "ledger_head",
    metadata,
    sa.Column("head_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
check_table = sa.Table(
    "ledger_check",
    metadata,
    sa.Column("check_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("checked_ms", sa.BigInteger, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("broken", sa.String(200), nullable=False),
)

BROKEN_LENGTH = 200
_A, _T, _E, _S, _H, _C = (
    table.c
    for table in (
        account_table,
        transaction_table,
        entry_table,
        seal_table,
        head_table,
        check_table,
    )
)
_HEAD_ID = _CHECK_ID = 1
_BATCH = 500
_COLUMNS = ("seq", "key", "day", "source", "words", "corrects", "evidence", "posted_ms", "hash")


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """Open a connection whose reads all see the ledger at one moment."""
    with database.read() as connection:
        if database.dialect == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def lock_head(c: Connection) -> Head | None:
    """The head, held until the transaction ends: writers of the ledger come one after another."""
    row = c.execute(sa.select(_H.seq, _H.hash).where(_H.head_id == _HEAD_ID).with_for_update())
    return _head(row.first())


def read_head(c: Connection) -> Head | None:
    """The head; None where somebody has removed it."""
    return _head(c.execute(sa.select(_H.seq, _H.hash).where(_H.head_id == _HEAD_ID)).first())


def _head(row: Any) -> Head | None:
    return None if row is None else Head(row.seq, row.hash)


def move_head(c: Connection, before: Head, after: Head) -> bool:
    """Put the head forward; false where it is not `before` any more."""
    where = (_H.head_id == _HEAD_ID, _H.seq == before.seq, _H.hash == before.hash)
    moved = head_table.update().where(*where).values(seq=after.seq, hash=after.hash)
    return c.execute(moved).rowcount == 1


def insert(c: Connection, written: Written) -> None:
    """Add a transaction with its entries."""
    c.execute(transaction_table.insert().values({n: getattr(written, n) for n in _COLUMNS}))
    rows = [
        {
            "seq": written.seq,
            "line": line,
            "account": entry.account,
            "debit_mc": entry.debit_mc,
            "energy_wh": entry.energy_wh,
        }
        for line, entry in enumerate(written.entries, start=1)
    ]
    c.execute(entry_table.insert(), rows)


def insert_seal(c: Connection, seal: Seal) -> None:
    """Add the seal of a day."""
    values = {n: getattr(seal, n) for n in ("day", "last_seq", "hash", "sealed_ms")}
    c.execute(seal_table.insert().values(values))


def add_accounts(c: Connection, accounts: Mapping[str, tuple[str, str]]) -> None:
    """Make those accounts that are not there yet."""
    dialect = postgresql if c.dialect.name == "postgresql" else sqlite
    rows = [{"account": a, "label": label, "kind": k} for a, (label, k) in accounts.items()]
    if rows:
        c.execute(dialect.insert(account_table).on_conflict_do_nothing(), rows)


def read_accounts(c: Connection) -> dict[str, tuple[str, str]]:
    """Every account, by label and kind."""
    rows = c.execute(sa.select(account_table).order_by(_A.account))
    return {row.account: (row.label, row.kind) for row in rows}


def read_seals(c: Connection) -> list[Seal]:
    """Every seal by day."""
    rows = c.execute(sa.select(_S.day, _S.last_seq, _S.hash, _S.sealed_ms).order_by(_S.day))
    return [Seal(*row) for row in rows]


def last_seal(c: Connection) -> Seal | None:
    """The newest seal."""
    newest = sa.select(_S.day, _S.last_seq, _S.hash, _S.sealed_ms).order_by(_S.day.desc()).limit(1)
    row = c.execute(newest).first()
    return None if row is None else Seal(*row)


def posted_ms(c: Connection, seq: int) -> int:
    """When a transaction was posted; 0 where there is none."""
    return int(c.execute(sa.select(_T.posted_ms).where(_T.seq == seq)).scalar() or 0)


def read_check(c: Connection) -> tuple[int, int, str] | None:
    """When the chain was last gone along, up to which transaction, and where it was broken."""
    row = c.execute(sa.select(_C.checked_ms, _C.seq, _C.broken)).first()
    return None if row is None else (row.checked_ms, row.seq, row.broken)


def write_check(c: Connection, checked_ms: int, seq: int, broken: str) -> None:
    """Remember the newest check alone."""
    dialect = postgresql if c.dialect.name == "postgresql" else sqlite
    values = {"checked_ms": checked_ms, "seq": seq, "broken": broken}
    statement = dialect.insert(check_table).values(check_id=_CHECK_ID, **values)
    c.execute(statement.on_conflict_do_update(index_elements=["check_id"], set_=values))


def by_keys(c: Connection, keys: Sequence[str]) -> dict[str, Written]:
    """Those transactions among some that are written already, by key."""
    rows = c.execute(sa.select(*[_T[n] for n in _COLUMNS]).where(_T.key.in_(keys))).all()
    return {w.key: w for w in _with_entries(c, rows)}


def read(c: Connection, seq: int) -> Written | None:
    """One transaction with its entries."""
    rows = c.execute(sa.select(*[_T[n] for n in _COLUMNS]).where(_T.seq == seq)).all()
    return next(iter(_with_entries(c, rows)), None)


def by_seqs(c: Connection, seqs: Sequence[int]) -> list[Written]:
    """Some transactions with their entries, in order."""
    query = sa.select(*[_T[n] for n in _COLUMNS]).where(_T.seq.in_(seqs)).order_by(_T.seq)
    return _with_entries(c, c.execute(query).all())


def _with_entries(c: Connection, rows: Sequence[Any]) -> list[Written]:
    found = _entries(c, _E.seq.in_([row.seq for row in rows])) if rows else {}
    return [_written(row, found.get(row.seq, [])) for row in rows]


def _entries(c: Connection, *where: sa.ColumnElement[bool]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    query = sa.select(entry_table).where(*where).order_by(_E.seq, _E.line)
    for row in c.execute(query):
        found.setdefault(row.seq, []).append(row)
    return found


def _written(row: Any, lines: Sequence[Any]) -> Written:
    entries = tuple(Entry(line.account, line.debit_mc, line.energy_wh) for line in lines)
    columns: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    return Written(**columns, entries=entries, lines=tuple(line.line for line in lines))


def walk(c: Connection) -> Iterator[Written]:
    """Every transaction in order with its entries; entries without one come as one without a key.

    In batches, so that a ledger of any length is read in constant memory.
    """
    after: int | None = None
    while True:
        query = sa.select(*[_T[n] for n in _COLUMNS]).order_by(_T.seq).limit(_BATCH)
        beyond = [] if after is None else [_T.seq > after]
        rows = c.execute(query.where(*beyond)).all()
        within = [] if after is None else [_E.seq > after]
        if len(rows) == _BATCH:
            within.append(_E.seq <= rows[-1].seq)
        lines = _entries(c, *within)
        heads = {row.seq: row for row in rows}
        for seq in sorted({*heads, *lines}):
            row = heads.get(seq, (seq, "", date.min, "", "", None, "", 0, ""))
            yield _written(row, lines.get(seq, []))
        if len(rows) < _BATCH:
            return
        after = rows[-1].seq


def sums_of(c: Connection, source: str, day: date) -> tuple[list[int], dict[str, tuple[int, int]]]:
    """Which postings there are of a source and day, and what they sum to by account [mc, Wh]."""
    about = (_T.source == source, _T.day == day)
    seqs = [row.seq for row in c.execute(sa.select(_T.seq).where(*about).order_by(_T.seq))]
    sums = (
        sa.select(_E.account, sa.func.sum(_E.debit_mc), sa.func.sum(_E.energy_wh))
        .join(transaction_table, _T.seq == _E.seq)
        .where(*about)
        .group_by(_E.account)
    )
    return seqs, {account: (int(mc), int(wh or 0)) for account, mc, wh in c.execute(sums)}
