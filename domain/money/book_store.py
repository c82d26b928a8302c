"""Statements that look things up in the ledger: sums, lists of postings, evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.money.ledger_store import entry_table, transaction_table
from domain.money.posting import MEMBER, OTHER_SIDE

_T, _E = transaction_table.c, entry_table.c
_LINE = (_T.seq, _T.key, _T.day, _T.source, _T.words, _T.corrects, _T.posted_ms)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which postings a list is of."""

    first: date | None = None
    until: date | None = None
    source: str | None = None
    accounts: tuple[str, ...] = ()
    corrections: bool = False


def totals(
    c: Connection,
    first: date | None,
    until: date | None,
    by: Sequence[str],
    through: int | None = None,
) -> list[dict[str, Any]]:
    """Sums of entries of the days [first, until) by `source`, `account` or `day`."""
    columns = {"source": _T.source, "account": _E.account, "day": _T.day}
    keys = [columns[name] for name in by]
    query = (
        sa.select(
            *keys,
            sa.func.sum(_E.debit_mc).label("debit_mc"),
            sa.func.sum(_E.energy_wh).label("energy_wh"),
        )
        .join(transaction_table, _T.seq == _E.seq)
        .where(*_days(first, until), *_through(through))
        .group_by(*keys)
        .order_by(*keys)
    )
    return [
        {**row, "debit_mc": int(row["debit_mc"]), "energy_wh": _whole(row["energy_wh"])}
        for row in c.execute(query).mappings()
    ]


def first_day(c: Connection, until: date | None) -> date | None:
    """The first day with a posting, before a day."""
    query = sa.select(sa.func.min(_T.day)).where(*_days(None, until))
    found: date | None = c.execute(query).scalar()
    return found


def count_lines(c: Connection, chosen: Chosen) -> tuple[int, int]:
    """How many postings a list is of, and what they amount to [mc]."""
    found = _lines(chosen.accounts).where(*_where(chosen)).subquery()
    query = sa.select(sa.func.count(), sa.func.sum(found.c.amount_mc)).select_from(found)
    count, amount_mc = c.execute(query).one()
    return int(count), int(amount_mc or 0)


def lines(
    c: Connection, chosen: Chosen, order: tuple[str, bool], page: int, page_size: int | None
) -> list[dict[str, Any]]:
    """Some of a list's postings, by a column's name and whether it descends."""
    sort, descending = order
    first = sa.literal_column("amount_mc") if sort == "amount" else _T[sort]
    keys = [key.desc() if descending else key.asc() for key in (first, _T.seq)]
    query = _lines(chosen.accounts).where(*_where(chosen)).order_by(*keys)
    if page_size is not None:
        query = query.limit(page_size).offset(page * page_size)
    return _rows(c, query)


def seqs_after(c: Connection, chosen: Chosen, after: int, limit: int) -> list[int]:
    """The next numbers of a list's postings beyond one, ascending."""
    found = _lines(chosen.accounts).where(*_where(chosen), _T.seq > after)
    query = found.with_only_columns(_T.seq).order_by(_T.seq).limit(limit)
    return [row.seq for row in c.execute(query)]


def posted_within(
    c: Connection, first_ms: int, end_ms: int, before: date, through: int | None
) -> list[dict[str, Any]]:
    """What was posted in [first, end) on days before `before`, in the order it was."""
    within = [_T.posted_ms >= first_ms, _T.posted_ms < end_ms, _T.day < before]
    within += _through(through)
    return _rows(c, _lines(()).where(*within).order_by(_T.seq))


def corrections(c: Connection, seq: int, beside: int) -> list[dict[str, Any]]:
    """What corrects a posting, without `beside`, in the order it came."""
    return _rows(c, _lines(()).where(_T.corrects == seq, _T.seq != beside).order_by(_T.seq))


def evidence(c: Connection, first: date, until: date, through: int | None) -> list[dict[str, Any]]:
    """Number, source, day and evidence of every posting of the days [first, until)."""
    query = sa.select(_T.seq, _T.source, _T.day, _T.evidence)
    query = query.where(*_days(first, until), *_through(through)).order_by(_T.seq)
    return [dict(row) for row in c.execute(query).mappings()]


def _lines(accounts: Sequence[str]) -> sa.Select[Any]:
    """Postings with what they put on some accounts; where none is named, on all but other sides."""
    other = sa.or_(_E.account.in_(OTHER_SIDE), _E.account.startswith(MEMBER, autoescape=True))
    amount = _E.debit_mc if accounts else sa.case((other, 0), else_=_E.debit_mc)
    later = transaction_table.alias()
    corrected = sa.exists().where(later.c.corrects == _T.seq)
    query = (
        sa.select(*_LINE, corrected.label("corrected"), sa.func.sum(amount).label("amount_mc"))
        .join(entry_table, _E.seq == _T.seq)
        .group_by(_T.seq)
    )
    return query.where(_E.account.in_(accounts)) if accounts else query


def _rows(c: Connection, query: sa.Select[Any]) -> list[dict[str, Any]]:
    return [
        {**row, "amount_mc": int(row["amount_mc"]), "corrected": bool(row["corrected"])}
        for row in c.execute(query).mappings()
    ]


def _where(chosen: Chosen) -> list[sa.ColumnElement[bool]]:
    found = _days(chosen.first, chosen.until)
    if chosen.source is not None:
        found.append(_T.source == chosen.source)
    if chosen.corrections:
        found.append(_T.corrects.is_not(None))
    return found


def _days(first: date | None, until: date | None) -> list[sa.ColumnElement[bool]]:
    found = [] if first is None else [_T.day >= first]
    return found if until is None else [*found, _T.day < until]


def _through(seq: int | None) -> list[sa.ColumnElement[bool]]:
    """The ledger as it stood with a transaction at its end."""
    return [] if seq is None else [_T.seq <= seq]


def _whole(value: Any) -> int | None:
    """A sum as PostgreSQL's numeric or SQLite's integer."""
    return None if value is None else int(value)
