"""Tables of tariffs, their versions and their times in use, and every statement on them."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.money.tariff import Tariff, TariffVersion, Terms, Use
from domain.money.tariff_codec import decode, encode
from domain.storage.schema import metadata

tariff_table = sa.Table(
    "tariff",
    metadata,
    sa.Column("tariff_id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("direction", sa.String(8), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)
tariff_version_table = sa.Table(
    "tariff_version",
    metadata,
    sa.Column("version_id", sa.Integer, primary_key=True),
    sa.Column("tariff_id", sa.Integer, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("made_ms", sa.BigInteger, nullable=False),
    sa.Column("made_by", sa.String(100), nullable=False),
    sa.Column("replaced_by", sa.Integer),
    sa.Index("ix_tariff_version_tariff_id", "tariff_id"),
    sqlite_autoincrement=True,
)
tariff_use_table = sa.Table(
    "tariff_use",
    metadata,
    sa.Column("direction", sa.String(8), primary_key=True),
    sa.Column("first_day", sa.Date, primary_key=True),
    sa.Column("tariff_id", sa.Integer, nullable=False),
)
_TARIFF, _VERSION, _USE = tariff_table.c, tariff_version_table.c, tariff_use_table.c


def read_tariffs(c: Connection) -> list[Tariff]:
    """Every tariff with its times in use, the first made first."""
    uses = _read_uses(c)
    rows = c.execute(sa.select(tariff_table).order_by(_TARIFF.tariff_id))
    return [
        Tariff(r.tariff_id, r.name, r.direction, r.version, tuple(uses.get(r.tariff_id, ())))
        for r in rows
    ]


def read_contracts(c: Connection, direction: str) -> list[tuple[date, int]]:
    """Which tariff took over when, ascending."""
    query = sa.select(_USE.first_day, _USE.tariff_id).where(_USE.direction == direction)
    return [(row.first_day, row.tariff_id) for row in c.execute(query.order_by(_USE.first_day))]


def read_versions(
    c: Connection, tariff_id: int | None = None, *, replaced: bool = False
) -> list[TariffVersion]:
    """Versions by the day they begin, of one tariff or of all; replaced ones only if asked for."""
    query = sa.select(tariff_version_table, _TARIFF.name, _TARIFF.direction).join(
        tariff_table, _TARIFF.tariff_id == _VERSION.tariff_id
    )
    if tariff_id is not None:
        query = query.where(_VERSION.tariff_id == tariff_id)
    if not replaced:
        query = query.where(_VERSION.replaced_by.is_(None))
    order = (_VERSION.tariff_id, _VERSION.valid_from, _VERSION.version_id)
    return [_version(row) for row in c.execute(query.order_by(*order)).mappings()]


def insert_tariff(c: Connection, name: str, direction: str) -> int:
    """Add a tariff without versions; gives its id."""
    values = {"name": name, "direction": direction, "version": 1}
    key = c.execute(tariff_table.insert().values(**values)).inserted_primary_key
    return int(key[0]) if key else 0


def raise_version(c: Connection, tariff_id: int, version: int, name: str | None = None) -> bool:
    """Step a tariff that is still at `version`, with a new name if one is given."""
    values = {"version": version + 1, **({} if name is None else {"name": name})}
    where = (_TARIFF.tariff_id == tariff_id, _TARIFF.version == version)
    return c.execute(tariff_table.update().where(*where).values(**values)).rowcount == 1


def insert_version(
    c: Connection, tariff_id: int, valid_from: date, terms: Terms, made: tuple[int, str]
) -> int:
    """Add a version made when and by whom; gives its id."""
    values = {
        "tariff_id": tariff_id,
        "valid_from": valid_from,
        "body": encode(terms),
        "made_ms": made[0],
        "made_by": made[1],
    }
    key = c.execute(tariff_version_table.insert().values(**values)).inserted_primary_key
    return int(key[0]) if key else 0


def replace_version(c: Connection, version_id: int, by: int) -> bool:
    """Let a version that still counts give way to another."""
    where = (_VERSION.version_id == version_id, _VERSION.replaced_by.is_(None))
    return (
        c.execute(tariff_version_table.update().where(*where).values(replaced_by=by)).rowcount == 1
    )


def put_use(c: Connection, direction: str, first_day: date, tariff_id: int) -> None:
    """Let a tariff take over on a day, in place of another one that would have."""
    at = (_USE.direction == direction, _USE.first_day == first_day)
    c.execute(tariff_use_table.delete().where(*at))
    values = {"direction": direction, "first_day": first_day, "tariff_id": tariff_id}
    c.execute(tariff_use_table.insert().values(**values))


def delete_tariff(c: Connection, tariff_id: int, version: int) -> bool:
    """Drop a tariff that is still at `version`, with its versions."""
    where = (_TARIFF.tariff_id == tariff_id, _TARIFF.version == version)
    if c.execute(tariff_table.delete().where(*where)).rowcount != 1:
        return False
    c.execute(tariff_version_table.delete().where(_VERSION.tariff_id == tariff_id))
    return True


def _read_uses(c: Connection) -> Mapping[int, list[Use]]:
    rows = list(c.execute(sa.select(tariff_use_table).order_by(_USE.direction, _USE.first_day)))
    uses: dict[int, list[Use]] = {}
    for row, after in pairwise([*rows, None]):
        if row is None:
            continue
        ends = after is not None and after.direction == row.direction
        until = after.first_day if after is not None and ends else None
        known = uses.setdefault(row.tariff_id, [])
        if known and known[-1].until == row.first_day:
            known[-1] = Use(known[-1].first, until)
        else:
            known.append(Use(row.first_day, until))
    return uses


def _version(row: sa.RowMapping) -> TariffVersion:
    values = {name: row[name] for name in TariffVersion.__slots__ if name != "terms"}
    return TariffVersion(terms=decode(row["body"]), **values)
