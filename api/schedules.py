"""`/api/v1/iot/schedules`: what devices are told by the clock and the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from flask import Blueprint
from pydantic import Field

from api.lists import ListQuery, page_of
from api.resource import Resource
from api.rule_shapes import Lanes, ScheduleFields, ScheduleList, ScheduleShown
from api.rules import NumberInPath, number, sent_fields
from api.schema import Version
from api.times import iso
from domain.access.current import current_actor
from domain.automation.fields import parts_fields
from domain.automation.model import Names, Schedule
from domain.automation.sentences import entry_sentence

if TYPE_CHECKING:
    from domain.house import House

ScheduleId = Annotated[NumberInPath, Field(description="`schedule_id`.")]


class NewSchedule(ScheduleFields):
    """A schedule to add."""


class ScheduleChange(ScheduleFields):
    """What to change of a schedule; what is not sent stays."""

    version: Version | None = None
    """The one that was read: 409 where somebody has changed it since."""


EXAMPLE = {
    "name": "Office hours",
    "targets": [{"device_id": "DEVICE_004"}],
    "entries": [{"day_types": ["workday"], "from": "07:00", "to": "19:00", "command": "on"}],
}


def schedules_api(house: House) -> Blueprint:
    """Build the routes of the schedules resource."""
    schedules = Resource(
        house,
        "iot_schedules",
        "/api/v1/iot/schedules",
        "What devices are told by the clock and the calendar.",
    )
    automation = house.automation

    @schedules.get("", "iot.view")
    def list_schedules(query: ListQuery) -> ScheduleList:
        """List the schedules with how their entries read."""
        rows = sorted(automation.schedules(current_actor()), key=lambda one: one.schedule_id)
        found, cursor = page_of(rows, lambda one: str(one.schedule_id), query, _whole)
        names = automation.names()
        return {"schedules": [_shown(one, names) for one in found], "next_cursor": cursor}

    @schedules.post(
        "", "iot.control", status=201, errors=(409,), repeatable=True, example=EXAMPLE
    )  # fmt: skip
    def create(body: NewSchedule) -> ScheduleShown:
        """Add a schedule; what is on now is told within seconds."""
        made = automation.create_schedule(current_actor(), sent_fields(body))
        return _shown(made, automation.names())

    @schedules.get("/lanes", "iot.view")
    def lanes() -> Lanes:
        """Show the next 24 hours of every device that a schedule speaks of."""
        shown = [
            {
                "device_id": lane.device_id,
                "name": lane.name,
                "spans": [
                    {
                        "starts_at": iso(span.from_ms),
                        "ends_at": iso(span.to_ms),
                        "schedule_id": span.schedule_id,
                        "schedule": span.schedule,
                        "command": span.command,
                        "value": span.value,
                    }
                    for span in lane.spans
                ],
            }
            for lane in automation.lanes(current_actor())
        ]
        return cast("Lanes", {"lanes": shown})

    @schedules.get("/<schedule_id>", "iot.view", errors=(404,))
    def show(schedule_id: ScheduleId) -> ScheduleShown:
        """Show one schedule."""
        found = automation.schedule(current_actor(), number("schedule", schedule_id))
        return _shown(found, automation.names())

    @schedules.route(
        "/<schedule_id>",
        "iot.control",
        ("PUT", "PATCH"),
        errors=(404, 409),
        example={"enabled": False},
    )
    def change(schedule_id: ScheduleId, body: ScheduleChange) -> ScheduleShown:
        """Change the fields that are sent; devices follow within seconds."""
        fields = sent_fields(body)
        version = cast("int | None", fields.pop("version", None))
        which = number("schedule", schedule_id)
        changed = automation.update_schedule(current_actor(), which, fields, version)
        return _shown(changed, automation.names())

    @schedules.delete("/<schedule_id>", "iot.control", errors=(404,))
    def remove(schedule_id: ScheduleId) -> None:
        """Delete a schedule; what it holds ends within seconds."""
        automation.delete_schedule(current_actor(), number("schedule", schedule_id))

    return schedules.blueprint


def _whole(text: str) -> int:
    return number("schedule", text)


def _shown(schedule: Schedule, names: Names) -> ScheduleShown:
    parts = parts_fields(schedule.targets, schedule.entries)
    entries = [
        {**said, "sentence": entry_sentence(entry, schedule.targets, names)}
        for said, entry in zip(
            cast("list[dict[str, object]]", parts["entries"]), schedule.entries, strict=True
        )
    ]
    said = {
        "schedule_id": schedule.schedule_id,
        "name": schedule.name,
        "enabled": schedule.enabled,
        "targets": parts["targets"],
        "entries": entries,
        "created_at": iso(schedule.created_ms),
        "changed_at": iso(schedule.changed_ms),
        "changed_by": schedule.changed_by,
        "version": schedule.version,
    }
    return cast("ScheduleShown", said)
