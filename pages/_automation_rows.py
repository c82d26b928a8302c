"""The fields of one row of a form of automation. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from components import automation as drawn
from components import formats
from components.forms import select, toggles, typed
from domain.alarms.model import KINDS, SERVICES, SEVERITY_LABELS
from domain.automation import model
from domain.foundation.units import METRICS
from pages import _automation_choices as offers
from pages import _automation_sheet as sheets
from pages._automation_choices import Choices, Option
from pages._automation_draft import ANY
from pages._automation_sheet import Row, text

WEEKDAYS = tuple((str(at), day) for at, day in enumerate(formats.WEEKDAYS))
DAY_CHIPS = (
    ("workday", "Working days"),
    ("saturday", "Sat"),
    ("sunday", "Sun"),
    ("holiday", "Holidays"),
    ("closure", "Closed"),
)


def field_id(part: str, at: Any, field: Any, kind: str = "") -> dict[str, Any]:
    """The id of a field; those that shape the form are called apart."""
    shaping = kind or ("auto-shape" if field in sheets.SHAPING else "auto-field")
    return {"type": shaping, "part": part, "at": at, "field": field}


def error_id(part: str, at: Any, field: Any) -> dict[str, Any]:
    """Where what is wrong with a field is said."""
    return {"type": "auto-error", "part": part, "at": at, "field": field}


class Rows:
    """Makes the fields of one row."""

    def __init__(self, part: str, at: int, row: Row, choices: Choices) -> None:
        self._part, self._at, self._row = part, at, row
        self.choices = choices

    def cell(
        self,
        field: str,
        label: str,
        control: Any,
        css: str = "",
        hint: Any = None,
        *,
        group: bool = False,
    ) -> Any:
        """A control with its label, hint and place for what is wrong."""
        wrong = error_id(self._part, self._at, field)
        return drawn.form_cell(label, control, error=wrong, hint=hint, className=css, group=group)

    def id(self, field: str) -> dict[str, Any]:
        """The id of a field of this row."""
        return field_id(self._part, self._at, field)

    def select(self, field: str, label: str, options: Sequence[Option], css: str = "") -> Any:
        """One of a list; what stands there and is offered no longer says so."""
        value = text(self._row, field)
        listed = list(options)
        if value and value not in dict(listed):
            gone = value.partition(":")[2] or value
            listed.append((value, f"{gone} (no longer there)"))
        chosen = value or (listed[0][0] if listed else None)
        control = select(self.id(field), listed, value=chosen, label=label)
        return self.cell(field, label, control, css)

    def number(self, field: str, label: str, unit: str, *, usual: Any = None, hint: Any = None,
               css: str = "") -> Any:  # fmt: skip
        """A number with its unit."""
        value = self._row.get(field, usual)
        control = typed(self.id(field), value=value, kind="number", unit=unit)
        return self.cell(field, label, control, f"auto-cell-number {css}", hint)

    def time(self, field: str, label: str, usual: str) -> Any:
        """A time of day."""
        # A browser's own field of time speaks the language of its maker, not of the building.
        value = text(self._row, field) or usual
        control = typed(self.id(field), value=value, placeholder=usual, maxLength=5)
        return self.cell(field, label, control, "auto-cell-time")

    def days(self) -> list[Any]:
        """Which days, and the chips that some choices need."""
        by = text(self._row, "days_by") or "every"
        shown = [self.select("days_by", "On", list(sheets.DAYS_BY.items()), "auto-cell-wide")]
        if by in ("weekdays", "both"):
            shown.append(self._chips("weekdays", "Weekdays", WEEKDAYS))
        if by in ("types", "both"):
            shown.append(self._chips("day_types", "Kinds of day", DAY_CHIPS))
        return shown

    def _chips(self, field: str, label: str, options: Sequence[Option]) -> Any:
        chosen = sheets.many(self._row, field)
        control = toggles(self.id(field), options, value=chosen, label=label)
        return self.cell(field, label, control, "auto-cell-line", group=True)

    # ---- kinds of trigger and condition ----

    def measured(self) -> list[Any]:
        """A metric of a room or sensor beyond a limit."""
        place = text(self._row, "place")
        measures = list(self.choices.measures.get(place, ()))
        metric = METRICS.get(text(self._row, "measure").partition("@")[0])
        unit = metric.unit if metric else ""
        if not measures and not metric:
            where = self.select("place", "Where", self.choices.places)
            nothing = html.P("Nothing has been measured here yet.", className="wb-hint")
            return [where, nothing]
        shown = [
            self.select("place", "Where", self.choices.places),
            self.select("measure", "Measured", measures, "auto-cell-wide"),
            self.select("side", "Is", list(model.SIDES.items()), "auto-cell-short"),
            self.number("limit", "Limit", unit),
        ]
        if self._part != sheets.TRIGGER:
            return shown
        hint = "behind the limit before it can fire again"
        return [*shown, self.lasting(), self.number("hysteresis", "Then back by", unit, hint=hint)]

    def lasting(self) -> Any:
        """For how long it must be so."""
        return self.number("lasting", "For at least", "min", usual=0, hint="0: at once")

    def price(self) -> list[Any]:
        """The price of electricity beyond a limit."""
        unit = f"{self.choices.money}/kWh"
        return [
            self.select("side", "Is", list(model.SIDES.items()), "auto-cell-short"),
            self.number("limit", "Limit", unit, hint="with taxes and charges"),
        ]

    def occupancy(self) -> list[Any]:
        """A room with or without people."""
        return [
            self.select("room", "Room", self.choices.rooms),
            self.select("state", "Is", list(model.OCCUPIED.items()), "auto-cell-short"),
        ]

    def device(self) -> list[Any]:
        """A device that draws power or not."""
        return [
            self.select("device", "Device", self.choices.devices, "auto-cell-wide"),
            self.select("running", "Is", list(model.RUNNING.items()), "auto-cell-short"),
        ]

    def event(self) -> list[Any]:
        """An event of some kind."""
        whole = {"service": "Any service", "severity": "Any severity", "event_kind": "Any kind"}
        known = {"service": SERVICES, "severity": SEVERITY_LABELS, "event_kind": KINDS}
        labels = {"service": "Of", "severity": "Severity", "event_kind": "Kind"}
        rooms = [(ANY, "Anywhere"), *self.choices.rooms]
        listed = [
            self.select(name, labels[name], [(ANY, whole[name]), *known[name].items()])
            for name in whole
        ]
        changes = self.select("change", "It", list(model.CHANGES.items()), "auto-cell-short")
        return [changes, *listed, self.select("room", "In", rooms)]

    def telling(self, told: offers.Told) -> list[Any]:
        """What is told, with the value that the command takes."""
        command = text(self._row, "command")
        offered = [(name, words) for name, words in offers.COMMANDS.items()
                   if name in told.commands]  # fmt: skip
        if not offered:
            return [
                html.P(
                    "Choose who is told first: what they understand is offered then.",
                    className="wb-hint auto-cell-line",
                )
            ]
        shown = [self.select("command", "Do", offered)]
        limits = told.ranges.get(command)
        if command == "set_mode":
            modes = [(mode, mode.capitalize()) for mode in told.modes]
            shown.append(self.select("mode", "Mode", modes, "auto-cell-short"))
        elif command in offers.UNITS:
            hint = f"{limits.low:g} to {limits.high:g} {offers.UNITS[command]}" if limits else None
            shown.append(self.number("number", "Value", offers.UNITS[command], hint=hint))
        return shown
