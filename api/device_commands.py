"""What a device is told over HTTP, at once or by the hour, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, cast

from flask import Blueprint
from pydantic import Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema
from typing_extensions import TypedDict

from api.device_hours import HourName, HoursQuery, HoursShown, HourWord, LocalDate, shown_hours
from api.devices import DeviceId
from api.lists import ListQuery, make_cursor, read_cursor, unknown_cursor
from api.resource import Resource
from api.schema import IsoTime, OneOf, Request, closed
from api.times import Moment, iso
from domain.access.current import current_actor
from domain.control import wire
from domain.control.acts import LONGEST_REASON, MINUTE_MS, MINUTES, USUAL_MINUTES
from domain.control.command_store import CommandStep
from domain.control.lifecycle import STATES, Command
from domain.control.model import ASPECT_OF_COMMAND
from domain.control.owners import OWNERS
from domain.foundation.contract import in_force, single_refused
from domain.foundation.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from domain.house import House

_WORDS = r"^[^\x00-\x1f\x7f]*$"
_HOURLY = ("instructions", "date")


class Instruction(Request):
    """What a device shall do and until when, or which hours demand response may touch it."""

    command: Annotated[str, OneOf((*ASPECT_OF_COMMAND, "release"))] | None = None
    """`release` ends every manual command of the device, so that the next owner takes over."""
    value: float | str | None = None
    """kW, °C, % or a mode, by the command."""
    until: Moment | None = None
    """Instead of `duration_minutes`."""
    duration_minutes: Annotated[float, Field(ge=MINUTES[0], le=MINUTES[1])] | None = None
    """60 where neither is sent."""
    reason: Annotated[str, Field(max_length=LONGEST_REASON, pattern=_WORDS)] = ""
    instructions: dict[HourName, HourWord] | None = None
    """Instead of a command: hours "0" to "23" of the building's clock with what demand response
    may do in them; "" follows the device's own switch. Hours not named stay as they are."""
    date: LocalDate | None = None
    """The one day on which `instructions` differ; left out they hold every day."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Document the two forms, of which either is closed for itself."""
        schema = handler.resolve_ref_schema(handler(core))
        schema.pop("additionalProperties", None)
        fields = schema["properties"]
        forms = (
            ("command", [name for name in fields if name not in _HOURLY]),
            ("instructions", list(_HOURLY)),
        )
        schema["anyOf"] = [
            {
                "type": "object",
                "properties": {name: fields[name] for name in names}
                | {first: _given(fields[first])},
                "required": [first],
                "additionalProperties": False,
            }
            for first, names in forms
        ]
        return schema


class LockOut(Request):
    """Why a device may not be told anything, and for how long."""

    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_REASON, pattern=_WORDS)]
    duration_minutes: Annotated[float, Field(ge=1, le=7 * 1440)] = 480


class Participation(Request):
    """Whether a device takes part in demand response."""

    enabled: bool = True


@closed
class Told(TypedDict):
    """A command as it was accepted."""

    command_id: str | None
    """Null for a release, which ends others, and for hours."""
    state: Annotated[str, OneOf((*STATES, "released", "saved"))]
    """`saved` are hours, which are no command."""
    requested: float | str | None
    accepted: float | str | None
    accepted_kw: float | None
    """Of `set_power_kw`."""
    limited_by: list[str]
    expected: str | None
    """What its meter should show, or what it should say."""
    takes_over_from: str | None
    starts_at: IsoTime | None
    ends_at: IsoTime | None


@closed
class StepShown(TypedDict):
    """One step of a command."""

    at: IsoTime
    state: Annotated[str, OneOf((*STATES, "note"))]
    words: str


@closed
class CommandShown(TypedDict):
    """A command, and what became of it."""

    command_id: str
    device_id: str
    command: str
    value: float | str | None
    owner: Annotated[str, OneOf(OWNERS)]
    owner_name: str
    state: Annotated[str, OneOf(STATES)]
    evidence: Annotated[str, OneOf(("meter", "reported"))] | None
    """`reported` where no meter could show it."""
    requested_at: IsoTime
    sent_at: IsoTime | None
    acknowledged_at: IsoTime | None
    observed_at: IsoTime | None
    ends_at: IsoTime
    ended_at: IsoTime | None
    reason: str | None
    steps: list[StepShown]


@closed
class CommandList(TypedDict):
    """A page of commands, newest first."""

    commands: list[CommandShown]
    next_cursor: str | None


@closed
class Participates(TypedDict):
    """Whether a device takes part in demand response."""

    device_id: str
    dr_enabled: bool


@closed
class Locked(TypedDict):
    """Whether a device is locked out."""

    device_id: str
    locked_out: bool


