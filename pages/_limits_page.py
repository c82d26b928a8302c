"""Puts the Limits page together: the site's own limit, orders of the grid operator, now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from dash import dcc, html

from components import formats
from components.buttons import button, link_button
from components.cards import card, grid, page_head
from components.forms import field as labelled
from components.forms import form, number_field, segments, text_field
from components.marks import age, chip, data, key_value
from components.native import Events
from components.states import banner, empty
from domain.access.policy import Actor
from domain.control.limit_fields import SOURCE
from domain.control.limit_store import GridOrder, SiteLimit
from domain.control.site_limits import Side
from domain.foundation.clock import from_ms
from domain.house import House

PATH = "/devices/limits"
CONTROL = "iot.control"
NEWS, CHANGED, NOW, ORDERS = "limits-news", "limits-changed", "limits-now", "limits-orders"
OWN_SAVE, OWN_MESSAGE, OWN_VERSION = "limits-own-save", "limits-own-message", "limits-own-version"
OWN_FIELDS = ("import_kw", "export_kw")
ORDER_SAVE, ORDER_MESSAGE, DIRECTION = (
    "limits-order-save", "limits-order-message", "limits-order-direction",
)  # fmt: skip
ORDER_FIELDS = ("limit_kw", "starts_at", "ends_at", "source", "reason")
STATE_CHIPS = {
    "free": ("Inside the limit", "ok"),
    "narrowed": ("Devices narrowed", "late"),
    "holding": ("Main meter silent: holding", "stale"),
}
OTHER_WAY = {"import": "export", "export": "import"}
HOUR_MS = 3_600_000
WATCHED = "device/news command/news"
"""Lets the page's socket ask for both topics."""


def own_id(name: str) -> str:
    """Dash id of a field of the site's own limit."""
    return f"limits-own-{name}"


def order_id(name: str) -> str:
    """Dash id of a field of a new order."""
    return f"limits-order-{name}"


def limits_page(house: House, actor: Actor) -> Any:
    """How it stands, the site's own limit, and what the grid operator orders."""
    may = actor.may(CONTROL)
    links = [link_button("Devices", "/devices"), link_button("Hours", "/devices/instructions")]
    return html.Div(
        [
            page_head("Limits", facts=html.Span("of the whole site"), actions=links),
            dcc.Store(id=NEWS),
            dcc.Store(id=CHANGED),
            html.Div(now_children(house, actor), id=NOW),
            grid(
                html.Div([own_card(house.control.limits.own(actor), may)], className="wb-stack"),
                html.Div(
                    [
                        Events(id=ORDERS, children=orders_children(house, actor)),
                        *([order_card(house)] if may else []),
                    ],
                    className="wb-stack",
                ),
                columns="halves",
            ),
        ],
        className="wb-page wb-devices wb-limits",
        **data(live_watch=WATCHED, news=NEWS),
    )


# ---- now ------------------------------------------------------------------------------------


def now_children(house: House, actor: Actor) -> list[Any]:
    """Each limited direction with the numbers it is kept by."""
    sides = house.control.limits.sides(actor)
    if not sides:
        words = (
            "Enter what the main fuse carries, or what the grid operator ordered. Batteries, "
            "chargers and other flexible devices are then held inside it, critical ones last."
        )
        return [card("Now", empty("The site has no limit", words, icon_name="shield"))]
    names = {now.device.device_id: now.device.name for now in house.control.devices(actor)}
    now_ms = house.clock.now_ms()
    parts = [_side(side, names, now_ms, house.zone) for side in sides]
    return [card("Now", *parts, fact="main meter against its limit")]


def _side(side: Side, names: Mapping[str, str], now_ms: int, zone: ZoneInfo) -> Any:
    words, tone = STATE_CHIPS[side.state]
    until = f" until {formats.moment(side.until_ms, now_ms, zone)}" if side.until_ms else ""
    held = [f"{names.get(key, key)} at most {formats.text('power', cap.kw)}"
            for key, cap in sorted(side.caps.items())]  # fmt: skip
    flows = side.direction if (side.grid_kw or 0.0) >= 0 else OTHER_WAY[side.direction]
    power = formats.text("power", None if side.grid_kw is None else abs(side.grid_kw))
    rows: list[tuple[Any, Any]] = [
        (flows.capitalize(), html.Span([f"{power} · ", age(side.ts_ms, now_ms, zone)])),
        ("Limit", f"{formats.text('power', side.limit_kw)} · {side.source}{until}"),
        ("State", chip(words, tone)),
    ]
    if held:
        rows.append(("Narrowed", html.Span([html.Div(line) for line in held])))
    said = html.P(f"By these numbers: {side.words}", className="wb-limits-words")
    return html.Div([key_value(rows), said if side.words else None], className="wb-limits-side")


def links() -> list[Any]:
    """For the head of the Devices page: the pages beside it."""
    return [link_button("Hours", "/devices/instructions"), link_button("Limits", PATH)]


def limit_banner(house: House, actor: Actor) -> Any:
    """One line for the Devices page while an order holds or the limit narrows; else nothing."""
    sides = [
        side for side in house.control.limits.sides(actor)
        if side.until_ms is not None or side.state != "free"
    ]  # fmt: skip
    if not sides:
        return None
    now_ms = house.clock.now_ms()
    words = "; ".join(_said(side, now_ms, house.zone) for side in sides)
    tone = "late" if any(side.state == "holding" for side in sides) else "warning"
    look = link_button("Limits", PATH, small=True)
    return banner(f"{sides[0].source}:", words, tone=tone, action=look)


