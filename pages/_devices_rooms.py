"""A room's devices locked out together: who holds them, and the dialog. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from dash import dcc, html

from components import formats
from components.buttons import button, dialog_content, link_button
from components.cards import card
from components.forms import field, form, segments, text_field
from components.marks import age, control_chip, key_value, value
from domain.control.arbitration import Intent
from domain.control.model import DeviceNow
from pages import _devices_told as told
from pages._devices_forms import LOCK_DURATIONS
from pages._devices_view import Holdings, Shown, power_view

LOCK_ROOM, ROOM = "device-lock-room", "device-lock-room-id"
REASON, LASTS, MESSAGE = (
    "device-lock-room-reason",
    "device-lock-room-lasts",
    "device-lock-room-message",
)
NAMED = 12


class RoomLock(NamedTuple):
    """The lock-outs that hold in a room of so many devices."""

    intents: Sequence[Intent]
    devices: int


def lock_of(members: Sequence[DeviceNow], holdings: Holdings) -> RoomLock:
    """Which of these devices are locked out."""
    held = [holdings.get(now.device.device_id, told.NOTHING).intent for now in members]
    locks = [intent for intent in held if intent is not None and intent.owner == "lock_out"]
    return RoomLock(locks, len(members))


def room_bar(members: Sequence[DeviceNow], holdings: Holdings, shown: Shown) -> Any:
    """Who holds the room, and for who may control it the two buttons."""
    room_id = next((now.device.room_id for now in members), None)
    if room_id is None:
        return None
    lock = lock_of(members, holdings)
    parts: list[Any] = [_chip(lock, shown.now_ms, shown.zone)] if lock.intents else []
    if shown.may_control:
        if len(lock.intents) < lock.devices:
            parts.append(_act("Lock out room", "lock-room", room_id))
        if lock.intents:
            parts.append(_act("Unlock room", "unlock-room", room_id))
    return html.Div(parts, className="wb-row wb-device-room-bar") if parts else None


def _act(label: str, act: str, room_id: int) -> Any:
    return button(label, small=True, attributes={"data-act": act, "data-value": str(room_id)})


def _chip(lock: RoomLock, now_ms: int, zone: ZoneInfo) -> Any:
    holders = formats.list_words(sorted({intent.owner_name for intent in lock.intents}))
    how_many = (
        "" if len(lock.intents) == lock.devices else f", {len(lock.intents)} of {lock.devices}"
    )
    until = formats.moment(max(intent.ends_ms for intent in lock.intents), now_ms, zone)
    return control_chip("lock_out", f"Room locked out ({holders}){how_many}", until)


def many(count: int) -> str:
    """`1 device`, `3 devices`."""
    return f"{count} {'device' if count == 1 else 'devices'}"


def lock_room_form(room: str, room_id: int, members: Sequence[DeviceNow]) -> list[Any]:
    """How many rest, why, for how long."""
    names = [html.Li(now.device.name) for now in members[:NAMED]]
    if len(members) > NAMED:
        names.append(html.Li(f"and {len(members) - NAMED} more"))
    return [
        dcc.Store(id=ROOM, data=room_id),
        *dialog_content(
            f"Lock out {room}",
            html.Ul(names, className="wb-list wb-device-names"),
            form(
                text_field(REASON, "Reason", placeholder="Electrician in the room", max_length=300),
                field(
                    LASTS, "For", segments(LASTS, list(LOCK_DURATIONS), value="480", label="For")
                ),
                message_id=MESSAGE,
            ),
            target=f"{many(len(members))} will rest, and nobody may tell them anything meanwhile.",
        ),
    ]


def room_card(members: Sequence[DeviceNow], holdings: Holdings, shown: Shown) -> Any:
    """A room's devices for the room's page: what each draws, who holds it."""
    if not members:
        return None
    lines: list[tuple[Any, Any]] = []
    for now in members:
        device_id, power = now.device.device_id, power_view(now)
        intent = holdings.get(device_id, told.NOTHING).intent
        drawn = [
            value(power.amount_kw, "power", live=power.live),
            age(power.ts_ms, shown.now_ms, shown.zone, live=power.live,
                interval_s=power.interval_s),
        ]  # fmt: skip
        chip = told.who_chip(intent, shown.now_ms, shown.zone)
        link = dcc.Link(now.device.name, href=f"/devices/{device_id}")
        lines.append((link, html.Span([chip, *drawn], className="wb-device-stranger")))
    act = "Control or lock out" if shown.may_control else "Open"
    more = link_button(act, f"/devices?room={members[0].device.room_id}", small=True)
    return card("Devices", key_value(lines), fact=many(len(members)), actions=more)
