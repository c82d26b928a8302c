"""Readings and snapshots of the original, through the same door as live data."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from data_ingest.original.building import Sensors
from data_ingest.original.extended import Moment
from data_ingest.original.kinds import TIMES
from data_ingest.original.meaning import meaning_of
from data_ingest.original.names import text_of, usable_id
from data_ingest.original.report import Place, Report
from domain.foundation.units import METRICS
from domain.house import House
from domain.inbox.decode import LARGEST_INT, Batch, decode_object
from domain.inbox.door import accept
from domain.telemetry.model import Rejection
from domain.telemetry.screen import screen, unseen_series

READINGS_AT_ONCE = 20_000
FIELD_OF = {
    "no_timestamp": "timestamp",
    "bad_timestamp": "timestamp",
    "in_future": "timestamp",
    "too_old": "timestamp",
    "bad_interval": "interval_s",
    "unknown_metric": "metric",
}
NOT_READ = frozenset({"_id", "__v", "_class", "id", "sensor_id", "sensorId", "device_id", "type"})
Document = Mapping[str, Any]
Item = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Options:
    """How the dump's values are to be read where it cannot say so itself."""

    dates_are_local: bool = False
    """The original's server ran on the building's zone, so its `$date` is local time."""
    tenfold: frozenset[str] = frozenset()
    """Metrics that snapshots hold ten times too large."""


