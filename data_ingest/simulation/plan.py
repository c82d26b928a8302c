"""What a facility manager would enter for this building: its floor plan and its list of sensors."""

from typing import Any, Final

from data_ingest.simulation import layout, sensors

_NAMES: Final = {
    "METER_MAIN": "Main meter",
    "METER_PLANT_OTHER": "Lifts and plant",
    "METER_PARKING_OTHER": "Car charger",
    "PV_1": "Solar roof",
    "WEATHER": "Weather station",
    "GAS_MAIN": "Gas meter",
    "WATER_MAIN": "Water meter",
    "HEAT_MAIN": "Heat meter",
    **{battery.battery_id: battery.name for battery in layout.BATTERIES},
}
_ROLES: Final = {
    "METER_MAIN": "main",
    "PV_1": "generation",
    **{battery.battery_id: "battery" for battery in layout.BATTERIES},
}


def configuration(pace: int = 1) -> dict[str, Any]:
    """The plan; `pace` is the factor on intervals at which a fast clock makes sensors report."""
    return {
        "building": {"name": layout.BUILDING_NAME},
        "rooms": [_room(room) for room in layout.ROOMS],
        "sensors": [
            *(_sensor(sensor, pace) for sensor in sensors.SENSORS),
            *(
                _device(device, pace)
                for device in layout.DEVICES
                if device.device_type != "battery"
            ),
        ],
    }


def _room(room: layout.RoomSpec) -> dict[str, Any]:
    low, high = room.comfort
    return {
        "name": room.name,
        "floor": room.floor,
        "capacity": room.capacity,
        "area_m2": float(room.area_m2),
        "comfort": {
            "temperature_low": low,
            "temperature_high": high,
            "cold_below": low - 2.0,
            "hot_above": high + 2.0,
            "co2_limit_ppm": 1000.0,
            "humidity_low": 30.0,
            "humidity_high": 70.0,
        },
    }


def _sensor(sensor: sensors.SensorSpec, pace: int) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "sensor_id": sensor.sensor_id,
        "name": _NAMES.get(sensor.sensor_id) or _name(sensor),
        "sensor_type": sensor.sensor_type,
        "meter_role": _ROLES.get(sensor.sensor_id, "none"),
        "interval_s": sensor.interval_s * pace,
    }
    if sensor.room is not None:
        entry["room"] = sensor.room
    if sensor.sensor_id in layout.SUBMETERS:
        entry["meter_role"] = "submeter"
        entry["use"] = sensor.sensor_id.rsplit("_", 1)[1].lower()
    return entry


def _name(sensor: sensors.SensorSpec) -> str:
    if sensor.sensor_type == "multi":
        return f"Climate {sensor.room}"
    return f"{sensor.room} {sensor.sensor_id.rsplit('_', 1)[1].lower()}"


def _device(device: layout.DeviceSpec, pace: int) -> dict[str, Any]:
    """A device's own report of its power; in no total, since its meter counts it."""
    entry: dict[str, Any] = {
        "sensor_id": device.device_id,
        "name": device.name,
        "sensor_type": "power",
        "meter_role": "none",
        "interval_s": 10 * pace,
        "demand_response_enabled": True,
        "control_capabilities": list(device.commands),
    }
    if device.room is not None:
        entry["room"] = device.room
    return entry


_METERS: Final = {
    "DEVICE_001": "METER_OPEN_OFFICE_NORTH_CLIMATE",
    "DEVICE_002": "METER_OPEN_OFFICE_SOUTH_CLIMATE",
    "DEVICE_003": "METER_STUDIO_CLIMATE",
    "DEVICE_004": "METER_TRAINING_ROOM_CLIMATE",
    "DEVICE_005": "METER_SERVER_ROOM_CLIMATE",
    "DEVICE_006": "METER_CANTEEN_KITCHEN",
    "DEVICE_007": "METER_CANTEEN_KITCHEN",
    "DEVICE_008": "METER_OPEN_OFFICE_SOUTH_LIGHTING",
    "DEVICE_009": "METER_LAB_EQUIPMENT",
    "DEVICE_010": "METER_PARKING_OTHER",
    "DEVICE_011": "METER_TRAINING_ROOM_CLIMATE",
    **{battery.battery_id: battery.battery_id for battery in layout.BATTERIES},
}
"""The submeter behind which each device hangs; the circulation pump has none."""
_SETTLED: Final = {
    # least time on and off [s] that a compressor needs
    "hvac": (180, 180),
    "heat_pump": (180, 180),
}


def devices() -> list[dict[str, Any]]:
    """What a facility manager would enter of each device that can be controlled."""
    return [_controllable(device) for device in layout.DEVICES]


def _controllable(device: layout.DeviceSpec) -> dict[str, Any]:
    least_on_s, least_off_s = _SETTLED.get(device.device_type, (0, 0))
    entry: dict[str, Any] = {
        "device_id": device.device_id,
        "name": device.name,
        "device_type": device.device_type,
        "capabilities": _capabilities(device),
        "min_on_s": least_on_s,
        "min_off_s": least_off_s,
        "dr_enabled": device.device_id != "DEVICE_005",
        "critical": device.device_id in ("DEVICE_005", "DEVICE_009"),
    }
    if device.room is not None:
        entry["room"] = device.room
    if meter := _METERS.get(device.device_id):
        entry["meter"] = {"sensor_id": meter, "metric": "power"}
    return entry


def _capabilities(device: layout.DeviceSpec) -> dict[str, Any]:
    found: dict[str, Any] = {"on_off": "off" in device.commands}
    if device.power_kw is not None:
        found["power_kw"] = [*map(float, device.power_kw), 0.1]
    if device.setpoint_c is not None:
        found["setpoint_c"] = [*map(float, device.setpoint_c), 0.5]
    if "set_mode" in device.commands:
        found["mode"] = ["auto", "heat", "cool", "off"]
    if "set_shed_percent" in device.commands:
        found["shed_percent"] = [0.0, 100.0, 5.0]
    return found


_WORKDAYS: Final = ("mon", "tue", "wed", "thu", "fri")
_EVERY_DAY: Final = (*_WORKDAYS, "sat", "sun", "holiday", "closure")


def weeks() -> dict[str, dict[str, Any]]:
    """When which rooms are kept comfortable, by room; "" is the building."""
    return {
        "": _week(_WORKDAYS, 7 * 60, 19 * 60, (17.0, 29.0)),
        **{
            room.name: _week(_EVERY_DAY, 0, 24 * 60, (16.0, 28.0))
            for room in layout.ROOMS
            if room.always_on
        },
    }


def _week(
    days: tuple[str, ...], from_minute: int, to_minute: int, setback: tuple[float, float]
) -> dict[str, Any]:
    hours = {
        "days": list(days),
        "from_minute": from_minute,
        "to_minute": to_minute,
        "kind": "comfort",
    }
    return {"setback_low": setback[0], "setback_high": setback[1], "hours": [hours]}
