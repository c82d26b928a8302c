"""Where rules stand and what they decided, as text for the database. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict

from domain.alarms.evaluate import Row, State
from domain.automation.machine import Standing
from domain.automation.model import Decision, Judged, Told


def write_standing(standing: Standing) -> str:
    """Where a rule stands; when it fired is kept beside."""
    return json.dumps(
        {
            "begun_ms": standing.begun_ms,
            "until_ms": standing.until_ms,
            "trigger": asdict(standing.trigger),
            "last": {str(key): list(row) for key, row in standing.last.items()},
            "step_id": standing.step_id,
        }
    )


def read_standing(text: str, fired_ms: int | None) -> Standing:
    """Where a rule stands, read back."""
    raw = json.loads(text)
    last: dict[int, Row] = {int(key): (row[0], row[1], row[2]) for key, row in raw["last"].items()}
    return Standing(
        raw["begun_ms"], raw["until_ms"], State(**raw["trigger"]), last, fired_ms, raw["step_id"]
    )


def write_decision(decision: Decision) -> str:
    """What made a rule decide, without when and what came of it."""
    return json.dumps(
        {
            "since_ms": decision.since_ms,
            "ready_ms": decision.ready_ms,
            "trigger": asdict(decision.trigger),
            "conditions": [asdict(judged) for judged in decision.conditions],
        }
    )


def read_decision(text: str, at_ms: int, outcome: str) -> Decision:
    """What a rule decided, read back."""
    raw = json.loads(text)
    conditions = tuple(Judged(**judged) for judged in raw["conditions"])
    return Decision(
        at_ms, raw["since_ms"], outcome, Judged(**raw["trigger"]), conditions, raw["ready_ms"]
    )


def write_told(told: tuple[Told, ...]) -> str:
    """Who is told what."""
    return json.dumps([asdict(one) for one in told])


def read_told(text: str) -> tuple[Told, ...]:
    """Who is told what, read back."""
    listed: list[Mapping[str, object]] = json.loads(text)
    return tuple(Told(**one) for one in listed)  # type: ignore[arg-type]
