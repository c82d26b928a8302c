"""The dialog that exports readings: which days, how fine, as which file; and its address. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.buttons import confirm_dialog, link_button
from components.forms import form, select_field, text_field
from domain.foundation.clock import iso_utc
from domain.foundation.intervals import Period, local_midnight

EXPORT = "sensors-export"
FIELDS = ("first", "last", "level", "format")
TARGET, WORDS, LINK, SLOT = (f"{EXPORT}-{part}" for part in ("target", "words", "link", "slot"))
USUAL_DAYS = 7
LONGEST = timedelta(days=366 * 20)
LONGEST_ADDRESS = 3_500
"""Characters; servers and proxies in between refuse longer ones."""
LEVELS = (
    ("auto", "Every reading kept"),
    ("15min", "15 min means"),
    ("1h", "Hourly means"),
    ("1d", "Daily means"),
)
FORMATS = {
    "csv": ("CSV", {"format": "csv"}),
    "excel": ("CSV for Excel", {"format": "csv", "dialect": "excel"}),
    "xlsx": ("Excel workbook", {"format": "xlsx"}),
    "json": ("JSON", {"format": "json"}),
    "parquet": ("Parquet", {"format": "parquet"}),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that can be had, or in `refused` why not."""

    what: str = ""
    period: Period | None = None
    level: str = "auto"
    href: str = ""
    refused: str = ""


def field_id(name: str) -> str:
    """The Dash id of a field."""
    return f"{EXPORT}-{name}"


def export_dialog(today: date) -> Any:
    """The dialog; its button is a link, so that the browser could download by itself."""
    first = (today - timedelta(days=USUAL_DAYS - 1)).isoformat()
    link = link_button("Export", "#", kind="primary", download="Export", id=LINK)
    formats_offered = [(key, words) for key, (words, _) in FORMATS.items()]
    return confirm_dialog(
        EXPORT,
        "Export readings",
        html.P(id=TARGET, className="wb-dialog-target"),
        form(
            text_field(field_id("first"), "First day", value=first, kind="date"),
            text_field(field_id("last"), "Last day", value=today.isoformat(), kind="date"),
            select_field(field_id("level"), "Detail", LEVELS, value="auto"),
            select_field(field_id("format"), "File", formats_offered, value="xlsx"),
            columns=2,
        ),
        html.P(id=WORDS, className="wb-hint", role="status"),
        act=html.Span(link, id=SLOT),
        note=None,
    )


def offer(
    sensor_ids: Sequence[str] | None,
    days: tuple[str | None, str | None],
    level: str | None,
    file_format: str | None,
    zone: ZoneInfo,
) -> Offer:
    """The file that the form asks for; None are all sensors that are not hidden."""
    first, last = (_day(text) for text in days)
    if first is None or last is None:
        return Offer(refused="Say the first and the last day.")
    if not first <= last <= first + LONGEST:
        return Offer(refused="The last day is at or after the first, within 20 years.")
    if sensor_ids is not None and not sensor_ids:
        return Offer(refused="No sensor is in the list.")
    words, asked = FORMATS.get(file_format or "", FORMATS["csv"])
    fine = level if level in dict(LEVELS) else "auto"
    period = Period(
        local_midnight(first, zone), local_midnight(last + timedelta(days=1), zone)
    )  # fmt: skip
    query = {
        "start_time": iso_utc(period.start),
        "end_time": iso_utc(period.end),
        "resolution": fine,
        **asked,
    }
    if sensor_ids is not None:
        query["sensors"] = ",".join(sensor_ids)
    href = f"/api/v1/export?{urlencode(query, safe=',:')}"
    if len(href) > LONGEST_ADDRESS:
        words = f"{len(sensor_ids or ()):,} sensors are too many for one file"
        return Offer(refused=f"{words}: choose fewer, or take the filters away for all.")
    what = f"Readings of {many(sensor_ids)} as {words}"
    return Offer(what=what, period=period, level=fine, href=href)


def many(sensor_ids: Sequence[str] | None) -> str:
    """How many sensors that are."""
    if sensor_ids is None:
        return "all sensors"
    return "1 sensor" if len(sensor_ids) == 1 else f"{len(sensor_ids):,} sensors"


def rows_words(rows_about: int | None) -> str:
    """How long the file will be."""
    if rows_about is None:
        return "No reading is known in these days yet."
    return f"About {formats.fixed(rows_about, 0)} {'row' if rows_about == 1 else 'rows'}."


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
