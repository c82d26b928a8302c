"""The one door for readings: MQTT, HTTP and replay come in here and nowhere else."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.engine import Connection

from domain.foundation.clock import Clock
from domain.foundation.errors import FieldError, InvalidInput, Malformed, TooLarge
from domain.inbox.decode import Batch, decode_objects, parse
from domain.inbox.refusal import Refused
from domain.inbox.service import Inbox, clean, describe
from domain.telemetry.model import Reading, Rejection
from domain.telemetry.service import Telemetry

log = logging.getLogger(__name__)

MOST_OBJECTS = 10_000
HTTP_TOPIC = "POST /api/v1/data/ingest"
LONGEST_HINT = 100
MOST_CAPABILITIES = 20


class Discovering(Protocol):
    """What the door needs of the building."""

    def note_discovered(
        self, sensor_ids: Sequence[str], hints: dict[str, dict[str, Any]]
    ) -> object:
        """Take note of sensors that send and are not registered yet."""


class Receiving(Protocol):
    """What the door needs of a house."""

    @property
    def clock(self) -> Clock: ...  # noqa: D102
    @property
    def zone(self) -> ZoneInfo: ...  # noqa: D102
    @property
    def telemetry(self) -> Telemetry: ...  # noqa: D102
    @property
    def building(self) -> Discovering: ...  # noqa: D102
    @property
    def inbox(self) -> Inbox: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class IngestAnswer:
    """What became of a batch, all committed; a reading is one metric of a sensor at one time."""

    accepted: int
    duplicates: int
    corrected: int
    rejected: list[Rejection]
    warnings: list[str]

    def as_dict(self) -> dict[str, Any]:
        """Give the body of API.md §2."""
        return {
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "corrected": self.corrected,
            "rejected": [rejection._asdict() for rejection in self.rejected],
            "warnings": self.warnings,
        }


def accept(
    house: Receiving, batch: Batch, beside: Callable[[Connection], None] | None = None
) -> IngestAnswer:
    """Store what was decoded, in one transaction, and announce new series to the building.

    `beside` writes what belongs to the same transaction.
    Returns after the commit. An exception means that nothing of the batch was stored.
    """
    rejected = list(batch.rejected)
    accepted = duplicates = corrected = 0
    if batch.readings:
        result = house.telemetry.ingest(batch.readings, beside)
        accepted, duplicates, corrected = result.accepted, result.duplicates, result.corrected
        rejected += [
            Rejection(batch.origins[index], code, message)
            for index, code, message in result.rejected
        ]
        _announce(house, batch.readings, batch.hints)
    rejected.sort(key=lambda rejection: rejection.index)
    return IngestAnswer(accepted, duplicates, corrected, rejected, batch.warnings)


def receive(house: Receiving, body: bytes, *, actor_name: str) -> IngestAnswer:
    """Take the body of an HTTP request: one reading, or an array of at most 10,000.

    Raises:
        Malformed: it is not JSON.
        TooLarge: more than 10,000 objects.
        InvalidInput: one single object, and it was refused.
    """
    try:
        found = parse(body)
    except Refused as refused:
        raise Malformed(refused.message) from None
    if isinstance(found, list) and len(found) > MOST_OBJECTS:
        raise TooLarge(f"At most {MOST_OBJECTS} readings in one request.", MOST_OBJECTS)
    batch = Batch(house.zone, house.clock.now_ms(), known=house.inbox.seen_sensors)
    decode_objects(found, batch)
    answer = accept(house, batch)
    if answer.rejected:
        objects = found if isinstance(found, list) else [found]
        now_ms = house.clock.now_ms()
        house.inbox.keep(
            describe(actor_name, HTTP_TOPIC, msgspec.json.encode(objects[r.index]), r, now_ms)
            for r in answer.rejected
        )
        if not isinstance(found, list) and not (answer.accepted or answer.duplicates):
            first = answer.rejected[0]
            raise InvalidInput(
                first.message,
                [FieldError(r.code, r.message) for r in answer.rejected],
                code=first.code,
            )
    return answer


def _announce(
    house: Receiving, readings: Sequence[Reading], hints: dict[str, dict[str, Any]]
) -> None:
    """A failure here is logged and tried again with the next reading: the readings are stored."""
    new = house.inbox.unseen((reading.sensor_id, reading.metric) for reading in readings)
    if not new:
        return
    try:
        told = {
            sensor_id: {**_clean_hints(hints.get(sensor_id, {})), "metrics": sorted(metrics)}
            for sensor_id, metrics in new.items()
        }
        house.building.note_discovered(sorted(new), told)
        house.inbox.mark_seen(new)
    except Exception:
        log.exception("new sensors could not be noted; tried again with their next reading")


def _clean_hints(hints: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in hints.items():
        if isinstance(value, bool):
            kept[name] = value
        elif isinstance(value, str):
            kept[name] = clean(value, LONGEST_HINT)
        elif name == "control_capabilities" and isinstance(value, list):
            kept[name] = [
                clean(word, LONGEST_HINT)
                for word in value[:MOST_CAPABILITIES]
                if isinstance(word, str)
            ]
    return kept
