"""Puts the Hours page together from the house."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from dash import dcc, html

from components import formats
from components.buttons import button, confirm_dialog, link_button
from components.cards import card, page_head
from components.forms import segments, select, typed
from components.hours import Brush, HourRow, HoursGrid, hours_grid, rows_data
from components.states import empty
from domain.access.policy import Actor
from domain.control.hours import DAYS_AHEAD, DAYS_BACK, DayHours
from domain.control.instructions import LABELS, LETTERS, local_hours
from domain.control.model import DEVICE_TYPES, DeviceNow
from domain.foundation.intervals import local_day
from domain.house import House
from pages import _devices_view as devices_view
from pages import _hours_edits as edits

PATH = "/devices/instructions"
CONTROL = "iot.control"
GRID, NOTE, FACTS = "hours-grid", "hours-note", "hours-facts"
WHEN, DATE, DATE_PART = "hours-when", "hours-date", "hours-date-part"
ROOM, KIND = "hours-room", "hours-kind"
SAVE, DISCARD, COPY = "hours-save-open", "hours-discard", "hours-copy-open"
SAVED, SOURCE = "hours-saved", "hours-source"
SAVE_DIALOG, COPY_DIALOG, GROUP_DIALOG = "hours-save", "hours-copy", "hours-group"
MEANINGS = {
    "participation": "Demand response may switch, reduce or shift it",
    "shifting": "Its use may be moved to other hours, not done without",
    "no-participation": "Demand response does not touch it",
    "": "Follows the device’s own switch for demand response",
}
KEYS = {"participation": "P", "shifting": "S", "no-participation": "N", "": "D"}
BRUSHES = tuple(
    Brush(LETTERS[word], KEYS[word], "·" if word == "" else LETTERS[word], label, MEANINGS[word])
    for word, label in LABELS.items()
)
WORDS = (
    "In which hours demand response may touch a device. Trading and shifting will follow them too; "
    "a person’s command, limits and safety do not. What is painted holds once it is saved."
)


def hours_page(house: House, actor: Actor) -> Any:
    """The grid of every day, with what it may be changed by."""
    devices = house.control.devices(actor)
    may = actor.may(CONTROL)
    save = [
        button("Discard", id=DISCARD),
        button("Save …", id=SAVE, kind="primary"),
    ]
    head = page_head(
        "Hours",
        facts=html.Span(facts(devices), id=FACTS),
        actions=[link_button("Devices", "/devices"), *(save if may else [])],
    )
    if not devices:
        return html.Div([head, devices_view.no_devices()], className="wb-page")
    today = house.control.hours.today()
    first, last = date_limits(today)
    return html.Div(
        [
            head,
            dcc.Store(id=SAVED),
            dcc.Store(id=SOURCE),
            html.P(WORDS, className="wb-hours-note"),
            html.Div(
                [
                    segments(
                        WHEN, [(edits.EVERY, "Every day"), ("date", "One date")],
                        value=edits.EVERY, label="Day",
                    ),
                    html.Div(
                        typed(DATE, kind="date", value=today.isoformat(), min=first, max=last),
                        id=DATE_PART,
                        hidden=True,
                    ),
                    select(ROOM, devices_view.room_options(devices), value=devices_view.ALL),
                    select(KIND, devices_view.kind_options(devices), value=devices_view.ALL),
                    button("Copy day to …", id=COPY) if may else None,
                ],
                className="wb-toolbar",
            ),
            card(
                None,
                html.P("", id=NOTE, className="wb-hint"),
                grid_of(house, actor, devices, None, may),
            ),
            *(_dialogs() if may else []),
        ],
        className="wb-page wb-hours-page",
    )  # fmt: skip


def _dialogs() -> list[Any]:
    return [
        confirm_dialog(SAVE_DIALOG, act="Save hours"),
        confirm_dialog(COPY_DIALOG, act="Copy", note="Painted, not saved yet"),
        confirm_dialog(GROUP_DIALOG, act="Apply", note="Painted, not saved yet"),
    ]


def facts(devices: list[DeviceNow]) -> str:
    """`24 hours × 15 devices`."""
    return f"24 hours × {len(devices)} {'device' if len(devices) == 1 else 'devices'}"


def grid_of(
    house: House, actor: Actor, devices: list[DeviceNow], day: date | None, may: bool
) -> HoursGrid:
    """The grid with nothing painted."""
    rows = rows_of(house, actor, devices, day)
    skipped, twice = odd_hours(day, house.zone)
    return hours_grid(
        GRID, rows, BRUSHES, day=edits.key_of(day), editable=may, skipped=skipped, twice=twice
    )


def grid_props(house: House, actor: Actor, devices: list[DeviceNow], day: date | None) -> Any:
    """Rows, day, skipped and doubled hours for a grid that stands already. Raises InvalidInput."""
    rows = rows_data(rows_of(house, actor, devices, day))  # refuses a date that is too far away
    skipped, twice = odd_hours(day, house.zone)
    return rows, edits.key_of(day), skipped, twice


def rows_of(
    house: House, actor: Actor, devices: list[DeviceNow], day: date | None
) -> list[HourRow]:
    """Rows by room, as the Devices page orders them."""
    stored = stored_of(house, actor, devices, [day, None])
    ordered = sorted(devices, key=lambda now: (now.room is None, (now.room or "").casefold(),
                                               now.device.name.casefold()))  # fmt: skip
    return [_row(now, stored, day) for now in ordered]


def stored_of(
    house: House, actor: Actor, devices: list[DeviceNow], days: list[date | None]
) -> Mapping[tuple[str, date | None], DayHours]:
    """What is stored for these devices and days."""
    ids = [now.device.device_id for now in devices]
    return house.control.hours.of_days(actor, days, ids)


def _row(
    now: DeviceNow, stored: Mapping[tuple[str, date | None], DayHours], day: date | None
) -> HourRow:
    device = now.device
    hours = stored[device.device_id, day]
    return HourRow(
        id=device.device_id,
        name=device.name,
        place=now.room or devices_view.ELSEWHERE,
        hours=hours.hours,
        standing=stored[device.device_id, None].hours,
        own=hours.own,
        version=hours.version,
        follows="takes part" if device.dr_enabled else "takes no part",
    )


def odd_hours(day: date | None, zone: ZoneInfo) -> tuple[list[int], list[int]]:
    """Hours that the clock skips on a date, and those that it shows twice."""
    if day is None:
        return [], []
    seen = [span.hour for span in local_hours(local_day(day, zone), zone)]
    skipped = [hour for hour in range(24) if hour not in seen]
    return skipped, [hour for hour in range(24) if seen.count(hour) > 1]


def day_words(house: House, day: date | None) -> str:
    """What the shown day is, and where its clock is odd."""
    if day is None:
        return "The hours of every day. A date may differ: choose “One date”."
    skipped, twice = odd_hours(day, house.zone)
    said = f"{day:%A}, {day.day} {formats.MONTHS[day.month - 1]} {day.year}"
    if skipped:
        said += f" has 23 hours: the clock skips {skipped[0]:02d}:00"
    if twice:
        said += f" has 25 hours: the clock shows {twice[0]:02d}:00 twice"
    return f"{said}. Pale rows are as every day; what is painted here holds on this date only."


def filtered(devices: list[DeviceNow], room: str | None, kind: str | None) -> list[DeviceNow]:
    """The devices that the filters let through."""
    query = devices_view.ListQuery.of(room, kind, None, None)
    return [now for now in devices if query.keeps(now)]


def group_options(now: DeviceNow) -> list[tuple[str, str]]:
    """To which other devices a row can be applied."""
    kind = DEVICE_TYPES[now.device.device_type]
    room = [("room", f"all of {now.room or devices_view.ELSEWHERE}")]
    return [*room, ("kind", f"all of type {kind.lower()}"), ("shown", "all shown")]


def in_group(devices: list[DeviceNow], source: DeviceNow, group: str | None) -> list[DeviceNow]:
    """The devices of the same room, of the same type, or all."""
    match group:
        case "room":
            return [now for now in devices if now.device.room_id == source.device.room_id]
        case "kind":
            return [now for now in devices if now.device.device_type == source.device.device_type]
    return devices


def summary_part(found: edits.Summary, names: Mapping[str, str]) -> Any:
    """What a saving changes, a line per day of a device."""
    if not found.lines:
        return empty("Nothing to save", "Paint some hours first.", icon_name="info")
    lines = [
        html.Li([html.B(names[line.device_id]), f", {_day(line.day)}: {line.words}"])
        for line in found.lines
    ]
    more = [html.Li(f"and {found.more} more days of devices")] if found.more else []
    return html.Ul([*lines, *more], className="wb-hours-summary")


def _day(key: str) -> str:
    day = edits.day_of(key)
    return "every day" if day is None else f"{day.day} {formats.MONTHS[day.month - 1]} {day.year}"


def date_limits(today: date) -> tuple[str, str]:
    """First and last date that may have hours of its own."""
    first = date.fromordinal(today.toordinal() - DAYS_BACK)
    last = date.fromordinal(today.toordinal() + DAYS_AHEAD)
    return first.isoformat(), last.isoformat()