def _said(side: Side, now_ms: int, zone: ZoneInfo) -> str:
    until = f" until {formats.moment(side.until_ms, now_ms, zone)}" if side.until_ms else ""
    narrowed = f", {len(side.caps)} {'device' if len(side.caps) == 1 else 'devices'} narrowed"
    state = {
        "holding": ", the main meter is silent: nobody may draw more",
        "narrowed": narrowed,
    }.get(side.state, "")
    limit = formats.text("power", side.limit_kw)
    return f"{side.direction} at most {limit}{until}{state}"


# ---- the site's own -------------------------------------------------------------------------


def own_card(own: SiteLimit, may: bool) -> Any:
    """What the main fuse carries."""
    hint = "Empty: no limit"
    if not may:
        rows: list[tuple[Any, Any]] = [
            ("Import", formats.text("power", own.import_kw)),
            ("Export", formats.text("power", own.export_kw)),
        ]
        return card("Site limit", key_value(rows), fact="the main fuse")
    return card(
        "Site limit",
        dcc.Store(id=OWN_VERSION, data=own.version),
        html.Div(_own_form(own, hint), className="wb-stack"),
        fact="the main fuse",
    )


def _own_form(own: SiteLimit, hint: str) -> list[Any]:
    return [
        form(
            number_field(
                own_id("import_kw"), "Import at most", value=own.import_kw, unit="kW", low=0,
                hint=hint,
            ),
            number_field(
                own_id("export_kw"), "Export at most", value=own.export_kw, unit="kW", low=0,
                hint=hint,
            ),
            columns=2,
            message_id=OWN_MESSAGE,
        ),
        html.P(
            "Narrowed first are batteries, then car chargers, other devices, and critical devices "
            "last; within each all give the same share. Only devices that take a power or a "
            "reduction can be narrowed.",
            className="wb-hint",
        ),
        html.Div(button("Save limit", id=OWN_SAVE, kind="primary"), className="wb-row"),
    ]  # fmt: skip


# ---- orders ---------------------------------------------------------------------------------


def orders_children(house: House, actor: Actor) -> Any:
    """What the grid operator orders, the earliest first."""
    orders = house.control.limits.orders(actor)
    now_ms = house.clock.now_ms()
    if not orders:
        words = "An order narrows the site for a time, besides its own limit."
        return card("Grid operator", empty("No order", words, icon_name="grid"))
    lines = [_order(order, now_ms, house.zone, actor.may(CONTROL)) for order in orders]
    return card("Grid operator", *lines, fact=_count(orders))


def _count(orders: Sequence[GridOrder]) -> str:
    return f"{len(orders)} {'order' if len(orders) == 1 else 'orders'}"


def _order(order: GridOrder, now_ms: int, zone: ZoneInfo, may: bool) -> Any:
    limits = [
        f"{name} at most {formats.text('power', kw)}"
        for name, kw in (("import", order.import_kw), ("export", order.export_kw))
        if kw is not None
    ]
    span = (
        f"{formats.moment(order.starts_ms, now_ms, zone)} to "
        f"{formats.moment(order.ends_ms, now_ms, zone)}"
    )
    why = f" · {order.reason}" if order.reason else ""
    state = chip("Holds", "late") if order.holds_at(now_ms) else chip("To come", "outline")
    hooks = {"data-act": "end", "data-value": str(order.order_id)}
    return html.Div(
        [
            html.Div(
                [
                    html.Strong(f"{order.source}: {', '.join(limits)}"),
                    html.Span(f"{span}{why} · entered by {order.entered_by}"),
                ]
            ),
            state,
            button("End", small=True, attributes=hooks) if may else None,
        ],
        className="wb-limits-order",
    )


def order_card(house: House) -> Any:
    """The form for what the grid operator ordered."""
    now_ms = house.clock.now_ms()
    return card(
        "Enter an order",
        html.Div(_order_form(now_ms, house.zone), className="wb-stack"),
    )


def _order_form(now_ms: int, zone: ZoneInfo) -> list[Any]:
    return [
        form(
            labelled(
                DIRECTION,
                "What is limited",
                segments(
                    DIRECTION, [("import", "Import"), ("export", "Export")], value="import",
                    label="What is limited",
                ),
            ),
            number_field(order_id("limit_kw"), "At most", unit="kW", low=0),
            text_field(
                order_id("starts_at"), "From", kind="datetime-local",
                value=_local(now_ms, zone),
            ),
            text_field(
                order_id("ends_at"), "Until", kind="datetime-local",
                value=_local(now_ms + HOUR_MS, zone),
            ),
            text_field(order_id("source"), "Who orders", value=SOURCE, max_length=60),
            text_field(order_id("reason"), "Why", placeholder="Feeder work", max_length=300),
            columns=2,
            message_id=ORDER_MESSAGE,
        ),
        html.Div(button("Enter order", id=ORDER_SAVE), className="wb-row"),
    ]  # fmt: skip


def _local(at_ms: int, zone: ZoneInfo) -> str:
    return from_ms(at_ms).astimezone(zone).strftime("%Y-%m-%dT%H:%M")
