"""The list of events and one event, as pure functions of what the use cases say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.buttons import dialog_content
from components.events import EventLine, event_line, history_list
from components.forms import form, select_field, text_area
from components.marks import key_value
from components.states import empty
from components.tables import Column, Row, pager, simple_table
from domain.alarms.model import (
    SERVICES,
    SEVERITIES,
    SEVERITY_LABELS,
    SORTS,
    STATES,
    Event,
    EventDetail,
    EventPage,
    EventQuery,
    MemberView,
)
from domain.alarms.words import amount

ACKNOWLEDGE, DETAIL = "event-acknowledge", "event-detail"
COMMENT, DETAIL_COMMENT, SILENCE = "event-comment", "event-detail-comment", "event-silence"
ALL = "all"
CONTROLS = ("state", "severity", "service", "room", "period", "sort")
USUAL_PERIOD, USUAL_SORT = "30", "urgency"
USUAL = dict.fromkeys(CONTROLS, ALL) | {"period": USUAL_PERIOD, "sort": USUAL_SORT}
PAGE_SIZE = 50
MOVES = {
    "oldest": ("Older", "Newer"),
    "severity": ("Previous", "Next"),
    "longest": ("Previous", "Next"),
}
"""What the pager's two buttons say, where they are not Newer and Older."""
HOUR_MS = 3_600_000
PERIODS: Mapping[str, tuple[str, int | None]] = {
    "1": ("Last 24 hours", 24 * HOUR_MS),
    "7": ("Last 7 days", 7 * 24 * HOUR_MS),
    "30": ("Last 30 days", 30 * 24 * HOUR_MS),
    ALL: ("All time", None),
}
SILENCES: Mapping[str, tuple[str, int]] = {
    "1": ("for 1 hour", HOUR_MS),
    "4": ("for 4 hours", 4 * HOUR_MS),
    "24": ("for 1 day", 24 * HOUR_MS),
    "168": ("for 1 week", 168 * HOUR_MS),
}
KEEP, RING = "keep", "ring"
STEP_WORDS: Mapping[str, str] = {
    "acknowledged": "acknowledged",
    "commented": "said",
    "silenced": "silenced it",
    "rings_again": "ended the silence",
}
MEMBER_COLUMNS = (
    Column("sensor", "Sensor", sortable=False),
    Column("value", "Value", number=True, sortable=False),
    Column("limit", "Limit", number=True, sortable=False),
    Column("state", "State", sortable=False),
)
MEMBERS_SHOWN = 30
LONGEST_NUMBER = 7
_TONES = {"fault": "fault", "warning": "warning", "info": "accent"}
_WITHOUT_SENSORS = ("listener", "rejected", "command")


def query_of(chosen: Mapping[str, object], now_ms: int, page: int = 0) -> EventQuery:
    """The page of the list that the controls ask for; what none of them offers means all."""
    state, severity, service, room, period, sort = map(chosen.get, CONTROLS)
    span_ms = PERIODS.get(str(period), PERIODS[ALL])[1]
    return EventQuery(
        severity=str(severity) if severity in SEVERITIES else None,
        state=str(state) if str(state) in STATES else ALL,
        service=str(service) if str(service) in SERVICES else None,
        room_id=int(str(room)) if str(room).isdecimal() and len(str(room)) < 10 else None,
        since_ms=None if span_ms is None else now_ms - span_ms,
        sort=str(sort) if sort in SORTS else USUAL_SORT,
        limit=PAGE_SIZE,
        offset=page * PAGE_SIZE,
    )


def changed(chosen: Mapping[str, object]) -> dict[str, str]:
    """What the controls say that is not the usual."""
    return {
        name: str(chosen[name])
        for name in CONTROLS
        if chosen.get(name) and chosen[name] != USUAL[name]
    }


def address_of(chosen: Mapping[str, object], page: int, tab: str) -> str:
    """The part of the address that makes others see the same list; its pages count from one."""
    asked = {"tab": tab} if tab != "events" else {}
    asked |= changed(chosen)
    if page:
        asked["page"] = str(page + 1)
    return f"?{urlencode(asked)}" if asked else ""


