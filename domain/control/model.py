"""Devices, intents and commands as plain values, without SQL and without clocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

DEVICE_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "hvac": "Air conditioning",
        "heat_pump": "Heat pump",
        "water_heater": "Water heater",
        "lamp": "Lamps",
        "sockets": "Sockets",
        "appliance": "Appliance",
        "ev_charger": "Car charger",
        "blind": "Blind",
        "fan": "Ventilation",
        "pump": "Pump",
        "battery": "Battery",
        "other": "Other",
    }
)
SAFE_STATES: Mapping[str, str] = MappingProxyType(
    {"own_rule": "Its own rule", "off": "Off", "on": "On"}
)
SHARINGS: Mapping[str, str] = MappingProxyType({"local": "Local", "virtual": "Virtual"})
MODES = ("auto", "heat", "cool", "off")
ASPECT_OF_COMMAND: Mapping[str, str] = MappingProxyType(
    {
        "on": "run",
        "off": "run",
        "set_power_kw": "run",
        "set_setpoint_c": "setpoint",
        "set_mode": "mode",
        "set_shed_percent": "shed",
    }
)
"""Commands of one aspect replace each other; different aspects hold side by side."""
ASPECTS = ("run", "setpoint", "mode", "shed")
RELEASE = "release"

Value = float | str | None


@dataclass(frozen=True, slots=True)
class Range:
    """Lowest and highest value, and the step between two values (0 takes any)."""

    low: float
    high: float
    step: float = 0.0

    def as_list(self) -> list[float]:
        """As the API writes it."""
        return [self.low, self.high, self.step]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a device can be told; None and empty are what it cannot."""

    on_off: bool = False
    power_kw: Range | None = None
    setpoint_c: Range | None = None
    mode: tuple[str, ...] = ()
    shed_percent: Range | None = None

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands it understands, without `release`, which every device takes."""
        has = (
            ("on", self.on_off),
            ("off", self.on_off),
            ("set_power_kw", self.power_kw),
            ("set_setpoint_c", self.setpoint_c),
            ("set_mode", self.mode),
            ("set_shed_percent", self.shed_percent),
        )
        return tuple(command for command, ability in has if ability)

    def as_dict(self) -> dict[str, object]:
        """As the API and the database write it: only what there is."""
        found: dict[str, object] = {"on_off": True} if self.on_off else {}
        for name in ("power_kw", "setpoint_c", "shed_percent"):
            limits: Range | None = getattr(self, name)
            if limits is not None:
                found[name] = limits.as_list()
        if self.mode:
            found["mode"] = list(self.mode)
        return found


@dataclass(frozen=True, slots=True)
class Device:
    """A registered device; `meter` names the series that measures its power, alone or with others.

    `ramp_s` is how long it needs to reach a new power.
    """

    device_id: str
    name: str
    device_type: str
    room_id: int | None
    meter_sensor_id: str | None
    meter_metric: str | None
    capabilities: Capabilities
    min_on_s: int
    min_off_s: int
    ramp_s: int
    safe_state: str
    dr_enabled: bool
    critical: bool
    sharing: str
    version: int
    test_command_id: str | None = None
    """The command that moved it before it was registered; None where nobody tested it."""

    @property
    def meter(self) -> tuple[str, str] | None:
        """Sensor and metric of its meter."""
        if self.meter_sensor_id is None or self.meter_metric is None:
            return None
        return self.meter_sensor_id, self.meter_metric


@dataclass(frozen=True, slots=True)
class Report:
    """What a device last said of itself, and since when it says so; on building time.

    `said_ms` is the state's own time, `heard_ms` when it arrived; `on_since_ms` the state in
    which it first said what it still says of being on.
    """

    device_id: str
    power_kw: float | None = None
    on: bool | None = None
    setpoint_c: float | None = None
    mode: str | None = None
    soc_percent: float | None = None
    said_ms: int | None = None
    heard_ms: int | None = None
    on_since_ms: int | None = None
    available: bool | None = None
    available_ms: int | None = None


SAYS_EVERY_S = 10.0
"""How often a device is expected to say how it is, where its own power series does not tell."""


@dataclass(frozen=True, slots=True)
class DeviceNow:
    """A device with what it says and what its meter shows.

    `state` is fresh, late, stale, dead or missing; `power_source` is meter, reported or None.
    """

    device: Device
    room: str | None
    report: Report
    state: str
    power_kw: float | None
    power_ts_ms: int | None
    power_interval_s: float | None
    power_state: str
    power_source: str | None
    alone_on_meter: bool

    @property
    def stale(self) -> bool:
        """Whether what it says no longer describes it."""
        return self.state not in ("fresh", "late")


@dataclass(frozen=True, slots=True)
class Trial:
    """A device that somebody tests before it is registered, until a moment at the latest."""

    device: Device
    by_name: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Discovered:
    """A device that speaks although nobody registered it."""

    report: Report
    name: str
    room_id: int | None
    guess: Capabilities = field(default_factory=Capabilities)
    guessed_type: str = "other"
    trial: Trial | None = None
    """Set while somebody tests it."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How many devices there are, and how they stand."""

    total: int
    by_type: Mapping[str, int]
    by_status: Mapping[str, int]
    dr_enabled: int
    discovered: int
