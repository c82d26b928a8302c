"""What every request is made of: who may, for how long, why, and telling what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.engine import Connection

from domain.access.policy import Actor
from domain.control import command_store, device_store, lifecycle, wire
from domain.control.arbitration import Intent
from domain.control.command_store import CommandStep
from domain.control.lifecycle import Command, Moved
from domain.control.model import Device
from domain.control.registry import CONTROL
from domain.control.views import Views
from domain.foundation.errors import Conflict, FieldError, InvalidInput

MINUTE_MS = 60_000
MINUTES = (1, 1440)
USUAL_MINUTES = 60
LOCK_OUT_MINUTES = (1, 7 * 1440)
STOP_MINUTES = (1, 1440)
LONGEST_REASON = 300
NEWEST = 2**62
"""Stands for the id of an intent that is not stored yet: of one rank the newest decides."""
WAKE = "control_request"
"""Bus topic on which the dispatcher hears that something waits for it."""


class Acts(Views):
    """Ends intents with their commands; each call is part of the caller's transaction."""

    def _controllable(self, c: Connection, actor: Actor, device_id: str) -> Device:
        actor.require(CONTROL)
        device = self._found(c, device_id)
        if device.device_type == "battery":
            actor.require("batteries.control")
        return device

    def _end_intents(
        self, c: Connection, intents: Iterable[Intent], why: str, end: str = "cancelled"
    ) -> list[Command]:
        """End intents with their commands: completed where they were observed, else as said."""
        now_ms = self._clock.now_ms()
        changed = []
        for intent in intents:
            command_store.end_intent(c, intent.intent_id, now_ms, why)
            for command in command_store.live_commands(c, [intent.device_id]):
                if command.intent_id != intent.intent_id:
                    continue
                seen = command.state == "observed" and end != "superseded"
                state = "completed" if seen else end
                after: Moved = lifecycle.moved(command, state, now_ms, why)
                if not command_store.update_command(c, command, after.command):
                    raise Conflict("It was moved by somebody else meanwhile.", code="command_moved")
                step = CommandStep(command.command_id, now_ms, state, after.words)
                command_store.add_steps(c, [step])
                changed.append(after.command)
        return changed

    def exchange(self, ended: Sequence[tuple[Intent, str]], entered: Sequence[Intent]) -> None:
        """End intents, each with why, and enter others, in one transaction.

        For automatic owners, whose lease is renewed by another one in its place. What has ended
        meanwhile stays ended.
        """
        changed: list[Command] = []
        with self._database.write() as c:
            for device_id in sorted({one.device_id for one in (*(i for i, _ in ended), *entered)}):
                command_store.hold_device(c, device_id)
            for intent, why in ended:
                changed += self._end_intents(c, [intent], why, "superseded")
            for intent in entered:
                command_store.insert_intent(c, intent)
        self._tell(changed, [intent.device_id for intent in entered])

    def _tell(self, changed: Sequence[Command], device_ids: Sequence[str] = ()) -> None:
        """Tell the bus what became of commands, and wake the dispatcher."""
        self.tell_commands(changed)
        self._told(*{*device_ids, *(command.device_id for command in changed)})
        self._bus.publish(WAKE, None)

    def tell_commands(self, changed: Sequence[Command]) -> None:
        """Publish commands on bus topic `command`."""
        rooms = self._rooms_of({command.device_id for command in changed})
        for command in changed:
            room_id = rooms.get(command.device_id)
            self._bus.publish("command", {**wire.command(command), "room_id": room_id})

    def _rooms_of(self, device_ids: Iterable[str]) -> Mapping[str, int | None]:
        wanted = sorted(device_ids)
        if not wanted:
            return {}
        with self._database.read() as c:
            return {d.device_id: d.room_id for d in device_store.read_devices(c, wanted)}


def new_intent(
    device: Device,
    owner: str,
    name: str,
    aspect: str,
    now_ms: int,
    ends_ms: int,
    reason: str,
) -> Intent:
    """What an owner wants from now on, without a command."""
    return Intent(
        intent_id=NEWEST,
        device_id=device.device_id,
        owner=owner,
        owner_name=name[:100],
        aspect=aspect,
        command=None,
        value=None,
        low_kw=None,
        high_kw=None,
        requested_ms=now_ms,
        starts_ms=now_ms,
        ends_ms=ends_ms,
        reason=reason,
    )


def minutes_of(raw: object, limits: tuple[int, int]) -> int:
    """A length of time inside its limits. Raises InvalidInput."""
    whole = isinstance(raw, int | float) and not isinstance(raw, bool)
    if not whole or not limits[0] <= raw <= limits[1]:  # type: ignore[operator]
        words_ = f"{limits[0]} to {limits[1]} minutes"
        wrong = FieldError("duration_minutes", words_, list(limits))
        raise InvalidInput(f"How long: {words_}.", [wrong])
    return round(raw)  # type: ignore[call-overload,no-any-return]


def reason_of(raw: str, *, required: bool = False) -> str:
    """Why somebody acts, in one line. Raises InvalidInput."""
    said = " ".join(raw.split())
    if len(said) > LONGEST_REASON or (required and not said):
        rule = f"1 to {LONGEST_REASON} characters" if required else f"at most {LONGEST_REASON}"
        raise InvalidInput("Say why.", [FieldError("reason", rule, LONGEST_REASON)])
    return said
