"""`/api/v1/events`: what rang, of every service, and taking note of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from api.lists import ListQuery
from api.resource import Resource
from api.room_data import RoomName, room_named
from api.schema import MOST_INTEGER, IsoTime, OneOf, Request, WithheldUntil, closed
from api.times import Moment, iso
from domain.access.current import current_actor
from domain.alarms.model import KINDS, SERVICES, SEVERITIES, STATES, Event, EventQuery
from domain.alarms.service import LONGEST_COMMENT
from domain.alarms.wire import STATE_WORDS, state_word
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.contract import in_force
from domain.foundation.errors import Unknown

if TYPE_CHECKING:
    from domain.house import House

Severity = Annotated[str, OneOf(SEVERITIES)]
Service = Annotated[str, OneOf(SERVICES)]
_WORDS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
"""Lines and tabs, and no other control character."""
EventId = Annotated[str, Field(pattern="^[0-9]{1,10}$", description="`event_id`.")]


class EventsQuery(ListQuery):
    """Which events."""

    severity: Severity | None = None
    state: Annotated[str, OneOf(STATES)] = "all"
    """`open` is active and not acknowledged."""
    service: Service | None = None
    room: RoomName | None = None
    """Those of a sensor in this room."""
    since: Moment | None = None
    """Those that lasted past this moment."""


class Acknowledgement(Request):
    """Words for whoever looks at it later."""

    comment: Annotated[str, Field(max_length=LONGEST_COMMENT, pattern=_WORDS)] | None = None


@closed
class EventNow(TypedDict):
    """One event: active or cleared, acknowledged or not."""

    event_id: int
    severity: Severity
    state: Annotated[str, OneOf(STATE_WORDS)]
    active: bool
    acknowledged: bool
    service: Service
    kind: Annotated[str, OneOf(KINDS)]
    rule_id: int
    """0 for what a part of Wattboard tells by itself."""
    rule: str
    """The rule's name, or who tells."""
    cause: str | None
    """What happened, in one line with values; null under a token's contract."""
    room_id: int | None
    """Null where it is of several rooms, or of none."""
    room: str | None
    sensor_id: str | None
    """Null where it is of several sensors."""
    sensors: int
    """How many take part."""
    rings: int | None
    """How often it rang; null under an embargo."""
    started_at: IsoTime
    raised_at: IsoTime
    """When it first rang, after the rule's delay."""
    last_rang_at: IsoTime
    cleared_at: IsoTime | None
    acknowledged_at: IsoTime | None
    acknowledged_by: str | None
    comment: str | None
    silenced_until: IsoTime | None


@closed
class EventList(TypedDict):
    """A page of events: what needs somebody first, then newest first."""

    events: list[EventNow]
    total: int
    """On all pages."""
    next_cursor: str | None
    withheld_until: WithheldUntil


def events_api(house: House) -> Blueprint:
    """Build the routes of the events resource."""
    events = Resource(house, "events", "/api/v1/events", "What rang, and who took note of it.")

    @events.get("", "events.view", errors=(404,))
    def list_events(query: EventsQuery) -> EventList:
        """List events of every service.

        Under an embargo they are as they were where it begins: what rang later is not there. A
        token that shares sums only gets those of two sensors and more.
        """
        room = None if query.room is None else room_named(house, query.room)
        wanted = EventQuery(
            severity=query.severity,
            state=query.state,
            service=query.service,
            room_id=None if room is None else room.room_id,
            since_ms=query.since,
            limit=query.limit,
            cursor=query.cursor,
        )
        page = house.alarms.events(current_actor(), wanted)
        names = {room.room_id: room.name for room in house.building.rooms()}
        return {
            "events": [_shown(event, names) for event in page.events],
            "total": page.total,
            "next_cursor": page.cursor,
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }

    @events.post(
        "/<event_id>/acknowledge",
        "events.acknowledge",
        errors=(404, 409),
        repeatable=True,
        example={"comment": "The blinds are stuck."},
    )
    def acknowledge(event_id: EventId, body: Acknowledgement | None) -> EventNow:
        """Take note of an event; it stays active until what it tells of is over.

        409 names who has done so already.
        """
        comment = body.comment if body else None
        done = house.alarms.acknowledge(current_actor(), _number(event_id), comment or "")
        names = {room.room_id: room.name for room in house.building.rooms()}
        return _shown(done, names)

    return events.blueprint


def _number(event_id: str) -> int:
    known = event_id.isascii() and event_id.isdigit() and len(event_id) <= len(str(MOST_INTEGER))
    if not known or int(event_id) > MOST_INTEGER:
        raise Unknown("event", event_id[:40])
    return int(event_id)


def _shown(event: Event, rooms: dict[int, str]) -> EventNow:
    contract = in_force()
    return {
        "event_id": event.event_id,
        "severity": event.severity,
        "state": state_word(event),
        "active": event.active,
        "acknowledged": event.acknowledged,
        "service": event.service,
        "kind": event.kind,
        "rule_id": event.rule_id,
        "rule": event.rule_name,
        "cause": None if contract.restricts else event.cause,
        "room_id": event.room_id,
        "room": None if event.room_id is None else rooms.get(event.room_id),
        "sensor_id": event.sensor_id,
        "sensors": event.sensor_count,
        "rings": None if contract.withholds_time else event.rings,
        "started_at": iso_utc(from_ms(event.started_ms)),
        "raised_at": iso_utc(from_ms(event.raised_ms)),
        "last_rang_at": iso_utc(from_ms(event.rang_ms)),
        "cleared_at": iso(event.cleared_ms),
        "acknowledged_at": iso(event.acknowledged_ms),
        "acknowledged_by": event.acknowledged_by,
        "comment": event.comment,
        "silenced_until": iso(event.silenced_until_ms or None),
    }
