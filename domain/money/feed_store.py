"""Tables of price and carbon feeds, and every statement on them."""

import sqlalchemy as sa

from domain.storage.schema import metadata

feed_table = sa.Table(
    "money_feed",
    metadata,
    sa.Column("feed_id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False, unique=True),
    sa.Column("quantity", sa.String(16), nullable=False),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("url", sa.String(500)),
    sa.Column("sensor_id", sa.String(64)),
    sa.Column("refresh_s", sa.Integer),
    sa.Column("tried_ms", sa.BigInteger),
    sa.Column("fetched_ms", sa.BigInteger),
    sa.Column("error", sa.String(300)),
    sa.Column("version", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)
value_table = sa.Table(
    "money_feed_value",
    metadata,
    sa.Column("feed_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("starts_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("ends_ms", sa.BigInteger, nullable=False),
    sa.Column("value", sa.Float(53), nullable=False),
)
