"""One turn's transaction: what is known at its start, and what it writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from sqlalchemy.engine import Connection

from domain.control import command_store
from domain.control.arbitration import Intent
from domain.control.command_store import CommandStep
from domain.control.lifecycle import Command, Moved
from domain.control.model import RELEASE, Device, Report
from domain.foundation.errors import Conflict

T = TypeVar("T", Intent, Command)


class Outgoing(NamedTuple):
    """One `set` message, ready to leave."""

    device_id: str
    command_id: str
    payload: bytes


@dataclass
class Round:
    """One transaction's work: what is known at its start, and what it changes.

    `barred` says which devices demand response may not touch in this hour, and why.
    """

    c: Connection
    now_ms: int
    barred: Mapping[str, str]
    fence: int
    ready: bool
    stopped: bool
    devices: Mapping[str, Device]
    reports: Mapping[str, Report]
    shared: Mapping[tuple[str, str], int]
    intents: dict[str, list[Intent]]
    live: dict[str, list[Command]]
    obeyed: dict[str, list[Command]]
    released: Mapping[str, int]
    outgoing: list[Outgoing] = field(default_factory=list)
    changed: dict[str, Command] = field(default_factory=dict)
    _fresh: dict[str, Command] = field(default_factory=dict)
    _written: dict[str, tuple[Command, Command]] = field(default_factory=dict)
    _steps: list[CommandStep] = field(default_factory=list)

    def begun(self, device_id: str) -> list[Intent]:
        """What is wanted of a device; what it was told for goes on, though our clock is behind."""
        told = {command.intent_id for command in self.live.get(device_id, ()) if command.times_sent}
        return [
            replace(intent, starts_ms=min(intent.starts_ms, self.now_ms))
            if intent.intent_id in told
            else intent
            for intent in self.intents.get(device_id, ())
        ]

    def insert(self, command: Command, why: str) -> None:
        """Add a command, with why there is one."""
        self._fresh[command.command_id] = command
        self._steps.append(CommandStep(command.command_id, self.now_ms, "requested", why))
        self.live.setdefault(command.device_id, []).append(command)
        self.changed[command.command_id] = command

    def move(self, before: Command, after: Moved) -> None:
        """Take a command into its next state."""
        step = CommandStep(before.command_id, self.now_ms, after.command.state, after.words)
        self.write(before, after.command, [step])

    def write(self, before: Command, after: Command, steps: Sequence[CommandStep]) -> None:
        """Keep a command with its new steps until `store`."""
        key = before.command_id
        if key in self._fresh:
            self._fresh[key] = after
        else:
            self._written[key] = (self._written.get(key, (before, after))[0], after)
        self._steps += steps
        rest = [c for c in self.live[before.device_id] if c.command_id != before.command_id]
        self.live[before.device_id] = rest if after.ended else [*rest, after]
        if after.ended and after.times_sent:
            self.obeyed.setdefault(after.device_id, []).append(after)
        if steps:
            self.changed[after.command_id] = after

    def store(self) -> None:
        """Write it all, many rows in one statement. Raises Conflict where somebody was faster."""
        command_store.insert_commands(self.c, list(self._fresh.values()))
        if not command_store.update_commands(self.c, list(self._written.values())):
            raise Conflict("A command was moved by somebody else meanwhile.", code="command_moved")
        command_store.add_steps(self.c, self._steps)

    def untold_kw(self, command: Command) -> float | None:
        """What the device drew by its own rule, handed on from what it was told last."""
        others = [*self.obeyed.get(command.device_id, ()), *self.live.get(command.device_id, ())]
        told = [one for one in others if one.times_sent and one.command != RELEASE]
        last = max(told, key=lambda one: one.last_sent_ms or 0, default=None)
        found = last.expected.get("untold_kw") if last else None
        return float(found) if isinstance(found, int | float) else None


def by_device(listed: Iterable[T]) -> dict[str, list[T]]:
    """Intents or commands by the device they are for, in their order."""
    found: dict[str, list[T]] = {}
    for one in listed:
        found.setdefault(one.device_id, []).append(one)
    return found
