"""The dialogs of a room's climate: its week, and switching automatic control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from dash import dcc, html

from components import formats
from components.buttons import button, dialog_content, icon_button
from components.forms import cell, number_field, select, toggles, typed
from components.marks import data
from components.native import Events
from domain.climate.model import BAND_LABELS, BUILDING, DAY_LABELS, DAY_MINUTES, RoomWeek, Week
from domain.climate.service import Preview
from domain.climate.week import clock
from domain.climate.week_fields import MOST_HOURS, OFFERED
from domain.control import words
from domain.control.model import Device
from pages._values import FormValue, Key

WEEK, SWITCH = "climate-week", "climate-switch"
FORM, HOURS, EDITED = "climate-week-form", "climate-hours", "climate-week-edited"
LOW, HIGH, COPY, FOLLOW = (
    "climate-setback-low",
    "climate-setback-high",
    "climate-copy",
    "climate-follow",
)
MESSAGE, SWITCH_MESSAGE = "climate-week-message", "climate-switch-message"
FIELDS = ("setback_low", "setback_high")
INPUTS = {"setback_low": LOW, "setback_high": HIGH}
ROW_FIELDS = ("days", "start", "end", "kind", "low", "high")
_DAYS = tuple(DAY_LABELS.items())
_STARTS = tuple((str(at), clock(at)) for at in range(0, DAY_MINUTES, 15))
_ENDS = tuple((str(at), clock(at)) for at in range(15, DAY_MINUTES + 15, 15))
_KINDS = tuple((kind, BAND_LABELS[kind]) for kind in OFFERED)


class EditedWeek(TypedDict):
    """What the form was opened on; room 0 is the building, version 0 no week of its own."""

    room: Key
    version: Key


class HoursColumns(TypedDict):
    """What stands in the rows of hours."""

    days: list[list[str] | None]
    start: list[FormValue]
    end: list[FormValue]
    kind: list[FormValue]
    low: list[FormValue]
    high: list[FormValue]


@dataclass(frozen=True, slots=True)
class HoursRow:
    """A line as it is typed."""

    days: Sequence[str] = ("mon", "tue", "wed", "thu", "fri")
    start: FormValue = "420"
    end: FormValue = "1140"
    kind: FormValue = "comfort"
    low: FormValue = None
    high: FormValue = None


NEW_HOURS = HoursRow(("sat",), "540", "780")
"""What an added line begins with: it overlaps no usual one."""


def row_id(name: str, at: Any) -> dict[str, Any]:
    """The id of a field of a line."""
    return {"type": "climate-hours", "field": name, "at": at}


# ---- between week, rows and fields ---------------------------------------------------------


def rows_of(week: Week) -> list[HoursRow]:
    """A week's lines as the form shows them."""
    return [
        HoursRow(
            one.days, str(one.from_minute), str(one.to_minute), one.kind, one.low_c, one.high_c
        )
        for one in week.hours
    ]


def typed_rows(columns: HoursColumns) -> list[HoursRow]:
    """The lines from what the browser sends: one list per column."""
    listed: list[list[Any]] = [list(columns[name]) for name in ROW_FIELDS]  # type: ignore[literal-required]
    rows = [HoursRow(*row) for row in zip(*listed, strict=False)]
    return [replace(row, days=row.days or ()) for row in rows]


def with_row(rows: Sequence[HoursRow], act: str, at: int) -> list[HoursRow]:
    """The lines after a button of the form was pressed."""
    if act == "add-hours" and len(rows) < MOST_HOURS:
        return [*rows, NEW_HOURS]
    if act == "drop-hours":
        return [*rows[:at], *rows[at + 1 :]]
    return list(rows)


def fields_of(low: FormValue, high: FormValue, rows: Sequence[HoursRow]) -> dict[str, object]:
    """The form as the use case takes it."""
    return {
        "setback_low": low,
        "setback_high": high,
        "hours": [
            {
                "days": list(row.days),
                "from_minute": _minute(row.start),
                "to_minute": _minute(row.end),
                "kind": row.kind,
                "low_c": row.low,
                "high_c": row.high,
            }
            for row in rows
        ],
    }