def device_commands_api(house: House) -> Blueprint:
    """Build the routes of what devices are told."""
    devices = Resource(
        house, "iot_commands", "/api/v1/iot/devices", "What devices are told, and what came of it."
    )
    control = house.control

    @devices.post(
        "/<device_id>/instructions",
        "iot.control",
        status=202,
        errors=(404, 409),
        acting=True,
        example={"command": "set_shed_percent", "value": 50, "duration_minutes": 30},
    )
    def instruct(device_id: DeviceId, body: Instruction) -> Told:
        """Tell a device something until a moment, or say which hours demand response may touch it.

        What becomes of a command is in the device's commands; 409 names who holds the device and
        until when.
        """
        return _instructed(house, device_id, body)

    @devices.get("/<device_id>/instructions", "iot.view", errors=(404,))
    def hours(device_id: DeviceId, query: HoursQuery) -> HoursShown:
        """Show which hours of a day, or of every day, demand response may touch a device."""
        actor = current_actor()
        found = control.hours.of(actor, device_id, query.date)
        enabled = control.device(actor, device_id).device.dr_enabled
        return shown_hours(device_id, query.date, found, enabled)

    @devices.get("/<device_id>/commands", "iot.view", errors=(404,))
    def commands(device_id: DeviceId, query: ListQuery) -> CommandList:
        """List what a device was told, newest first, with each step and its reason.

        A contract that withholds anything shares no commands.
        """
        if in_force().restricts:
            raise single_refused()
        before = _place(query.cursor) if query.cursor else None
        listed = control.commands(current_actor(), device_id, query.limit + 1, before)
        page = listed[: query.limit]
        more = len(listed) > query.limit
        last = page[-1][0] if page else None
        cursor = make_cursor(f"{last.requested_ms}.{last.command_id}") if more and last else None
        return {"commands": [_shown(*one) for one in page], "next_cursor": cursor}

    @devices.post(
        "/<device_id>/lock-out",
        "iot.control",
        errors=(404,),
        acting=True,
        example={"reason": "Filter change", "duration_minutes": 120},
    )
    def lock_out(device_id: DeviceId, body: LockOut) -> Locked:
        """Let a device rest in its safe state; nobody may tell it anything until the end."""
        control.lock_out(current_actor(), [device_id], body.duration_minutes, body.reason)
        return {"device_id": device_id, "locked_out": True}

    @devices.post("/<device_id>/unlock", "iot.control", errors=(404,), acting=True)
    def unlock(device_id: DeviceId) -> Locked:
        """End the lock-out of a device; who waited takes over."""
        control.unlock(current_actor(), [device_id])
        return {"device_id": device_id, "locked_out": False}

    @devices.post("/<device_id>/demand-response", "iot.control", errors=(404, 409), acting=True)
    def participate(device_id: DeviceId, body: Participation | None) -> Participates:
        """Let a device take part in demand response, or no longer."""
        enabled = body.enabled if body else True
        control.update(current_actor(), device_id, {"dr_enabled": enabled})
        return {"device_id": device_id, "dr_enabled": enabled}

    return devices.blueprint


def _instructed(house: House, device_id: str, body: Instruction) -> Told:
    actor, control = current_actor(), house.control
    _refuse_both(body)
    if body.instructions is not None:
        control.hours.instruct(actor, device_id, body.date, body.instructions)
        return _nothing_told("saved")
    if body.command is None:
        wrong = FieldError("command", "is missing; or send instructions by the hour")
        raise InvalidInput("Send either a command or instructions by the hour.", [wrong])
    if body.command == "release":
        control.release(actor, device_id)
        return _nothing_told("released")
    made, preview = control.command(
        actor,
        device_id,
        body.command,
        body.value,
        minutes=_minutes(body, house.clock.now_ms()),
        reason=body.reason,
    )
    kilowatts = made.value if made.command == "set_power_kw" else None
    return {
        "command_id": made.command_id,
        "state": made.state,
        "requested": preview.value,
        "accepted": made.value,
        "accepted_kw": cast("float | None", kilowatts),
        "limited_by": list(preview.limited_by),
        "expected": preview.expected.words,
        "takes_over_from": preview.takes_over,
        "starts_at": iso(preview.starts_ms),
        "ends_at": iso(made.ends_ms),
    }


def _minutes(body: Instruction, now_ms: int) -> float:
    """How long, from the one of the two fields that was sent."""
    if body.until is not None and body.duration_minutes is not None:
        wrong = FieldError("until", "either until or duration_minutes")
        raise InvalidInput("It says twice how long.", [wrong])
    if body.until is None:
        return body.duration_minutes or USUAL_MINUTES
    minutes = (body.until - now_ms) / MINUTE_MS
    if not MINUTES[0] <= minutes <= MINUTES[1]:
        words = f"{MINUTES[0]} to {MINUTES[1]} minutes from now"
        raise InvalidInput(f"until: {words}.", [FieldError("until", words, list(MINUTES))])
    return minutes


def _place(cursor: str) -> tuple[int, str]:
    at_ms, _, command_id = read_cursor(cursor).partition(".")
    if not at_ms.isascii() or not at_ms.isdigit() or len(at_ms) > 15 or len(command_id) > 64:
        raise unknown_cursor()
    return int(at_ms), command_id


def _refuse_both(body: Instruction) -> None:
    """Hours and a command stand alone. Raises InvalidInput."""
    sent = body.model_fields_set
    if body.instructions is not None:
        beside, words = sorted(sent - set(_HOURLY)), "does not go with instructions by the hour"
    else:
        beside, words = sorted(sent & set(_HOURLY)), "goes with instructions by the hour only"
    if beside:
        wrong = [FieldError(name, words) for name in beside]
        raise InvalidInput("Send either a command or instructions by the hour.", wrong)


def _nothing_told(state: str) -> Told:
    return {
        "command_id": None,
        "state": state,
        "requested": None,
        "accepted": None,
        "accepted_kw": None,
        "limited_by": [],
        "expected": None,
        "takes_over_from": None,
        "starts_at": None,
        "ends_at": None,
    }


def _shown(command: Command, steps: Sequence[CommandStep]) -> CommandShown:
    lines = [
        {"at": wire.iso(step.at_ms), "state": step.state, "words": step.words} for step in steps
    ]
    return cast("CommandShown", wire.command(command) | {"steps": lines})


def _given(field: dict[str, Any]) -> dict[str, Any]:
    """A field that may be null, where it may not."""
    known: dict[str, Any] = field["anyOf"][0]
    return known | ({"minProperties": 1} if known["type"] == "object" else {})
