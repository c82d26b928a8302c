"""The table of carbon factors, and every statement on it."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.storage.schema import metadata

carbon_factor_table = sa.Table(
    "carbon_factor",
    metadata,
    sa.Column("valid_from", sa.Date, primary_key=True),
    sa.Column("g_per_kwh", sa.Float(53)),
    sa.Column("feed_id", sa.Integer),
    sa.Column("made_ms", sa.BigInteger, nullable=False),
    sa.Column("made_by", sa.String(100), nullable=False),
)
_FACTOR = carbon_factor_table.c


@dataclass(frozen=True, slots=True)
class CarbonFactor:
    """What a kWh from the grid emits from a local day on: a feed's value, or a constant.

    With a feed the constant stands in where it has none; without either it is assumed.
    """

    valid_from: date
    g_per_kwh: float | None
    feed_id: int | None
    made_ms: int
    made_by: str


def read_factors(c: Connection) -> list[CarbonFactor]:
    """All of them, ascending."""
    rows = c.execute(sa.select(carbon_factor_table).order_by(_FACTOR.valid_from))
    return [CarbonFactor(**row) for row in rows.mappings()]


def put_factor(c: Connection, factor: CarbonFactor) -> None:
    """Set what holds from a day on, in place of what was set for that day."""
    delete_factor(c, factor.valid_from)
    values = {name: getattr(factor, name) for name in CarbonFactor.__slots__}
    c.execute(carbon_factor_table.insert().values(**values))


def delete_factor(c: Connection, valid_from: date) -> bool:
    """Take back what was set for a day."""
    where = _FACTOR.valid_from == valid_from
    return c.execute(carbon_factor_table.delete().where(where)).rowcount == 1
