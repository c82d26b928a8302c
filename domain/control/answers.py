"""What devices answer, and what it makes of their commands."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import NamedTuple

import msgspec
from sqlalchemy.engine import Connection

from domain.control import command_store, lifecycle
from domain.control.command_store import CommandStep
from domain.control.lifecycle import Command

log = logging.getLogger(__name__)
MOST_TRIES = 4
"""So often an intent is told anew to a device that refuses to renew it."""


class Answer(NamedTuple):
    """One `ack` message, as it came."""

    device_id: str
    payload: bytes
    at_ms: int


def take(c: Connection, answer: Answer) -> Command | None:
    """One acknowledgement; the command it changed."""
    command_id, status, reason = _read(answer.payload)
    command = command_store.read_command(c, command_id) if command_id else None
    if command is None or command.device_id != answer.device_id:
        log.info("%s answered a command that is not its own", answer.device_id[:64])
        return None
    heard = replace(command, last_heard_ms=answer.at_ms)
    after = lifecycle.acknowledged(heard, status, reason, answer.at_ms)
    if after is None:
        unheard = (command.last_heard_ms or 0) <= (command.ended_ms or 0)
        if command.ended and command.acknowledged_ms is None and unheard:
            late = f"late answer “{status}”, ignored"
            noted_ms = max(answer.at_ms, (command.ended_ms or 0) + 1)
            command_store.update_command(c, command, replace(heard, last_heard_ms=noted_ms))
            command_store.add_steps(
                c, [CommandStep(command.command_id, answer.at_ms, "note", late)]
            )
        elif not command.ended and status != "rejected":
            # A renewal that was heard: the device obeys for another lease.
            command_store.update_command(c, command, heard)
        return None
    if not command_store.update_command(c, command, after.command):
        return None
    passed = [after.through, after] if after.through else [after]
    command_store.add_steps(
        c,
        [
            CommandStep(command.command_id, answer.at_ms, one.command.state, one.words)
            for one in passed
        ],
    )
    if after.command.state == "rejected" and command.intent_id is not None:
        in_force = command.acknowledged_ms is not None
        tries = command_store.count_commands(c, command.intent_id)
        if not in_force or tries >= MOST_TRIES:
            why = f"rejected: {after.command.reason}"
            command_store.end_intent(c, command.intent_id, answer.at_ms, why)
    return after.command


def _read(payload: bytes) -> tuple[str | None, str, str | None]:
    """Id, status and reason of an acknowledgement; no id where it is none."""
    try:
        found = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None, "", None
    if not isinstance(found, dict) or found.get("status") not in ("accepted", "done", "rejected"):
        return None, "", None
    command_id, reason = found.get("command_id"), found.get("reason")
    known = isinstance(command_id, str) and 0 < len(command_id) <= 64
    return (
        str(command_id) if known else None,
        str(found["status"]),
        " ".join(str(reason).split())[:200] if reason is not None else None,
    )
