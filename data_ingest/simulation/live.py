"""The building as it lives on the broker: readings in their turn, devices that obey, faults."""

import heapq
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from data_ingest.simulation import layout, sensors
from data_ingest.simulation.clock import BuildingTime
from data_ingest.simulation.controls import OWN_RULE, Order
from data_ingest.simulation.devices import ControlledDevice
from data_ingest.simulation.engine import Engine
from data_ingest.simulation.faults import LATE_S, Faults, distorted

log = logging.getLogger(__name__)
Publish = Callable[[str, str, object, bool], None]  # device id or "", topic, payload, retain
CATCH_UP_S: Final = 900.0  # what was missed longer ago is history, not news
WAIT_S: Final = 0.25
SIMULATION: Final = "simulation/set"
_SPECS: Final = {sensor.sensor_id: sensor for sensor in sensors.SENSORS}


@dataclass(frozen=True, order=True)
class _Due:
    at_s: float
    target: str


@dataclass(frozen=True, order=True)
class _Held:
    until_s: float
    number: int
    topic: str
    payload: object
    device_id: str
    retain: bool


class LiveBuilding:
    """Owns engine, devices and faults; all its work is done in the thread that calls `pump`."""

    def __init__(
        self, engine: Engine, clock: BuildingTime, publish: Publish, journal: Path | None
    ) -> None:
        self.engine, self._clock, self._publish = engine, clock, publish
        self._journal = journal
        self._devices = {spec.device_id: ControlledDevice(spec) for spec in layout.DEVICES}
        self._orders: dict[str, Order] = {}
        self._faults = Faults()
        self._stuck: dict[str, dict[str, Any]] = {}
        self._held: list[_Held] = []
        self._held_count = 0
        self.inbox: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._pace = sensors.pace(clock.speed)
        self._due = self._schedule(engine.present.begin_s)

    def run(self, stopped: threading.Event, each_round: Callable[[], None]) -> None:
        """Lives until `stopped`; wakes for messages and for the next reading due."""
        while not stopped.is_set():
            self.pump(self._clock.now_s())
            each_round()
            wait_s = min(self._clock.real_seconds_until(self._due[0].at_s), WAIT_S)
            try:
                source, message = self.inbox.get(timeout=max(wait_s, 0.005))
            except queue.Empty:
                continue
            self.hear(source, message, self._clock.now_s())

    def hear(self, source: str, message: bytes, now_s: float) -> None:
        """Takes a `set` message of a device, or a fault when the source is SIMULATION."""
        self.pump(now_s)
        if source == SIMULATION:
            self._faults.switch(message, now_s)
            return
        fault = self._faults.of(source, now_s)
        answer = self._devices[source].receive(message, now_s, fault)
        if answer.changed:
            self._obey(source, now_s)
        self._record(answer.effects)
        for ack in answer.acks:
            self._say(fault, source, f"devices/{source}/ack", ack, now_s, retain=False)
        if answer.changed:
            self._device_state(source, now_s)

    def pump(self, now_s: float) -> None:
        """Brings the building up to now: leases, steps, readings due, held-back messages."""
        while True:
            horizon = min(now_s, self.engine.present.end_s)
            for device_id, device in self._devices.items():
                effects = device.lapse(horizon)
                if effects:
                    self._obey(device_id, horizon)
                    self._record(effects)
                    self._device_state(device_id, horizon)
            self._readings(horizon, now_s)
            if now_s < self.engine.present.end_s:
                break
            self.engine.next_step()
        while self._held and self._held[0].until_s <= now_s:
            late = heapq.heappop(self._held)
            self._publish(late.device_id, late.topic, late.payload, late.retain)

    def _schedule(self, begin_s: float) -> list[_Due]:
        """First moment of each sensor and device, spread evenly over their intervals."""
        due: list[_Due] = []
        targets = [(s.sensor_id, s.interval_s) for s in sensors.SENSORS]
        targets += [(d, 10) for d in self._devices if d not in _SPECS]
        for position, (target, interval_s) in enumerate(targets):
            period_s = interval_s * self._pace
            phase_s = round(period_s * position / len(targets), 1)
            first = begin_s // period_s * period_s + phase_s
            due.append(_Due(first if first >= begin_s else first + period_s, target))
        heapq.heapify(due)
        return due

    def _readings(self, horizon_s: float, now_s: float) -> None:
        while self._due[0].at_s < self.engine.present.end_s and self._due[0].at_s <= horizon_s:
            due = self._due[0]
            spec = _SPECS.get(due.target)
            period_s = (spec.interval_s if spec else 10) * self._pace
            heapq.heapreplace(self._due, _Due(due.at_s + period_s, due.target))
            if now_s - due.at_s > CATCH_UP_S:
                continue
            if spec is not None:
                self._sensor_reading(spec, due.at_s)
            if due.target in self._devices:
                self._device_state(due.target, due.at_s)

    def _sensor_reading(self, spec: sensors.SensorSpec, at_s: float) -> None:
        fault = self._faults.of(spec.sensor_id, at_s)
        shown = distorted(fault, self.engine.reading(spec, at_s))
        message: dict[str, Any] = {"timestamp": round(at_s, 3), "sensor_type": spec.sensor_type}
        if spec.room is not None:
            message["room"] = spec.room
        for metric, value in self._kept(fault, spec.sensor_id, shown).items():
            message[metric] = {"value": value, "unit": sensors.UNITS[metric]}
        self._say(fault, "", f"telemetry/{spec.sensor_id}", message, at_s, retain=False)

    def _device_state(self, device_id: str, at_s: float) -> None:
        fault = self._faults.of(device_id, at_s)
        order = self._orders.get(device_id, OWN_RULE)
        state: dict[str, Any] = self.engine.device_state(device_id, order)
        state |= distorted(fault, {k: v for k, v in state.items() if type(v) is float})
        state = self._kept(fault, f"state {device_id}", state)
        topic = f"devices/{device_id}/state"
        self._say(
            fault, device_id, topic, {"timestamp": round(at_s, 3), **state}, at_s, retain=True
        )

    def _kept(self, fault: str | None, key: str, values: dict[str, Any]) -> dict[str, Any]:
        """While stuck, the values shown first; else these."""
        if fault != "stuck":
            self._stuck.pop(key, None)
            return values
        return self._stuck.setdefault(key, values)

    def _say(
        self, fault: str | None, device_id: str, topic: str, payload: object, now_s: float,
        *, retain: bool,
    ) -> None:  # fmt: skip
        """Publishes, unless the speaker is silent; what a late one says waits LATE_S."""
        if fault == "silent":
            return
        if fault == "late":
            self._held_count += 1
            held = _Held(now_s + LATE_S, self._held_count, topic, payload, device_id, retain)
            heapq.heappush(self._held, held)
            return
        self._publish(device_id, topic, payload, retain)

    def _obey(self, device_id: str, at_s: float) -> None:
        """Lets the physics follow what the device is now told."""
        self._orders[device_id] = self._devices[device_id].order()
        self.engine.tell(self._orders, at_s)

    def _record(self, effects: list[dict[str, Any]]) -> None:
        if self._journal is None or not effects:
            return
        with self._journal.open("ab") as file:
            for effect in effects:
                file.write(orjson.dumps(effect) + b"\n")