def page_of(text: object) -> int:
    """The page that an address means, from zero."""
    number = str(text)
    known = number.isascii() and number.isdecimal() and len(number) < LONGEST_NUMBER
    return max(0, int(number) - 1) if known else 0


def file_search(chosen: Mapping[str, object]) -> str:
    """What makes a file hold the list as filtered, all of its pages."""
    asked = changed(chosen)
    period = str(chosen.get("period") or USUAL_PERIOD)
    days = {} if PERIODS.get(period, PERIODS[ALL])[1] is None else {"days": period}
    asked.pop("period", None)
    return f"?{urlencode({**days, **asked})}"


def options(rooms: Sequence[tuple[int, str]]) -> dict[str, list[tuple[str, str]]]:
    """What each filter offers."""
    return {
        "state": [(ALL, "All states"), *((k, v) for k, v in STATES.items() if k != ALL)],
        "severity": [(ALL, "All severities"), *((s, SEVERITY_LABELS[s]) for s in SEVERITIES)],
        "service": [(ALL, "All services"), *SERVICES.items()],
        "room": [(ALL, "All rooms"), *((str(i), name) for i, name in rooms)],
        "period": [(key, words) for key, (words, _) in PERIODS.items()],
        "sort": list(SORTS.items()),
    }


def event_list(
    page: EventPage,
    query: EventQuery,
    rooms: Mapping[int, str],
    now_ms: int,
    zone: ZoneInfo,
    may_acknowledge: bool,
) -> list[Any]:
    """The lines of a page, in the usual order what needs somebody first and the rest apart."""
    if not page.events:
        words = "When a limit is passed, a sensor falls silent or data look wrong, it stands here."
        return [empty("No events", words, icon_name="done")]
    shown: list[Any] = []
    for title, events in _parts(page, query.sort):
        lines = [event_line(line(e, rooms, now_ms, zone, may_acknowledge)) for e in events]
        if title:
            whole = len(page.events) == page.total
            words = f"{title} ({len(events)})" if whole else title
            shown.append(html.H3(words, className="wb-events-section"))
        shown.append(html.Ul(lines, className="wb-events-list"))
    noun = "event" if page.total == 1 else "events"
    number, moves = query.offset // PAGE_SIZE, MOVES.get(query.sort, ("Newer", "Older"))
    shown.append(pager(total=page.total, page=number, page_size=PAGE_SIZE, noun=noun, moves=moves))
    return shown


def _parts(page: EventPage, sort: str) -> list[tuple[str, list[Event]]]:
    if sort != USUAL_SORT:
        return [("", list(page.events))]
    open_ = [e for e in page.events if _open(e)]
    rest = [e for e in page.events if not _open(e)]
    titled = [("Needs acknowledging", open_), ("Taken note of, or over", rest)]
    return [(title, events) for title, events in titled if events]


def _open(event: Event) -> bool:
    return event.active and not event.acknowledged


def line(
    event: Event, rooms: Mapping[int, str], now_ms: int, zone: ZoneInfo, may_acknowledge: bool
) -> EventLine:
    """One event in words."""
    end_ms = now_ms if event.cleared_ms is None else event.cleared_ms
    lasted = formats.span(max(0, end_ms - event.started_ms) / 1000)
    since = formats.moment(event.started_ms, now_ms, zone)
    when = f"since {since}, {lasted}" if event.active else f"{since}, lasted {lasted}"
    facts = [when]
    if event.repeats:
        facts.append(f"rang again {event.repeats} ×")
    if event.rule_name.casefold() not in event.cause.casefold():
        facts.append(event.rule_name)
    room = rooms.get(event.room_id) if event.room_id is not None else None
    place, href = room, f"/rooms/{event.room_id}" if room else None
    if event.sensor_id and event.kind not in (*_WITHOUT_SENSORS, "comfort"):
        place, href = "Open sensor", f"/sensors/{event.sensor_id}"
        if room:
            facts.append(room)
    if event.sensor_id and event.kind == "command":
        place, href = "Open device", f"/devices/{event.sensor_id}"
    tone, word = ("neutral", "Over") if not event.active else (_TONES[event.severity], "Active")
    if event.acknowledged:
        tone, word = "neutral", f"{word}, acknowledged"
    return EventLine(
        key=str(event.event_id),
        severity=event.severity,
        label=SEVERITY_LABELS[event.severity],
        cause=event.cause,
        facts=facts,
        state=word,
        state_tone=tone,
        note=_note(event, now_ms, zone),
        silent=silent_words(event, now_ms, zone),
        href=href,
        place=place,
        active=event.active,
        may_acknowledge=may_acknowledge and not event.acknowledged,
    )


