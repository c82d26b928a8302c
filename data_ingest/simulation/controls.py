"""What devices are told, turned into the arrays the physics reads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from data_ingest.simulation import layout
from data_ingest.simulation.drivers import Interventions
from data_ingest.simulation.noise import Array

_R = layout.ROOM_COUNT
# Rooms whose climate unit and lamps are controllable devices.
CLIMATE_ROOM = {
    device.device_id: layout.ROOM_INDEX[device.room]
    for device in layout.DEVICES
    if device.device_type in ("hvac", "heat_pump") and device.room
}
LAMP_ROOM = layout.ROOM_INDEX["Open office South"]
FAN_ROOM = layout.ROOM_INDEX["Training room"]
SOCKETS_ROOM = layout.ROOM_INDEX["Lab"]
SOCKETS_SHARE = 0.45  # of the lab's equipment hangs on switched sockets


@dataclass(frozen=True)
class Order:
    """What one device is presently told; None leaves it to the device's own rule."""

    on: bool | None = None
    power_kw: float | None = None
    setpoint_c: float | None = None
    mode: str | None = None
    shed_percent: float | None = None

    @property
    def share(self) -> float:
        """Share of its own power that shedding leaves."""
        return 1.0 - (self.shed_percent or 0.0) / 100.0


OWN_RULE = Order()


@dataclass(frozen=True)
class Controls:
    """Shares 0..1 multiply what the own rule does; NaN means own rule; `*_run` forces on or off."""

    climate_share: Array
    climate_run: Array
    setpoint_c: Array
    may_heat: Array
    may_cool: Array
    fan_share: Array
    fan_run: Array
    lighting_share: Array
    lighting_run: Array
    equipment_share: Array
    heater_share: float
    heater_run: float
    heater_c: float
    dishwasher_run: float
    kitchen_share: float
    car_share: float
    car_run: float
    car_kw: float
    pump_share: float
    pump_run: float
    plant_share: float
    unmetered_share: float
    battery_kw: Array


def _own_rules() -> Controls:
    ones, unset = np.ones(_R), np.full(_R, np.nan)
    nan = float("nan")
    return Controls(
        climate_share=ones,
        climate_run=unset,
        setpoint_c=unset,
        may_heat=ones,
        may_cool=ones,
        fan_share=ones,
        fan_run=unset,
        lighting_share=ones,
        lighting_run=unset,
        equipment_share=ones,
        heater_share=1.0,
        heater_run=nan,
        heater_c=nan,
        dishwasher_run=nan,
        kitchen_share=1.0,
        car_share=1.0,
        car_run=nan,
        car_kw=nan,
        pump_share=1.0,
        pump_run=nan,
        plant_share=1.0,
        unmetered_share=1.0,
        battery_kw=np.full(len(layout.BATTERIES), np.nan),
    )


OWN_RULES = _own_rules()


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def controls(orders: Mapping[str, Order], causes: Interventions) -> Controls:
    """Controls for the present orders by device id, with switched-off loads on top."""
    told = replace(
        OWN_RULES,
        **{
            name: getattr(OWN_RULES, name).copy()
            for name in OWN_RULES.__dataclass_fields__
            if isinstance(getattr(OWN_RULES, name), np.ndarray)
        },
    )
    for device_id, room in CLIMATE_ROOM.items():
        _climate(told, room, orders.get(device_id, OWN_RULE))
    fan, lamp = orders.get("DEVICE_011", OWN_RULE), orders.get("DEVICE_008", OWN_RULE)
    told.fan_run[FAN_ROOM], told.fan_share[FAN_ROOM] = _number(fan.on), fan.share
    told.lighting_run[LAMP_ROOM], told.lighting_share[LAMP_ROOM] = _number(lamp.on), lamp.share
    if orders.get("DEVICE_009", OWN_RULE).on is False:
        told.equipment_share[SOCKETS_ROOM] = 1.0 - SOCKETS_SHARE
    for index, battery in enumerate(layout.BATTERIES):
        order = orders.get(battery.battery_id, OWN_RULE)
        told.battery_kw[index] = 0.0 if order.on is False else _number(order.power_kw)
    heater, car = orders.get("DEVICE_006", OWN_RULE), orders.get("DEVICE_010", OWN_RULE)
    pump = orders.get("DEVICE_012", OWN_RULE)
    told = replace(
        told,
        heater_share=heater.share,
        heater_run=_number(heater.on),
        heater_c=_number(heater.setpoint_c),
        dishwasher_run=_number(orders.get("DEVICE_007", OWN_RULE).on),
        car_share=car.share,
        car_run=_number(car.on),
        car_kw=_number(car.power_kw),
        pump_share=pump.share,
        pump_run=_number(pump.on),
    )
    return _switched_off(told, causes.off)


def _climate(told: Controls, room: int, order: Order) -> None:
    mode = order.mode or "auto"
    told.climate_run[room] = 0.0 if mode == "off" else _number(order.on)
    told.climate_share[room] = order.share
    told.setpoint_c[room] = _number(order.setpoint_c)
    told.may_heat[room] = float(mode in ("auto", "heat"))
    told.may_cool[room] = float(mode in ("auto", "cool"))


def _switched_off(told: Controls, off: frozenset[str]) -> Controls:
    """Takes the named loads from the supply, whatever they were told."""
    shares = {
        "METER_CANTEEN_KITCHEN": "kitchen_share",
        "METER_PLANT_OTHER": "plant_share",
        "METER_PARKING_OTHER": "car_share",
        "UNMETERED": "unmetered_share",
    }
    for index, room in enumerate(layout.ROOMS):
        if f"METER_{room.key}_CLIMATE" in off:
            told.climate_share[index] = told.fan_share[index] = 0.0
        if f"METER_{room.key}_LIGHTING" in off:
            told.lighting_share[index] = 0.0
        if f"METER_{room.key}_EQUIPMENT" in off:
            told.equipment_share[index] = 0.0
    for key, name in shares.items():
        if key in off:
            told = replace(told, **{name: 0.0})  # type: ignore[arg-type]
    return told
