"""What became of a dump: counts, reasons with their first examples, and the table of them."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from domain.inbox.service import clean

EXAMPLES = 3
MOST_LISTED = 10_000
SHOWN_REASONS = 12
_SHOWN_PER_LIST = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the dump."""

    file: str
    line: int


@dataclass
class Reason:
    """Why some of it was not taken, or taken with a change."""

    code: str
    count: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, place: Place, field_name: str | None, message: str) -> None:
        """Count one more, and keep it if it is among the first."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(
                {
                    "file": clean(place.file, 200),
                    "line": place.line,
                    "field": clean(field_name, 60) if field_name else None,
                    "message": " ".join(clean(message, 300).split()),
                }
            )


@dataclass
class Tally:
    """One collection: what was taken, was there already, or was refused, and why."""

    taken: int = 0
    already_there: int = 0
    corrected: int = 0
    refused: int = 0
    refusals: dict[str, Reason] = field(default_factory=dict)
    notes: dict[str, Reason] = field(default_factory=dict)
    """Taken, but not as it stood."""

    def refuse(self, code: str, place: Place, message: str, field_name: str | None = None) -> None:
        """Count what is not taken."""
        self.refused += 1
        self.refusals.setdefault(code, Reason(code)).add(place, field_name, message)

    def note(self, code: str, place: Place, message: str, field_name: str | None = None) -> None:
        """Count what was taken with a change that a person should know."""
        self.notes.setdefault(code, Reason(code)).add(place, field_name, message)


@dataclass
class Report:
    """Everything a person needs to know afterwards; holds no secret of the original."""

    dump: str
    dry_run: bool
    stopped: str | None = None
    rooms: Tally = field(default_factory=Tally)
    sensors: Tally = field(default_factory=Tally)
    readings: Tally = field(default_factory=Tally)
    tokens: Tally = field(default_factory=Tally)
    files: Tally = field(default_factory=Tally)
    """Files that could not be read, or not to their end, and documents of no known kind."""
    sensor_ids: dict[str, str] = field(default_factory=dict)
    guessed: list[dict[str, Any]] = field(default_factory=list)
    tokens_to_issue_anew: list[dict[str, Any]] = field(default_factory=list)
    left_out: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def tallies(self) -> Mapping[str, Tally]:
        """By collection, in the order of the table."""
        return {
            "rooms": self.rooms,
            "sensors": self.sensors,
            "readings": self.readings,
            "tokens": self.tokens,
            "files": self.files,
        }

    @property
    def complete(self) -> bool:
        """Whether everything in the dump was taken."""
        refused = any(tally.refused for tally in self.tallies.values())
        return not (refused or self.left_out or self.stopped)

    def map_id(self, original: str, sensor_id: str) -> None:
        """Remember an id that had to change."""
        if original != sensor_id and len(self.sensor_ids) < MOST_LISTED:
            self.sensor_ids[" ".join(clean(original, 400).split())] = sensor_id

    def leave_out(self, collection: str, why: str) -> None:
        """Count a document of a collection that is not taken over at all."""
        name = clean(collection, 60)
        if len(self.left_out) < MOST_LISTED or name in self.left_out:
            entry = self.left_out.setdefault(name, {"documents": 0, "why": why})
            entry["documents"] += 1

    def as_dict(self) -> dict[str, Any]:
        """The report as its file holds it."""
        collections = {}
        for name, tally in self.tallies.items():
            body = asdict(tally)
            body["refusals"] = list(body["refusals"].values())
            body["notes"] = list(body["notes"].values())
            collections[name] = body
        return {
            "dump": clean(self.dump, 400),
            "dry_run": self.dry_run,
            "stopped": self.stopped,
            "collections": collections,
            "sensor_ids": [
                {"original": original, "sensor_id": sensor_id}
                for original, sensor_id in sorted(self.sensor_ids.items())
            ],
            "guessed": self.guessed,
            "tokens_to_issue_anew": self.tokens_to_issue_anew,
            "left_out": [{"collection": name, **entry} for name, entry in self.left_out.items()],
        }

    def write(self, folder: Path, stamp: str) -> Path:
        """Keep it as JSON, readable by its owner only; its path is returned."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"original-{stamp}.json"
        text = json.dumps(self.as_dict(), ensure_ascii=False, indent=1, allow_nan=False)
        with open(path, "w", encoding="utf-8", opener=_private) as file:
            file.write(text + "\n")
        return path


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def as_text(report: Report) -> str:
    """The report for a terminal."""
    verb = "would be taken" if report.dry_run else "taken"
    lines = [f"{'':<10}{verb:>16}{'already there':>16}{'corrected':>12}{'refused':>12}"]
    for name, tally in report.tallies.items():
        if name == "files" and not tally.refused:
            continue
        lines.append(
            f"{name:<10}{tally.taken:>16,}{tally.already_there:>16,}"
            f"{tally.corrected:>12,}{tally.refused:>12,}"
        )
    for name, tally in report.tallies.items():
        lines += _reasons(f"{name}: refused", tally.refusals)
        lines += _reasons(f"{name}: taken with a change", tally.notes)
    for name, entry in report.left_out.items():
        lines.append(f"left out: {name}, {entry['documents']:,} documents: {entry['why']}")
    lines += _some("ids changed", [f"“{a}” is now {b}" for a, b in report.sensor_ids.items()])
    lines += _some("guessed, to be looked at", [_guess(guess) for guess in report.guessed])
    lines += _some("tokens to be issued anew", [_token(t) for t in report.tokens_to_issue_anew])
    return "\n".join(lines) + "\n"


def _reasons(title: str, reasons: Mapping[str, Reason]) -> list[str]:
    lines: list[str] = []
    ordered = sorted(reasons.values(), key=lambda reason: -reason.count)
    for reason in ordered[:SHOWN_REASONS]:
        lines.append(f"{title}: {reason.count:,} × {reason.code}")
        for example in reason.examples:
            where = example["file"] + (f":{example['line']}" if example["line"] else "")
            named = f" {example['field']}:" if example["field"] else ""
            lines.append(f"    {where}{named} {example['message']}")
    return lines


def _some(title: str, items: list[str]) -> list[str]:
    if not items:
        return []
    more = len(items) - _SHOWN_PER_LIST
    lines = [f"{title}: {len(items):,}", *(f"    {item}" for item in items[:_SHOWN_PER_LIST])]
    return [*lines, f"    and {more:,} more in the file"] if more > 0 else lines


def _guess(guess: Mapping[str, Any]) -> str:
    use = f", {guess['use']}" if guess["use"] else ""
    room = guess["room"] or "no room"
    return f"{guess['sensor_id']}: {guess['sensor_type']}, {guess['meter_role']}{use}, {room}"


def _token(token: Mapping[str, Any]) -> str:
    state = "" if token["active"] else " (was revoked)"
    resources = ", ".join(token["list_of_resources"]) or "no resource known here"
    return f"{token['name']}: {resources}{state}"
