"""What stands in Alameda Offices: rooms, loads, meters, devices and batteries, as data."""

from dataclasses import dataclass
from typing import Final

BUILDING_NAME: Final = "Alameda Offices"


@dataclass(frozen=True)
class RoomSpec:
    """One room; `facing_deg` is where its windows look (0 north, 90 east), None without windows."""

    name: str
    floor: str
    floor_order: int
    capacity: int
    area_m2: float
    window_m2: float
    facing_deg: float | None
    heat_kw: float
    cool_kw: float
    heat_to_c: float
    cool_to_c: float
    air_m3_h: float
    standby_kw: float
    desk_kw: float
    lamp_w_m2: float
    comfort: tuple[float, float] = (21.0, 26.0)
    boiler: bool = False
    always_on: bool = False

    @property
    def key(self) -> str:
        """The room's part of a sensor id."""
        return "".join(c if c.isalnum() else "_" for c in self.name).upper()


ROOMS: Final[tuple[RoomSpec, ...]] = (
    # name, floor, order, seats, m2, window m2, facing, heat kW, cool kW, heat to, cool to,
    # air m3/h, standby kW, kW a person, lamps W/m2
    RoomSpec("Studio", "2nd", 2, 12, 95, 22, 270, 9, 10, 22.3, 23.8, 520, 0.50, 0.190, 9.0),
    RoomSpec("Training room", "2nd", 2, 20, 80, 16, 180, 8, 9.0, 22.3, 23.9, 640, 0.25, 0.055, 9.0),
    RoomSpec("Boardroom", "2nd", 2, 14, 55, 14, 90, 6, 7.0, 21.6, 22.4, 430, 0.20, 0.050, 9.0),
    RoomSpec("Library", "2nd", 2, 10, 70, 12, 0, 6, 6.0, 22.2, 23.6, 260, 0.20, 0.080, 8.0),
    RoomSpec("Open office North", "1st", 1, 30, 160, 34, 0, 13, 14, 22.3, 23.6, 1100,
             0.70, 0.145, 8.5),
    RoomSpec("Open office South", "1st", 1, 28, 140, 38, 180, 11, 7.0, 22.3, 24.1, 950,
             0.65, 0.155, 8.5),
    RoomSpec("Meeting 1.1", "1st", 1, 8, 24, 6, 90, 3.5, 3.5, 22.2, 23.5, 125, 0.10, 0.050, 9.0),
    RoomSpec("Meeting 1.2", "1st", 1, 8, 24, 6, 270, 3.5, 3.5, 22.2, 23.5, 260, 0.10, 0.050, 9.0),
    RoomSpec("Reception", "Ground", 0, 6, 90, 26, 180, 10, 9.0, 21.6, 23.9, 420, 0.60, 0.220, 10.0,
             (20.0, 26.0), boiler=True),
    RoomSpec("Canteen", "Ground", 0, 60, 150, 30, 270, 12, 14, 21.8, 24.0, 1500, 0.40, 0.005, 8.0,
             boiler=True),
    RoomSpec("Lab", "Ground", 0, 10, 110, 14, 0, 9, 13, 20.8, 22.2, 700, 3.30, 0.240, 10.0,
             (20.0, 25.0), always_on=True),
    RoomSpec("Server room", "Ground", 0, 2, 30, 0, None, 0, 14, 10.0, 19.8, 60, 6.80, 0.100, 8.0,
             (18.0, 25.0), always_on=True),
)  # fmt: skip
ROOM_COUNT: Final = len(ROOMS)
ROOM_INDEX: Final = {room.name: index for index, room in enumerate(ROOMS)}
ROOM_USES: Final = ("climate", "lighting", "equipment")


@dataclass(frozen=True)
class BatterySpec:
    """One battery; energy between the two limits is what its own rule uses."""

    battery_id: str
    name: str
    capacity_kwh: float
    power_kw: float
    soc_min_percent: float = 10.0
    soc_max_percent: float = 95.0


