"""The parts of the Calendar page: the year, what is coming, the place, exceptions; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dash import dcc, html

from components import formats
from components.buttons import button, dialog_content, link_button
from components.cards import card
from components.forms import form, select_field, switch_field, text_field
from components.icons import icon
from components.marks import chip
from components.native import Events
from components.states import empty
from components.tables import Column, Row, simple_table
from components.year import MARKS, YearDay, year_legend, year_of_months
from domain.calendar.model import DAY_TYPE_LABELS, Day, DayException, Place

YEAR, EXCEPTIONS = "calendar-year", "calendar-exceptions"
EDIT, DELETE = "calendar-exception", "calendar-exception-delete"
MESSAGE = "calendar-exception-message"
COUNTRY, REGION = "calendar-country", "calendar-region"
FIELDS = ("label", "day_type", "first_day", "last_day", "yearly")
COMING_SHOWN = 8
NO_COUNTRY = "No public holidays"
NONE, WHOLE = "none", "whole"
"""What stands for no country, and for no region; a select cannot hold an empty value."""
_TONES: Mapping[str, str] = {"holiday": "accent", "closure": "neutral"}


@dataclass(frozen=True)
class Special:
    """Days in a row that are called the same; `last` is one of them."""

    first: date
    last: date
    day_type: str
    name: str


def field_id(name: str) -> str:
    """The id of a field of an exception's form."""
    return f"calendar-exception-{name}"


def specials(days: Sequence[Day]) -> list[Special]:
    """The days that have a name, those of one name in a row as one."""
    found: list[Special] = []
    for day in days:
        if day.label is None:
            continue
        before = found[-1] if found else None
        joins = (
            before is not None
            and before.last + timedelta(days=1) == day.date
            and (before.day_type, before.name) == (day.day_type, day.label)
        )
        if before is not None and joins:
            found[-1] = Special(before.first, day.date, before.day_type, before.name)
        else:
            found.append(Special(day.date, day.date, day.day_type, day.label))
    return found


def year_part(days: Sequence[Day], today: date, may_write: bool) -> list[Any]:
    """The twelve months and what their letters mean."""
    shown = [YearDay(day.date, day.day_type, day.label) for day in days]
    kinds = sorted({day.day_type for day in days if day.label is not None})
    return [year_legend(kinds), year_of_months(shown, today, act="day" if may_write else None)]


def year_moves(year: int, low: int, high: int) -> list[Any]:
    """To the year before and after."""
    return [
        _year_link("left", year - 1, f"Year {year - 1}", year > low),
        html.Span(str(year), className="wb-year-move"),
        _year_link("right", year + 1, f"Year {year + 1}", year < high),
    ]


def _year_link(icon_name: str, year: int, words: str, there: bool) -> Any:
    if not there:
        return None
    inner = icon(icon_name)
    label = html.Span(words, className="visually-hidden")
    css = "btn btn-outline-secondary wb-btn wb-btn-icon"
    return dcc.Link([inner, label], href=f"/calendar?year={year}", className=css, title=words)


def download(year: int) -> Any:
    """The year's days as a file."""
    href = f"/download/calendar.csv?first={year}-01-01&last={year}-12-31"
    return link_button("CSV", href, icon_name="download", download=f"CSV of the days of {year}")


def coming_part(days: Sequence[Day], today: date) -> Any:
    """The special days from today on, the next ones only."""
    found = specials(days)[:COMING_SHOWN]
    if not found:
        words = "Choose a country for its public holidays, or add the days the building is closed."
        return empty("No special day in the coming year", words, icon_name="calendar")
    return html.Ul([_coming(special, today) for special in found], className="wb-coming")


def _coming(special: Special, today: date) -> html.Li:
    letter, words = MARKS[special.day_type]
    return html.Li(
        [
            html.Span(_span_words(special, today), className="wb-coming-when"),
            html.Span(special.name, className="wb-coming-name"),
            chip(f"{letter} · {words}", _TONES.get(special.day_type, "outline")),
            html.Span(_distance(special, today), className="wb-coming-in"),
        ]
    )


def _span_words(special: Special, today: date) -> str:
    if special.first == special.last:
        return formats.day_of(special.first, year=special.first.year != today.year)
    return formats.period("custom", special.first, special.last)


def _distance(special: Special, today: date) -> str:
    days = (special.first - today).days
    if days <= 0:
        return "today"
    return "tomorrow" if days == 1 else f"in {days} days"


def place_words(place: Place, countries: Mapping[str, str], regions: Mapping[str, str]) -> str:
    """`Portugal`, `Bayern, Germany`, or that there are none."""
    if place.country is None:
        return NO_COUNTRY
    country = countries.get(place.country, place.country)
    return country if place.region is None else f"{regions.get(place.region)}, {country}"


