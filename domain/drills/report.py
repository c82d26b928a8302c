"""The report of a drill as it is kept: everything it cites, word for word. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.control import words
from domain.control.command_store import CommandStep
from domain.drills.judge import Seen, band
from domain.drills.model import FAULTS, Drill, Line, Summary
from domain.foundation.clock import from_ms, iso_utc

COLUMNS = ("at_utc", "kind", "id", "what", "value", "unit", "words")
LIST_COLUMNS = (
    "drill",
    "asked_at_utc",
    "ended_at_utc",
    "device_id",
    "device",
    "fault",
    "result",
    "seconds_to_safety",
    "limit_s",
    "by",
)
Cell = str | int | float | None


def summary(drill: Drill) -> Summary:
    """What the list shows of an ended drill."""
    return Summary(
        drill_id=drill.drill_id,
        device_id=drill.device_id,
        device_name=drill.device_name,
        fault=drill.fault,
        by_name=drill.by_name,
        asked_ms=drill.asked_ms,
        ended_ms=drill.ended_ms or drill.asked_ms,
        result=drill.result or "aborted",
        seconds_to_safety=drill.seconds_to_safety,
        limit_s=drill.limit.total_s,
    )


def written(
    drill: Drill,
    seen: Seen,
    lines: Sequence[Line],
    steps: Mapping[str, Sequence[CommandStep]],
    speed: float,
) -> dict[str, object]:
    """The report as JSON; moments are building time [epoch ms], powers kW."""
    told = next((c for c in seen.commands if c.command_id == drill.command_id), None)
    low, high = band(told) if told else (None, None)
    kind = FAULTS[drill.fault]
    return {
        "why": drill.why,
        "speed": speed,
        "fault": {
            "kind": drill.fault,
            "label": kind.label,
            "done": kind.done,
            "protection": kind.protection,
            "from_ms": drill.fault_from_ms,
            "until_ms": drill.fault_until_ms,
        },
        "told": {
            "command_id": drill.command_id,
            "words": words.act(drill.command, drill.value),
            "low_kw": low,
            "high_kw": high,
        },
        "series": {"sensor_id": drill.sensor_id, "metric": drill.metric},
        "limit": [{"name": name, "seconds": seconds} for name, seconds in drill.limit.parts],
        "shown_ms": drill.shown_ms,
        "safe_ms": drill.safe_ms,
        "lines": [
            {
                "what": line.what,
                "ok": line.ok,
                "words": line.words,
                "commands": list(line.commands),
                "events": list(line.events),
                "readings": [list(one) for one in line.readings],
            }
            for line in lines
        ],
        "commands": [
            {
                "command_id": command.command_id,
                "words": words.act(command.command, command.value),
                "owner": command.owner,
                "owner_name": command.owner_name,
                "state": command.state,
                "evidence": command.evidence,
                "reason": command.reason,
                "times_sent": command.times_sent,
                "last_sent_ms": command.last_sent_ms,
                "steps": [
                    {"at_ms": step.at_ms, "state": step.state, "words": step.words}
                    for step in steps.get(command.command_id, ())
                ],
            }
            for command in seen.commands
        ],
        "events": [
            {
                "event_id": event.event_id,
                "severity": event.severity,
                "cause": event.cause,
                "started_ms": event.started_ms,
                "rang_ms": event.rang_ms,
                "cleared_ms": event.cleared_ms,
            }
            for event in seen.events
        ],
        "readings": [list(one) for one in drill.readings],
    }


def report_rows(report: Mapping[str, object]) -> list[Sequence[Cell]]:
    """Everything a report cites, in the order of time, under `COLUMNS`."""
    rows: list[tuple[int, Sequence[Cell]]] = []

    def add(at_ms: int, *cells: Cell) -> None:
        rows.append((at_ms, (_utc(at_ms) if at_ms else None, *cells)))

    for line in _listed(report["lines"]):
        state = "ok" if line["ok"] else "not ok"
        add(0, "judged", None, str(line["what"]), state, None, str(line["words"]))
    for command in _listed(report["commands"]):
        what, ident = str(command["words"]), str(command["command_id"])
        for step in _listed(command["steps"]):
            at_ms, state = int(str(step["at_ms"])), str(step["state"])
            add(at_ms, "command", ident, what, state, None, str(step["words"]))
    for event in _listed(report["events"]):
        at_ms, ident = int(str(event["rang_ms"])), str(event["event_id"])
        add(at_ms, "event", ident, "rang", str(event["severity"]), None, str(event["cause"]))
    series = report["series"]
    sensor_id = str(series["sensor_id"]) if isinstance(series, Mapping) else None
    readings = report["readings"]
    for at_ms, power_kw in readings if isinstance(readings, list) else ():
        add(int(at_ms), "reading", sensor_id, "power", float(power_kw), "kW", "")
    return [row for _, row in sorted(rows, key=lambda one: one[0])]


def list_rows(reports: Sequence[Summary]) -> list[Sequence[Cell]]:
    """One line a report under `LIST_COLUMNS`."""
    return [
        (
            one.drill_id,
            _utc(one.asked_ms),
            _utc(one.ended_ms),
            one.device_id,
            one.device_name,
            one.fault,
            one.result,
            one.seconds_to_safety,
            one.limit_s,
            one.by_name,
        )
        for one in reports
    ]


def _listed(raw: object) -> list[Mapping[str, object]]:
    return [one for one in raw if isinstance(one, Mapping)] if isinstance(raw, list) else []


def _utc(at_ms: int) -> str:
    return iso_utc(from_ms(at_ms))