BATTERIES: Final = (
    BatterySpec("BATT001", "Battery 1", 50.0, 20.0),
    BatterySpec("BATT002", "Battery 2", 50.0, 20.0),
    BatterySpec("BATT003", "Battery 3", 25.0, 12.0),
)


@dataclass(frozen=True)
class DeviceSpec:
    """One controllable device and the commands it understands, with the limits of their values."""

    device_id: str
    name: str
    device_type: str
    room: str | None
    commands: tuple[str, ...]
    power_kw: tuple[float, float] | None = None
    setpoint_c: tuple[float, float] | None = None


_CLIMATE: Final = ("on", "off", "set_setpoint_c", "set_mode", "set_shed_percent", "release")
_SWITCH: Final = ("on", "off", "release")
_DIMMED: Final = ("on", "off", "set_shed_percent", "release")

DEVICES: Final = (
    DeviceSpec("DEVICE_001", "Heat pump North", "heat_pump", "Open office North", _CLIMATE,
               setpoint_c=(16, 30)),
    DeviceSpec("DEVICE_002", "Air conditioning South", "hvac", "Open office South", _CLIMATE,
               setpoint_c=(16, 30)),
    DeviceSpec("DEVICE_003", "Air conditioning Studio", "hvac", "Studio", _CLIMATE,
               setpoint_c=(16, 30)),
    DeviceSpec("DEVICE_004", "Heat pump Training room", "heat_pump", "Training room", _CLIMATE,
               setpoint_c=(16, 30)),
    DeviceSpec("DEVICE_005", "Server room cooling", "hvac", "Server room", _CLIMATE,
               setpoint_c=(16, 27)),
    DeviceSpec("DEVICE_006", "Canteen water heater", "water_heater", "Canteen",
               ("on", "off", "set_setpoint_c", "set_shed_percent", "release"), setpoint_c=(45, 75)),
    DeviceSpec("DEVICE_007", "Canteen dishwasher", "appliance", "Canteen", _SWITCH),
    DeviceSpec("DEVICE_008", "Lamps Open office South", "lamp", "Open office South", _DIMMED),
    DeviceSpec("DEVICE_009", "Lab sockets", "sockets", "Lab", _SWITCH),
    DeviceSpec("DEVICE_010", "Car charger", "ev_charger", None,
               ("on", "off", "set_power_kw", "set_shed_percent", "release"), power_kw=(0, 11)),
    DeviceSpec("DEVICE_011", "Ventilation Training room", "fan", "Training room", _DIMMED),
    DeviceSpec("DEVICE_012", "Circulation pump", "pump", None, _DIMMED),
    *(
        DeviceSpec(battery.battery_id, battery.name, "battery", None,
                   ("on", "off", "set_power_kw", "release"),
                   power_kw=(-battery.power_kw, battery.power_kw))
        for battery in BATTERIES
    ),
)  # fmt: skip
DEVICE_INDEX: Final = {device.device_id: index for index, device in enumerate(DEVICES)}

# Loads in the order of Flows.loads: every one but the last has its own submeter.
LOAD_KEYS: Final[tuple[str, ...]] = (
    *(f"METER_{room.key}_{use.upper()}" for use in ROOM_USES for room in ROOMS),
    "METER_CANTEEN_KITCHEN",
    "METER_PLANT_OTHER",
    "METER_PARKING_OTHER",
    "UNMETERED",
)
LOAD_INDEX: Final = {key: index for index, key in enumerate(LOAD_KEYS)}
SUBMETERS: Final = LOAD_KEYS[:-1]

KITCHEN: Final = LOAD_INDEX["METER_CANTEEN_KITCHEN"]
PLANT: Final = LOAD_INDEX["METER_PLANT_OTHER"]
PARKING: Final = LOAD_INDEX["METER_PARKING_OTHER"]
UNMETERED: Final = LOAD_INDEX["UNMETERED"]

PV_PEAK_KW: Final = 98.0
PV_INVERTER_KW: Final = 88.0
PV_TILT_DEG: Final = 12.0
PV_FACING_DEG: Final = 180.0
