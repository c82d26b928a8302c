"""A small house at the hub's ports: what it asks of telemetry, building, energy and access."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from api.live_client import Client
from domain.access.policy import Actor
from domain.building.attention import Need
from domain.building.comfort import Comfort, ComfortState
from domain.building.model import Room, RoomLive
from domain.foundation.bus import Bus
from domain.foundation.clock import FixedClock
from domain.telemetry.model import Latest, Reading

NOW_S = 1_781_600_400
NOW_MS = NOW_S * 1000


def a_reading(sensor: str = "METER_LAB", value: float = 1.5, ts_ms: int = NOW_MS) -> Reading:
    metric = "temperature" if sensor.startswith("CLIMATE") else "power"
    return Reading(sensor, metric, ts_ms, value)


def a_latest(reading: Reading) -> Latest:
    unit = "°C" if reading.metric == "temperature" else "kW"
    return Latest(reading.sensor_id, reading.metric, reading.ts_ms, reading.value, unit, 10.0, 0)


def a_room(room_id: int = 7, name: str = "Lab") -> Room:
    return Room(room_id, name, "Ground", 0, 8, 40.0, Comfort(), {}, 1)


@dataclass
class FakeTelemetry:
    known: dict[tuple[str, str], Latest] = field(default_factory=dict)

    def latest(self) -> dict[tuple[str, str], Latest]:
        return self.known

    def store(self, *readings: Reading) -> list[Reading]:
        for reading in readings:
            self.known[reading.sensor_id, reading.metric] = a_latest(reading)
        return list(readings)


@dataclass
class FakeBuilding:
    telemetry: FakeTelemetry
    lab: Room = field(default_factory=a_room)
    power_kw: float = 2.0
    asked: int = 0

    def name(self) -> str:
        return "Harbour House"

    def rooms(self) -> list[Room]:
        return [self.lab, a_room(8, "Studio")]

    def placement(self) -> dict[str, Room | None]:
        outside = {"METER_MAIN": None, "CLIMATE_ROOF": None}
        return {"METER_LAB": self.lab, "CLIMATE_LAB": self.lab, **outside}

    def sensor_type(self, sensor_id: str) -> str | None:
        return "weather" if sensor_id == "CLIMATE_ROOF" else "energy_meter"

    def live_rooms(self) -> list[RoomLive]:
        self.asked += 1
        comfort = ComfortState("in_band", "In band", "ok")
        return [RoomLive(r, {}, comfort, self.power_kw, (), NOW_MS, 10.0, 0) for r in self.rooms()]


@dataclass
class FakeEnergy:
    consumption_kw: float = 12.5
    asked: int = 0

    def frame(self) -> dict[str, Any]:
        self.asked += 1
        return {"consumption_kw": self.consumption_kw, "ts_ms": NOW_MS, "state": "fresh"}


@dataclass
class FakeWatch:
    lines: list[Need] = field(default_factory=list)
    asked: int = 0

    def needs(self) -> list[Need]:
        self.asked += 1
        return list(self.lines)


@dataclass
class FakeAccess:
    tokens: dict[str, Actor] = field(default_factory=dict)
    ended: set[tuple[str, str]] = field(default_factory=set)
    refusals: list[tuple[str, object, object]] = field(default_factory=list)

    def note_refusal(self, actor: Actor, target: str, details: dict[str, object]) -> None:
        self.refusals.append((target, details["topics"], details["clause"]))

    def actor_of_token(self, token: str) -> Actor:
        from domain.foundation.errors import NotSignedIn

        if token not in self.tokens:
            raise NotSignedIn("This token is not valid.")
        return self.tokens[token]

    def still_valid(self, actor: Actor) -> bool:
        return actor.credential not in self.ended


@dataclass
class FakeHouse:
    bus: Bus = field(default_factory=Bus)
    clock: FixedClock = field(default_factory=lambda: FixedClock(_moment()))
    telemetry: FakeTelemetry = field(default_factory=FakeTelemetry)
    energy: FakeEnergy = field(default_factory=FakeEnergy)
    access: FakeAccess = field(default_factory=FakeAccess)
    watch: FakeWatch = field(default_factory=FakeWatch)
    money: Any = field(default_factory=lambda: SimpleNamespace(today=SimpleNamespace(frame=dict)))
    alarms: Any = field(default_factory=lambda: SimpleNamespace(tell=lambda: None))
    control: Any = field(default_factory=lambda: SimpleNamespace(stopped=lambda: None))
    drills: Any = field(default_factory=lambda: SimpleNamespace(announced=lambda: None))
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Lisbon"))
    settings: Any = field(default_factory=lambda: SimpleNamespace(public_url=None))
    building: FakeBuilding = field(init=False)

    def __post_init__(self) -> None:
        self.building = FakeBuilding(self.telemetry)

    def store(self, *readings: Reading) -> None:
        """What telemetry does after a commit."""
        self.bus.publish("readings", self.telemetry.store(*readings))


def _moment() -> Any:
    from domain.foundation.clock import from_ms

    return from_ms(NOW_MS)


def a_client(actor: Actor | None = None) -> Client:
    client = Client(lambda: None)
    client.actor = actor or Actor("Ana", "viewer", 1, credential=("session", "s1"))
    return client
