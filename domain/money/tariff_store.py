"""Tables of tariffs, their versions and carbon factors, and every statement on them."""

import sqlalchemy as sa

from domain.storage.schema import metadata

tariff_table = sa.Table(
    "tariff",
    metadata,
    sa.Column("tariff_id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("direction", sa.String(8), nullable=False),
    sa.Column("in_use", sa.Boolean, nullable=False),
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
carbon_factor_table = sa.Table(
    "carbon_factor",
    metadata,
    sa.Column("valid_from", sa.Date, primary_key=True),
    sa.Column("g_per_kwh", sa.Float(53)),
    sa.Column("feed_id", sa.Integer),
    sa.Column("made_ms", sa.BigInteger, nullable=False),
    sa.Column("made_by", sa.String(100), nullable=False),
)
