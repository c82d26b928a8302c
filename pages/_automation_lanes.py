"""The next 24 hours of schedules, from moments to places on a line. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from components import formats
from components.lanes import Axis, Bar, LaneView, lanes
from components.states import empty
from domain.automation.model import Lane
from domain.calendar.model import DAY_TYPE_LABELS, Day

HOURS = 24
TICK_HOURS = 3
SPAN_MS = HOURS * 3_600_000
CUT_MS = 60_000


def lanes_part(found: Sequence[Lane], days: Sequence[Day], now_ms: int, zone: ZoneInfo) -> Any:
    """A lane a device, or that there is none."""
    if not found:
        words = "As soon as a schedule is switched on, its devices stand here with their hours."
        return empty("Nothing is scheduled", words, icon_name="clock")
    views = [lane_view(lane, now_ms, zone) for lane in found]
    return lanes(views, axis_of(days, now_ms, zone))


def lane_view(lane: Lane, now_ms: int, zone: ZoneInfo) -> LaneView:
    """One device's spans as far as they lie in the next hours."""
    bars = []
    for span in lane.spans:
        start, end = _share(span.from_ms, now_ms), _share(span.to_ms, now_ms)
        if end > start:
            begins = (
                "now" if span.from_ms <= now_ms else f"from {formats.clock(span.from_ms, zone)}"
            )
            until = f"to {formats.clock(span.to_ms, zone)}"
            if span.to_ms >= now_ms + SPAN_MS - CUT_MS:
                until = "on"  # the lane ends, not what it shows
            words = f"{span.told}, {begins} {until}, by {span.schedule}"
            bars.append(Bar(start, end, span.told, words))
    return LaneView(lane.name, f"/devices/{lane.device_id}", bars)


def axis_of(days: Sequence[Day], now_ms: int, zone: ZoneInfo) -> Axis:
    """Every third full hour of the local clock, and the days with what they are called."""
    hour = formats.local(now_ms, zone).replace(minute=0, second=0, microsecond=0)
    ticks = []
    # In UTC steps, so that a clock change neither skips nor doubles a mark.
    for at in range(1, HOURS + 1):
        moment_ms = int(hour.timestamp() * 1000) + at * 3_600_000
        if formats.local(moment_ms, zone).hour % TICK_HOURS == 0:
            share = (moment_ms - now_ms) / SPAN_MS
            if 0 < share < 1:
                ticks.append((share, formats.clock(moment_ms, zone)))
    named = {day.date: day for day in days}
    today = formats.local(now_ms, zone).date()
    tomorrow = today + timedelta(days=1)
    midnight = next((at for at, words in ticks if words == "00:00"), 1.0)
    shown = [(0.0, _day_words(named.get(today)))]
    if midnight < 1:
        shown.append((midnight, _day_words(named.get(tomorrow))))
    return Axis(ticks, [(at, words) for at, words in shown if words])


def _day_words(day: Day | None) -> str:
    """`Wed 10 Jun · Portugal Day`; a working day needs no more words."""
    if day is None:
        return ""
    name = formats.day_of(day.date)
    if day.label or day.day_type in ("holiday", "closure"):
        return f"{name} · {day.label or DAY_TYPE_LABELS[day.day_type]}"
    return name


def _share(ts_ms: int, now_ms: int) -> float:
    return min(1.0, max(0.0, (ts_ms - now_ms) / SPAN_MS))