def silent_words(event: Event, now_ms: int, zone: ZoneInfo) -> str | None:
    """Until when, and how long still."""
    if not event.silent(now_ms):
        return None
    until = formats.moment(event.silenced_until_ms, now_ms, zone)
    left = formats.span((event.silenced_until_ms - now_ms) / 1000)
    return f"silent until {until}, {left} left"


def _note(event: Event, now_ms: int, zone: ZoneInfo) -> str | None:
    said = f": “{event.comment}”" if event.comment else ""
    if event.acknowledged_ms is not None:
        at = formats.moment(event.acknowledged_ms, now_ms, zone)
        return f"Acknowledged by {event.acknowledged_by}, {at}{said}"
    return f"“{event.comment}”" if event.comment else None


def acknowledge_form(event: Event) -> list[Any]:
    """The dialog that asks for a comment."""
    return dialog_content(
        "Acknowledge",
        text_area(COMMENT, "Comment", rows=2, placeholder="What is being done about it"),
        html.Div(id="event-acknowledge-message", className="wb-form-error", role="alert"),
        target=event.cause,
        effects=[
            ("Stays active", "until what it tells of is over"),
            ("Messages", "nobody is reminded of it any more"),
        ],
    )


def detail(
    found: EventDetail,
    names: Mapping[str, str],
    now_ms: int,
    zone: ZoneInfo,
    may_act: bool,
) -> list[Any]:
    """Evidence, history, and what a person may add."""
    event = found.event
    rows = [_member_row(str(n), m, names) for n, m in enumerate(found.members[:MEMBERS_SHOWN])]
    more = len(found.members) - len(rows)
    steps = [
        (
            formats.moment(step.at_ms, now_ms, zone),
            step.who,
            " ".join(filter(None, (STEP_WORDS.get(step.kind), _said(step.kind, step.words)))),
        )
        for step in found.steps
    ]
    forms = [
        text_area(DETAIL_COMMENT, "Add a comment", rows=2),
        select_field(SILENCE, "Silence", _silences(event, now_ms), value=KEEP),
    ]
    return dialog_content(
        event.cause,
        key_value(
            [
                ("Severity", SEVERITY_LABELS[event.severity]),
                ("Rule", event.rule_name),
                ("Began", formats.moment(event.started_ms, now_ms, zone)),
                ("Rang", f"{formats.moment(event.raised_ms, now_ms, zone)}, {event.rings} ×"),
                ("Silent", silent_words(event, now_ms, zone) or "no"),
            ],
            sunken=True,
        ),
        None
        if event.kind in (*_WITHOUT_SENSORS, "reported")
        else simple_table(MEMBER_COLUMNS, rows, caption="Evidence"),
        html.P(f"and {more} more", className="wb-hint") if more > 0 else None,
        history_list(steps),
        form(*forms) if may_act else html.Div(className="wb-dialog-readonly"),
        html.Div(id="event-detail-message", className="wb-form-error", role="alert"),
    )


def _said(kind: str, words: str) -> str:
    if kind in ("acknowledged", "commented") and words:
        return f"“{words}”"
    return "" if kind == "silenced" else words


def _silences(event: Event, now_ms: int) -> list[tuple[str, str]]:
    offered = [(KEEP, "as it is"), *((key, words) for key, (words, _) in SILENCES.items())]
    return [*offered, (RING, "let it ring again")] if event.silent(now_ms) else offered


def _member_row(key: str, member: MemberView, names: Mapping[str, str]) -> Row:
    measured = member.side in ("above", "below")
    return Row(
        key=key,
        cells=[
            names.get(member.sensor_id, member.sensor_id),
            amount(member.metric, member.worst if measured else None),
            amount(member.metric, member.limit if measured else None),
            ("active" if member.active else "over")
            + (f", {member.rings} ×" if member.rings > 1 else ""),
        ],
    )
