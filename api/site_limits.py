"""`/api/v1/iot/limits`: what the site may import and export, and what the grid operator orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from api.resource import Resource
from api.schema import MOST_INTEGER, IsoTime, OneOf, Query, Request, Version, closed
from api.times import Moment, iso
from domain.access.current import current_actor
from domain.control.acts import LONGEST_REASON, MINUTE_MS, USUAL_MINUTES
from domain.control.limit_fields import LONGEST_MS, LONGEST_SOURCE, MOST_KW
from domain.control.limit_store import GridOrder
from domain.control.site_limits import Side
from domain.foundation.contract import in_force
from domain.foundation.errors import FieldError, InvalidInput, Unknown

if TYPE_CHECKING:
    from domain.house import House

_WORDS = r"^[^\x00-\x1f\x7f]*$"
_KW = Annotated[float, Field(ge=0, le=MOST_KW, description="kW.")]
OrderId = Annotated[
    str, Field(pattern=r"^[0-9]{1,9}$", description="The order's id.", examples=["1"])
]


class OwnLimit(Request):
    """The most the site may import and export, by its main fuse; null for no limit."""

    import_kw: _KW | None
    export_kw: _KW | None
    version: Version | None = None
    """The version this change was made from; 409 when the limit has changed since."""


class NewOrder(Request):
    """What the grid operator orders for a time."""

    direction: Annotated[str, OneOf(("import", "export"))] = "import"
    limit_kw: _KW
    starts_at: Moment | None = None
    """Now where it is left out."""
    ends_at: Moment | None = None
    """Instead of `duration_minutes`."""
    duration_minutes: Annotated[float, Field(ge=1, le=LONGEST_MS / MINUTE_MS)] | None = None
    """60 where neither is sent."""
    source: Annotated[str, Field(max_length=LONGEST_SOURCE, pattern=_WORDS)] = ""
    """Who orders; “Grid operator” where it is left out."""
    reason: Annotated[str, Field(max_length=LONGEST_REASON, pattern=_WORDS)] = ""


class LimitsQuery(Query):
    """Takes nothing."""


@closed
class OrderShown(TypedDict):
    """What the grid operator orders from one moment to another."""

    order_id: str
    import_kw: float | None
    export_kw: float | None
    starts_at: IsoTime
    ends_at: IsoTime
    source: str
    reason: str
    entered_by: str


@closed
class CapShown(TypedDict):
    """The most a device may draw, or deliver on the side of export, because of the limit."""

    device_id: str
    most_kw: float
    told: bool
    """Whether it was told to draw less; else nobody may ask it for more."""


@closed
class SideShown(TypedDict):
    """One direction that is limited now."""

    direction: Annotated[str, OneOf(("import", "export"))]
    limit_kw: float
    source: str
    until: IsoTime | None
    """Null for the site's own limit."""
    grid_kw: float | None
    """The main meter in this direction; null while it is not known, or withheld."""
    state: Annotated[str, OneOf(("free", "narrowed", "holding", "withheld"))]
    """`holding`: the main meter is not known, so nobody may draw more."""
    caps: list[CapShown]
    words: str | None


@closed
class OwnLimitShown(TypedDict):
    """The site's own limit."""

    import_kw: float | None
    export_kw: float | None
    version: int


@closed
class LimitsShown(TypedDict):
    """The site's own limit, what the grid operator orders, and how it stands now."""

    own: OwnLimitShown
    orders: list[OrderShown]
    now: list[SideShown]


def site_limits_api(house: House) -> Blueprint:
    """Build the routes of the site's limits."""
    limits = Resource(
        house,
        "site_limits",
        "/api/v1/iot/limits",
        "What the site may import and export, and whom that narrows.",
    )
    site = house.control.limits

    @limits.get("", "iot.view")
    def show(query: LimitsQuery) -> LimitsShown:
        """Show the limits of the site, and whom they narrow now."""
        actor = current_actor()
        own = site.own(actor)
        return {
            "own": _own(own.import_kw, own.export_kw, own.version),
            "orders": [_order(order) for order in site.orders(actor)],
            "now": [_side(side) for side in site.sides(actor)],
        }

    @limits.route("", "iot.control", ("PUT",), errors=(409,), example={
        "import_kw": 63, "export_kw": None,
    })  # fmt: skip
    def change(body: OwnLimit) -> OwnLimitShown:
        """Change the site's own limit; devices are narrowed within seconds."""
        after = site.set_own(current_actor(), body.import_kw, body.export_kw, body.version)
        return _own(after.import_kw, after.export_kw, after.version)

    @limits.post(
        "/orders",
        "iot.control",
        status=201,
        acting=True,
        example={"limit_kw": 30, "ends_at": "2026-06-16T18:00:00Z", "reason": "Feeder work"},
    )
    def order(body: NewOrder) -> OrderShown:
        """Enter what the grid operator orders; it narrows devices while it holds."""
        starts_ms = house.clock.now_ms() if body.starts_at is None else body.starts_at
        fields = {
            f"{body.direction}_kw": body.limit_kw,
            "starts_ms": starts_ms,
            "ends_ms": _ends_ms(body, starts_ms),
            "source": body.source,
            "reason": body.reason,
        }
        return _order(site.order(current_actor(), fields))

    @limits.delete("/orders/<order_id>", "iot.control", errors=(404, 409))
    def end(order_id: OrderId) -> None:
        """End an order before its time."""
        site.end_order(current_actor(), _number(order_id))

    return limits.blueprint


def _ends_ms(body: NewOrder, starts_ms: int) -> int:
    """When it ends, from the one of the two fields that was sent."""
    if body.ends_at is None:
        return starts_ms + round((body.duration_minutes or USUAL_MINUTES) * MINUTE_MS)
    if body.duration_minutes is not None:
        wrong = FieldError("ends_at", "either ends_at or duration_minutes")
        raise InvalidInput("It says twice how long.", [wrong])
    return body.ends_at


def _number(order_id: str) -> int:
    known = order_id.isascii() and order_id.isdigit() and len(order_id) <= len(str(MOST_INTEGER))
    if not known or int(order_id) > MOST_INTEGER:
        raise Unknown("order", order_id[:40])
    return int(order_id)


def _own(import_kw: float | None, export_kw: float | None, version: int) -> OwnLimitShown:
    return {"import_kw": import_kw, "export_kw": export_kw, "version": version}


def _order(order: GridOrder) -> OrderShown:
    return {
        "order_id": str(order.order_id),
        "import_kw": order.import_kw,
        "export_kw": order.export_kw,
        "starts_at": iso(order.starts_ms) or "",
        "ends_at": iso(order.ends_ms) or "",
        "source": order.source,
        "reason": order.reason,
        "entered_by": order.entered_by,
    }


def _side(side: Side) -> SideShown:
    """A contract that withholds anything shares the limit and nothing that was measured."""
    held = in_force().restricts
    caps: list[CapShown] = [
        {"device_id": device_id, "most_kw": cap.kw, "told": cap.told}
        for device_id, cap in sorted(side.caps.items())
    ]
    return {
        "direction": side.direction,
        "limit_kw": side.limit_kw,
        "source": side.source,
        "until": iso(side.until_ms),
        "grid_kw": None if held else side.grid_kw,
        "state": "withheld" if held else side.state,
        "caps": [] if held else caps,
        "words": None if held else side.words or None,
    }
