"""Commands as they begin, and as they leave on MQTT (API.md §6). Pure but for their ids."""

from __future__ import annotations

import uuid

import msgspec

from domain.control import lifecycle
from domain.control.arbitration import Intent, Setting
from domain.control.lifecycle import Command, Pace
from domain.control.model import RELEASE
from domain.control.observation import Expected
from domain.control.rounds import Outgoing
from domain.foundation.clock import from_ms, iso_utc

_NOTHING = Expected("reported", None, None, None, "it follows its own rule")


def new_command(setting: Setting, winner: Intent, now_ms: int) -> Command:
    """The command that puts a setting into words for its device."""
    if setting.command is None:
        raise ValueError("nothing is to be told")
    return Command(
        command_id=uuid.uuid4().hex,
        device_id=winner.device_id,
        intent_id=winner.intent_id,
        owner=winner.owner,
        owner_name=winner.owner_name,
        aspect=setting.aspect,
        command=setting.command,
        value=setting.value,
        state="requested",
        requested_ms=now_ms,
        due_ms=max(now_ms, setting.hold_until_ms or 0),
        ends_ms=winner.ends_ms,
        expected=_NOTHING.as_dict(),
        explanation=setting.explained(),
    )


def new_release(last: Command, now_ms: int, pace: Pace) -> Command:
    """The command that gives a device back to its own rule after `last`."""
    return Command(
        command_id=uuid.uuid4().hex,
        device_id=last.device_id,
        intent_id=None,
        owner="default",
        owner_name="its own rule",
        aspect="run",
        command=RELEASE,
        value=None,
        state="requested",
        requested_ms=now_ms,
        due_ms=now_ms,
        ends_ms=now_ms + pace.ms(2 * lifecycle.ACKNOWLEDGE_S),
        expected=_NOTHING.as_dict(),
        explanation={"winner": None, "beaten": [], "limited_by": [], "after": last.command_id},
    )


def message(command: Command, now_ms: int, pace: Pace) -> Outgoing:
    """The `set` message; a device drops it once the time to answer it has passed."""
    fields: dict[str, object] = {
        "command_id": command.command_id,
        "command": command.command,
        "value": command.value,
        "lease_s": pace.lease_s,
        "expires_at": iso_utc(from_ms(now_ms + pace.ms(lifecycle.ACKNOWLEDGE_S))),
    }
    return Outgoing(command.device_id, command.command_id, msgspec.json.encode(fields))
