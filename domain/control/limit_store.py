"""Tables and SQL of the site's limits: its own, and what the grid operator orders for a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.control.store import intent_table
from domain.storage.schema import metadata

SITE_ID = 1
CAP_KEY = "site/"
"""What the keys of the intents begin with by which the site's limits narrow devices."""
FAILED = ("rejected", "contradicted", "expired")
limit_table = sa.Table(
    "control_site_limit",
    metadata,
    sa.Column("site_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("import_kw", sa.Float(53)),
    sa.Column("export_kw", sa.Float(53)),
    sa.Column("version", sa.Integer, nullable=False),
)
order_table = sa.Table(
    "control_grid_order",
    metadata,
    sa.Column("order_id", sa.Integer, primary_key=True),
    sa.Column("import_kw", sa.Float(53)),
    sa.Column("export_kw", sa.Float(53)),
    sa.Column("starts_ms", sa.BigInteger, nullable=False),
    sa.Column("ends_ms", sa.BigInteger, nullable=False),
    sa.Column("source", sa.String(100), nullable=False),
    sa.Column("reason", sa.String(300), nullable=False),
    sa.Column("entered_by", sa.String(100), nullable=False),
    sa.Column("entered_ms", sa.BigInteger, nullable=False),
    sa.Column("ended_ms", sa.BigInteger),
    sa.Column("ended_by", sa.String(100)),
    sa.Index("ix_control_grid_order_ends_ms", "ends_ms"),
    sqlite_autoincrement=True,
)
_L, _O, _I = limit_table.c, order_table.c, intent_table.c


@dataclass(frozen=True, slots=True)
class SiteLimit:
    """The most the site may import and export [kW], by its main fuse; None is not limited."""

    import_kw: float | None
    export_kw: float | None
    version: int


@dataclass(frozen=True, slots=True)
class GridOrder:
    """What the grid operator orders from one moment to another [kW]."""

    order_id: int
    import_kw: float | None
    export_kw: float | None
    starts_ms: int
    ends_ms: int
    source: str
    reason: str
    entered_by: str
    entered_ms: int
    ended_ms: int | None = None
    ended_by: str | None = None

    def holds_at(self, now_ms: int) -> bool:
        """Whether it narrows now."""
        return self.ended_ms is None and self.starts_ms <= now_ms < self.ends_ms


def read_limit(c: Connection) -> SiteLimit:
    """The site's own limit."""
    row = c.execute(sa.select(limit_table).where(_L.site_id == SITE_ID)).mappings().one()
    return SiteLimit(row["import_kw"], row["export_kw"], row["version"])


def write_limit(c: Connection, limit: SiteLimit) -> bool:
    """Change it; false where it has changed since `limit.version`."""
    where = (_L.site_id == SITE_ID, _L.version == limit.version)
    values = {
        "import_kw": limit.import_kw,
        "export_kw": limit.export_kw,
        "version": _L.version + 1,
    }
    return c.execute(limit_table.update().where(*where).values(**values)).rowcount == 1


def open_orders(c: Connection, now_ms: int) -> list[GridOrder]:
    """Orders that hold now or will, the earliest first."""
    query = sa.select(order_table).where(_O.ended_ms.is_(None), _O.ends_ms > now_ms)
    return [_order(row) for row in c.execute(query.order_by(_O.starts_ms)).mappings()]


def read_order(c: Connection, order_id: int) -> GridOrder | None:
    """One order, however it ended."""
    query = sa.select(order_table).where(_O.order_id == order_id)
    row = c.execute(query).mappings().one_or_none()
    return None if row is None else _order(row)


def insert_order(c: Connection, columns: Mapping[str, object]) -> int:
    """Add an order; gives its id."""
    key = c.execute(order_table.insert().values(**columns)).inserted_primary_key
    return int(key[0]) if key else 0


def end_order(c: Connection, order_id: int, at_ms: int, by_name: str) -> bool:
    """End an order once; false where it has ended already."""
    where = (_O.order_id == order_id, _O.ended_ms.is_(None))
    values = {"ended_ms": at_ms, "ended_by": by_name}
    return c.execute(order_table.update().where(*where).values(**values)).rowcount == 1


def refused_since(c: Connection, since_ms: int) -> set[str]:
    """Devices that did not follow the site's limits after a moment."""
    failed = sa.or_(*(_I.why.like(f"{state}:%") for state in FAILED))
    where = (_I.owner == "grid", _I.ended_ms >= since_ms, _I.key.like(f"{CAP_KEY}%"), failed)
    return set(c.execute(sa.select(_I.device_id).where(*where)).scalars())


def _order(row: Mapping[Any, Any]) -> GridOrder:
    return GridOrder(**{name: row[name] for name in GridOrder.__dataclass_fields__})