@dataclass
class Readings:
    """Collects until there are enough for one transaction."""

    house: House
    report: Report
    sensors: Sensors
    options: Options
    stored: Callable[[], None]
    """Called after each transaction."""
    _batch: Batch = field(init=False)
    _places: list[Place] = field(init=False)
    _warnings: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._begin()

    def take(self, document: Document, place: Place) -> None:
        """Add one document: the old or the enhanced model, or a snapshot of many devices."""
        for original, item in self._items(document, place):
            sensor_id = usable_id(original)
            self.report.map_id(original, sensor_id)
            if sensor_id != original:
                item.setdefault("name", original)
            if "value" in item and not item.get("unit") and sensor_id in self.sensors.units:
                item["unit"] = self.sensors.units[sensor_id]
            self._places.append(place)
            known = len(self._warnings)
            decode_object(item, sensor_id, self._batch, len(self._places) - 1, None)
            if len(self._warnings) > known:
                self.report.readings.note("ignored_field", place, self._warnings[-1])
        if len(self._batch.readings) + len(self._batch.rejected) >= READINGS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Store what was collected, in one transaction; sent again, it changes nothing."""
        if not self._places:
            return
        tally = self.report.readings
        if self.report.dry_run:
            refusals = self._would_refuse()
            tally.taken += len(self._batch.readings) - len(refusals)
            refusals += self._batch.rejected
        else:
            answer = accept(self.house, self._batch)
            tally.taken += answer.accepted
            tally.already_there += answer.duplicates
            tally.corrected += answer.corrected
            refusals = answer.rejected
        for index, code, message in refusals:
            tally.refuse(code, self._places[index], message, _field(code, message))
        self._begin()
        self.stored()

    def _begin(self) -> None:
        self._places = []
        self._batch = Batch(
            self.house.zone,
            self.house.clock.now_ms(),
            type_of=self._type_of,
            known=self.house.inbox.seen_sensors,
            warnings=self._warnings,
        )

    def _type_of(self, sensor_id: str) -> str | None:
        return self.house.building.sensor_type(sensor_id) or self.sensors.types.get(sensor_id)

    def _would_refuse(self) -> list[Rejection]:
        """What telemetry would turn away, asked without storing."""
        batch = self._batch
        known = {r[:2]: unseen_series(r) for r in batch.readings}
        known |= {series.key: series for series in self.house.telemetry.series()}
        found = screen(batch.readings, known, batch.now_ms).rejected
        return [Rejection(batch.origins[index], code, words) for index, code, words in found]

    def _items(self, document: Document, place: Place) -> Iterator[Item]:
        when = self._when(document, place)
        if type(document.get("iots")) is list:
            yield from self._snapshot(document["iots"], when, place)
        elif type(document.get("batteries")) is list:
            yield from self._snapshot(document["batteries"], when, place)
        elif "iot_values" in document or type(document.get("values")) is list:
            yield from self._snapshot([document], when, place)
        else:
            yield from self._flat(document, when, place)

    def _flat(self, document: Document, when: object, place: Place) -> Iterator[Item]:
        said = next(
            (document[n] for n in ("sensor_id", "sensorId", "device_id") if n in document), None
        )
        original = text_of(said)
        if original is None:
            self.report.readings.refuse(
                "no_sensor", place, "The field sensor_id is missing or no text.", "sensor_id"
            )
            return
        item = {n: v for n, v in document.items() if n not in NOT_READ and n not in TIMES}
        if isinstance(document.get("type"), str):
            item.setdefault("sensor_type", document["type"])
        yield original, {**item, "timestamp": when}

    def _when(self, document: Document, place: Place) -> object:
        when = next((document[n] for n in TIMES if document.get(n) is not None), None)
        if not isinstance(when, Moment):
            return when
        if self.options.dates_are_local:
            return when.wall
        if "iots" in document or "batteries" in document:
            words = "$date taken as UTC; if the server's clock was local, use --dates local."
            self.report.readings.note("dates_as_utc", place, words, "datetime")
        return when.epoch_ms / 1000

    def _snapshot(self, devices: list[Any], when: object, place: Place) -> Iterator[Item]:
        for device in devices:
            original = text_of(device.get("name")) if type(device) is dict else None
            if original is None:
                self.report.readings.refuse(
                    "no_sensor", place, "A device of the snapshot has no name.", "name"
                )
                continue
            items: dict[str, dict[str, Any]] = {}
            for value in _values(device):
                self._add_value(items, original, value, place)
            for name, metrics in items.items():
                room = self.sensors.room_of(original)
                hints = {"room": room} if room else {}
                yield name, {**metrics, **hints, "timestamp": when}

    def _add_value(
        self, items: dict[str, dict[str, Any]], original: str, value: Any, place: Place
    ) -> None:
        meaning = meaning_of(value)
        if meaning is None:
            said = value.get("type") if type(value) is dict else value
            words = f"“{str(said)[:40]}” of {original[:60]} is no metric."
            self.report.readings.refuse("unknown_metric", place, words, "type")
            return
        raw = value.get("values", value.get("value"))
        if raw is None:
            return  # the device had not answered since the server started
        if isinstance(raw, bool) and METRICS[meaning.metric].kind == "state":
            raw = float(raw)
        tenths = meaning.tenths or meaning.metric in self.options.tenfold
        if tenths and isinstance(raw, int | float) and not isinstance(raw, bool):
            raw = raw / 10 if abs(raw) <= LARGEST_INT else math.inf
        name = f"{original} {meaning.part}" if meaning.part else original
        self._note_range(meaning.metric, raw, original, place)
        items.setdefault(name, {})[meaning.metric] = {"value": raw, "unit": meaning.unit}

    def _note_range(self, metric: str, raw: object, original: str, place: Place) -> None:
        """The original's room sensors sent tenths: 235 is 23.5 °C and must not pass in silence."""
        if metric in ("temperature", "humidity") and isinstance(raw, int | float):
            low, high = METRICS[metric].low, METRICS[metric].high
            if high < raw <= high * 10 or raw < low:
                words = f"{metric} {raw:g} of {original[:60]}: tenths? Then use --tenfold {metric}."
                self.report.readings.note("out_of_range", place, words, metric)


def _values(device: Document) -> list[Any]:
    """Its values as the original listed them, or, of a battery, as fields."""
    listed = device.get("values", device.get("iot_values"))
    if type(listed) is list:
        return listed
    return [
        {"type": name, "values": device[name]}
        for name in ("soc", "charge", "stored_energy", "charging_rate", "power")
        if name in device
    ]


def _field(code: str, message: str) -> str:
    if code in FIELD_OF:
        return FIELD_OF[code]
    return next((word for word in re.findall(r"[a-z0-9_]+", message) if word in METRICS), "value")