def place_card(
    place: Place,
    countries: Mapping[str, str],
    regions: Mapping[str, str],
    zone: str,
    may_write: bool,
) -> html.Section:
    """Whose public holidays count; a form for who may change it."""
    if not may_write:
        said = html.P(place_words(place, countries, regions))
        return card("Public holidays", said, html.Div(assumed_words(place, zone)))
    return card(
        "Public holidays",
        html.Div(assumed_words(place, zone), id="calendar-assumed"),
        form(
            select_field(
                COUNTRY,
                "Country",
                [(NONE, NO_COUNTRY), *countries.items()],
                value=place.country or NONE,
            ),
            select_field(
                REGION,
                "Region",
                region_options(regions),
                value=place.region or WHOLE,
                disabled=not regions,
            ),
            message_id="calendar-place-message",
        ),
        html.Div(button("Save country", id="calendar-place-save"), className="wb-row"),
    )


def region_options(regions: Mapping[str, str]) -> list[tuple[str, str]]:
    """The choices of a country's region; the first is the whole of it."""
    return [(WHOLE, "Whole country"), *regions.items()]


def assumed_words(place: Place, zone: str) -> Any:
    """That nobody has said the country yet, where it is so."""
    if not place.assumed:
        return None
    words = f"Assumed from the time zone {zone}" if place.country else "Nobody has said it yet"
    return html.P(chip(words, "late"), className="wb-calendar-assumed")


def exceptions_part(exceptions: Sequence[DayException], may_write: bool) -> Any:
    """Closures and other exceptions, the newest days first."""
    if not exceptions:
        words = (
            "Add the days on which the building is closed, works though others rest, or keeps a "
            "local holiday. Tariffs, schedules and forecasts follow them."
        )
        return empty("No exception yet", words, icon_name="calendar")
    columns = [
        Column("label", "Name"),
        Column("days", "Days"),
        Column("kind", "Counts as"),
        Column("acts", "", width="150px"),
    ]
    listed = sorted(exceptions, key=lambda e: (e.yearly, e.first_day), reverse=True)
    rows = [_row(exception, may_write) for exception in listed]
    table = simple_table(columns, rows, caption="Closures and other exceptions")
    note = html.P(
        "Where two fall on one day, the one added last counts.", className="wb-chart-foot"
    )
    return [table, note if len(exceptions) > 1 else None]


def _row(exception: DayException, may_write: bool) -> Row:
    key = str(exception.exception_id)
    acts = [
        button(
            label,
            small=True,
            attributes={
                "data-act": name,
                "data-value": key,
                "aria-label": f"{label} {exception.label}",
            },
        )
        for name, label in (("edit", "Edit"), ("delete", "Delete"))
    ]
    kind = chip(DAY_TYPE_LABELS[exception.day_type], _TONES.get(exception.day_type, "outline"))
    shown = html.Div(acts, className="wb-row") if may_write else None
    return Row(key, [html.B(exception.label), exception_days(exception), kind, shown])


def exception_days(exception: DayException) -> str:
    """`24 Dec 2025 to 2 Jan 2026`, or `every year, 24 Dec to 2 Jan`."""
    first, last = exception.first_day, exception.last_day
    if not exception.yearly:
        return formats.period("custom", first, last)
    ends = [f"{day.day} {formats.MONTHS[day.month - 1]}" for day in (first, last)]
    return f"every year, {ends[0]}" if first == last else f"every year, {ends[0]} to {ends[1]}"


def exception_form(exception: DayException | None, day: date | None) -> list[Any]:
    """The form of one, of a new one at a day where one was chosen."""
    kinds = list(DAY_TYPE_LABELS.items())
    chosen = "" if day is None else day.isoformat()
    first = chosen if exception is None else exception.first_day.isoformat()
    last = chosen if exception is None else exception.last_day.isoformat()
    return dialog_content(
        "New exception" if exception is None else "Change exception",
        form(
            text_field(
                field_id("label"),
                "Name",
                value="" if exception is None else exception.label,
                placeholder="Summer break",
                max_length=80,
                wide=True,
            ),
            text_field(field_id("first_day"), "First day", kind="date", value=first),
            text_field(field_id("last_day"), "Last day", kind="date", value=last),
            select_field(
                field_id("day_type"),
                "These days count as",
                sorted(kinds, key=lambda kind: kind[0] != "closure"),
                value="closure" if exception is None else exception.day_type,
            ),
            switch_field(
                field_id("yearly"),
                "Every year",
                value=False if exception is None else exception.yearly,
                hint="On the same dates; may run over New Year.",
            ),
            columns=2,
            message_id=MESSAGE,
        ),
    )


def delete_form(exception: DayException) -> list[Any]:
    """What deleting means."""
    return dialog_content(
        f"Delete “{exception.label}”?",
        html.P("Its days count as what they are without it. Days already settled are corrected."),
        target=exception_days(exception),
    )


def exceptions_table(exceptions: Sequence[DayException], may_write: bool) -> Events:
    """The list with its acts."""
    return Events(id=EXCEPTIONS, children=exceptions_part(exceptions, may_write))
