"""`/api/v1/prices`: what a kWh costs or earns, quarter hour by quarter hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from api import limits
from api.resource import Resource
from api.schema import MOST_INTEGER, IsoTime, OneOf, Query, closed
from api.times import Moment, period_of
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import Period
from domain.money.prices import SLOT_MS, PriceTrack
from domain.money.tariff import DIRECTIONS, MC_PER_MWH, Direction

if TYPE_CHECKING:
    from domain.house import House

_DECIMALS = 8


class PricesQuery(Query):
    """Which quarter hours; the last 24 hours where nothing is said."""

    start_time: Moment | None = None
    """In the first quarter hour."""
    end_time: Moment | None = None
    """First moment after the last quarter hour; it may lie in the future."""
    direction: Annotated[str, OneOf(DIRECTIONS)] = "import"
    tariff_id: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None
    """Another tariff than the contract in use, as if it always had been."""


@closed
class PriceShown(TypedDict):
    """One quarter hour. Null where no contract holds."""

    start_time: IsoTime
    price_eur_kwh: float | None
    """With all charges per kWh and VAT."""
    net_eur_kwh: float | None
    """The same without VAT."""
    band: str
    """Empty for flat and market prices."""
    estimated: bool
    """Something stands in for a market price that is not known."""
    version_id: int | None


@closed
class PricesShown(TypedDict):
    """Prices of consecutive quarter hours."""

    start_time: IsoTime
    end_time: IsoTime
    direction: Annotated[str, OneOf(DIRECTIONS)]
    currency: str
    prices: list[PriceShown]


def prices_api(house: House) -> Blueprint:
    """Build the routes of the prices resource."""
    prices = Resource(
        house,
        "prices",
        "/api/v1/prices",
        "What a kWh costs or earns, quarter hour by quarter hour.",
    )

    @prices.get("", "analytics.view", errors=(404,))
    def track(query: PricesQuery) -> PricesShown:
        """Price the quarter hours of a period."""
        asked = period_of(query.start_time, query.end_time, house.clock.now_ms())
        period = _whole(asked)
        if (period.end_ms - period.start_ms) // SLOT_MS > limits.POINTS:
            wrong = FieldError("start_time", f"more than {limits.POINTS} steps", limits.POINTS)
            raise InvalidInput("This period has too many steps; take a shorter one.", [wrong])
        direction: Direction = "export" if query.direction == "export" else "import"
        found = house.money.tariffs.prices(direction, period, query.tariff_id)
        return {
            "start_time": iso_utc(period.start),
            "end_time": iso_utc(period.end),
            "direction": direction,
            "currency": house.settings.currency,
            "prices": _prices(found),
        }

    return prices.blueprint


def _whole(period: Period) -> Period:
    start_ms = period.start_ms // SLOT_MS * SLOT_MS
    return Period.of_ms(start_ms, -(-period.end_ms // SLOT_MS) * SLOT_MS)


def _prices(track: PriceTrack) -> list[PriceShown]:
    gross = track.gross
    net = sum((part.net for part in track.parts), 0 * gross)
    return [
        {
            "start_time": iso_utc(from_ms(track.start_ms + at * SLOT_MS)),
            "price_eur_kwh": _per_kwh(with_vat) if version else None,
            "net_eur_kwh": _per_kwh(without) if version else None,
            "band": track.band[at],
            "estimated": estimated,
            "version_id": version or None,
        }
        for at, (with_vat, without, estimated, version) in enumerate(
            zip(
                gross.tolist(),
                net.tolist(),
                track.estimated.tolist(),
                track.version_ids.tolist(),
                strict=True,
            )
        )
    ]


def _per_kwh(mc_per_mwh: float) -> float:
    return round(mc_per_mwh / MC_PER_MWH, _DECIMALS)