def _minute(raw: FormValue) -> int | None:
    text = str(raw or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else None


# ---- the week ------------------------------------------------------------------------------


def week_form(room_id: int, name: str, found: RoomWeek, sources: Mapping[int, str]) -> list[Any]:
    """Setback band, lines of hours, and from where a week may be copied."""
    of_building = room_id == BUILDING
    own = found.source == "own"
    says = (
        "Every room follows it that has no week of its own."
        if of_building
        else "It has a week of its own."
        if own
        else "So far it follows the building."
    )
    edited: EditedWeek = {"room": room_id, "version": found.version if own else 0}
    return [
        dcc.Store(id=EDITED, data=dict(edited)),
        *dialog_content("The building's week" if of_building else f"Week of {name}", target=says),
        Events(
            id=FORM,
            children=[
                html.H3("Hours", className="wb-form-part"),
                html.P(
                    "Comfort hours use the room's comfort limits. The calendar says which days "
                    "are holidays or closures; a line holds on them only if it names them.",
                    className="wb-hint",
                ),
                html.Div(hours_rows(rows_of(found.week)), id=HOURS),
                html.Div(
                    button("Hours", icon_name="plus", small=True, attributes=_act("add-hours", 0)),
                    className="wb-form-add",
                ),
                html.H3("At all other times", className="wb-form-part"),
                html.Div(
                    [
                        number_field(LOW, "Setback from", value=found.week.setback_low_c,
                                     unit="°C", low=5, high=40, step=0.5),
                        number_field(HIGH, "Setback to", value=found.week.setback_high_c,
                                     unit="°C", low=5, high=40, step=0.5),
                    ],
                    className="wb-form wb-form-2",
                ),
                _copying(sources),
                _following() if own and not of_building else None,
            ],
        ),
        html.Div("", id=MESSAGE, className="wb-form-error", role="alert"),
    ]  # fmt: skip


def _copying(sources: Mapping[int, str]) -> Any:
    offered = [(str(key), words_) for key, words_ in sources.items()]
    copy = button("Copy", small=True, icon_name="copy", attributes=_act("copy-week", 0))
    return html.Div(
        [
            cell("Start from", select(COPY, offered, value=offered[0][0] if offered else None)),
            copy,
        ],
        className="wb-climate-copy",
        hidden=not offered,
    )


def _following() -> Any:
    return html.Div(
        button("Follow the building's week instead", id=FOLLOW, kind="quiet", small=True)
    )


def hours_rows(rows: Sequence[HoursRow]) -> list[Any]:
    """One line each; without any the setback band holds all week."""
    if not rows:
        return [html.P("No hours: the setback band holds at any time.", className="wb-hint")]
    return [_hours_row(at, row) for at, row in enumerate(rows)]


def _hours_row(at: int, row: HoursRow) -> Any:
    return html.Div(
        [
            cell("On", toggles(row_id("days", at), _DAYS, value=row.days, label="Days"),
                 className="wb-cell-days"),
            cell("From", select(row_id("start", at), _STARTS, value=str(row.start))),
            cell("To", select(row_id("end", at), _ENDS, value=str(row.end))),
            cell("Band", select(row_id("kind", at), _KINDS, value=str(row.kind))),
            icon_button("delete", f"Take line {at + 1} out", attributes=_act("drop-hours", at)),
            html.Div(
                [
                    cell("Own band from", typed(row_id("low", at), value=row.low, kind="number",
                                                unit="°C")),
                    cell("To", typed(row_id("high", at), value=row.high, kind="number",
                                     unit="°C")),
                ],
                className="wb-climate-own",
            ),
        ],
        className="wb-climate-row",
    )  # fmt: skip


def _act(name: str, at: int) -> dict[str, str]:
    return data(act=name, value=at)


# ---- switching -----------------------------------------------------------------------------


def switch_on_form(preview: Preview, now_ms: int, zone: ZoneInfo) -> list[Any]:
    """Which devices will act, what they are told now, and until when."""
    names = {device.device_id: device.name for device in preview.devices}
    told: list[tuple[Any, Any]] = [
        (name, ", ".join(_wished(preview, device_id)) or "nothing: it follows its own rule")
        for device_id, name in names.items()
    ]
    minutes = round(preview.every_ms / 60_000)
    ends = formats.moment(preview.lease_ends_ms, now_ms, zone)
    return [
        *dialog_content(
            f"Turn automatic climate on in {preview.look.room.name}?",
            target=f"{preview.why}.",
            effects=[
                *told,
                ("Decided", f"every {minutes} min of building time"),
                ("Until", f"{ends}, and renewed while the decision lasts"),
                ("Wins over it", "manual commands, lock-outs, limits"),
                ("Afterwards", "the devices follow their own rule"),
            ],
        ),
        html.Div("", id=SWITCH_MESSAGE, className="wb-form-error", role="alert"),
    ]


def switch_off_form(name: str, devices: Sequence[Device]) -> list[Any]:
    """What is let go."""
    named = formats.list_words([device.name for device in devices])
    return [
        *dialog_content(
            f"Turn automatic climate off in {name}?",
            effects=[
                ("Let go at once", named or "no device"),
                ("Afterwards", "they follow their own rule, or who else asks"),
                ("Decisions", "stay in the log"),
            ],
        ),
        html.Div("", id=SWITCH_MESSAGE, className="wb-form-error", role="alert"),
    ]


def _wished(preview: Preview, device_id: str) -> list[str]:
    return [
        words.told(wish.command, wish.value)
        for wish in preview.wishes
        if wish.device_id == device_id
    ]
