"""What a device was told: how it is asked for, why in sentences, and as rows of a file. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from domain.control import words
from domain.control.command_store import CommandStep
from domain.control.lifecycle import STATES, TERMINAL, Command
from domain.control.model import RELEASE, Device
from domain.control.observation import kw
from domain.control.owners import OWNERS
from domain.foundation.clock import from_ms, iso_utc

GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "all": ("All states", STATES),
        "live": ("On its way or in force", tuple(s for s in STATES if s not in TERMINAL)),
        "completed": ("Completed", ("completed",)),
        "failed": ("Came to nothing", ("contradicted", "rejected", "expired")),
        "ended": ("Ended by somebody", ("superseded", "cancelled")),
    }
)
SORTS: Mapping[str, str] = MappingProxyType({"newest": "Newest first", "oldest": "Oldest first"})
COLUMNS = (
    "requested_at_utc",
    "device_id",
    "command",
    "value",
    "owner",
    "owner_name",
    "state",
    "evidence",
    "sent_at_utc",
    "acknowledged_at_utc",
    "observed_at_utc",
    "ends_at_utc",
    "ended_at_utc",
    "reason",
    "explanation",
    "steps",
    "command_id",
)
Cell = str | int | float | None
Told = tuple[Command, Sequence[CommandStep]]


@dataclass(frozen=True, slots=True)
class CommandQuery:
    """Which commands of a device; `group` is one of GROUPS, no limit means all of them."""

    group: str = "all"
    owner: str | None = None
    since_ms: int | None = None
    sort: str = "newest"
    limit: int | None = 25
    offset: int = 0


@dataclass(frozen=True, slots=True)
class CommandPage:
    """Commands with their steps, of how many."""

    listed: Sequence[Told]
    total: int


@dataclass(frozen=True, slots=True)
class Former:
    """A device that was deleted, as it last was."""

    device: Device
    deleted_ms: int


def sentences(command: Command) -> list[str]:
    """Why it was told, what bound it, whom it went before, what should show; a sentence each."""
    why = command.explanation
    if command.command == RELEASE:
        return ["Nobody wanted anything of the device any more, so it follows its own rule again."]
    winner = why.get("winner")
    said = [_winner(winner)] if isinstance(winner, Mapping) else []
    limits = [str(one) for one in _listed(why.get("limited_by"))]
    if limits:
        asked = (
            words.told(command.command, winner["value"]) if isinstance(winner, Mapping) else "it"
        )
        accepted = words.told(command.command, command.value)
        said.append(f"{asked} was asked for; {'; '.join(limits)}: it was told {accepted}.")
    if why.get("held"):
        said.append(f"It had to wait: {why['held']}.")
    said += [_beaten(one) for one in _listed(why.get("beaten")) if isinstance(one, Mapping)]
    return [*said, *_expected(command)]


def command_rows(listed: Iterable[Told]) -> Iterator[Sequence[Cell]]:
    """One line per command under `COLUMNS`."""
    for command, steps in listed:
        yield (
            _utc(command.requested_ms),
            command.device_id,
            command.command,
            command.value,
            command.owner,
            command.owner_name,
            command.state,
            command.evidence,
            _utc(command.sent_ms),
            _utc(command.acknowledged_ms),
            _utc(command.observed_ms),
            _utc(command.ends_ms),
            _utc(command.ended_ms),
            command.reason,
            " ".join(sentences(command)),
            "; ".join(f"{_utc(s.at_ms)} {s.state}: {s.words}" for s in steps),
            command.command_id,
        )


def _winner(winner: Mapping[str, Any]) -> str:
    reason = f": {winner['reason']}" if winner.get("reason") else ""
    return f"{_owner(winner)} decided{reason}."


def _beaten(one: Mapping[str, Any]) -> str:
    if one.get("command") is None:
        return f"It came before {_lower(_owner(one))}."
    wanted = words.told(str(one["command"]), one.get("value"))
    return f"It came before {_lower(_owner(one))}, which wanted {_lower(wanted)}."


def _expected(command: Command) -> list[str]:
    awaited = command.expected
    said = awaited.get("words")
    if not said:
        return []
    if awaited.get("low_kw") is None and awaited.get("high_kw") is None:
        return [f"It should show in its own report: {said}."]
    place = "its meter" if awaited.get("evidence") == "meter" else "its own report"
    before = awaited.get("before_kw")
    start = f", which showed {kw(before)}" if isinstance(before, int | float) else ""
    return [f"It should show in {place}{start}: {said}."]


def _owner(one: Mapping[str, Any]) -> str:
    return f"{OWNERS[str(one['owner'])].label} ({one['name']})"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _listed(raw: object) -> list[Any]:
    return list(raw) if isinstance(raw, list | tuple) else []


def _utc(at_ms: int | None) -> str | None:
    return None if at_ms is None else iso_utc(from_ms(at_ms))
