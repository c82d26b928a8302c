"""Loads that remember: the kitchen's hot water, the car at the charger, the batteries."""

from dataclasses import dataclass

import numpy as np

from data_ingest.simulation import layout
from data_ingest.simulation.controls import Controls
from data_ingest.simulation.drivers import Inputs
from data_ingest.simulation.noise import Array

CAPACITY_KWH = np.array([b.capacity_kwh for b in layout.BATTERIES])
BATTERY_KW = np.array([b.power_kw for b in layout.BATTERIES])
FLOOR_KWH = CAPACITY_KWH * np.array([b.soc_min_percent for b in layout.BATTERIES]) / 100.0
CEILING_KWH = CAPACITY_KWH * np.array([b.soc_max_percent for b in layout.BATTERIES]) / 100.0
BATTERY_EFFICIENCY = 0.955  # each way
DEAD_BAND_KW = 0.4
CHARGER_KW = 11.0
HEATER_KW, TANK_KWH_K, TANK_LOSS_KW_K, TANK_TO_C = 4.5, 0.35, 0.0025, 60.0
CANTEEN = layout.ROOM_INDEX["Canteen"]


@dataclass(frozen=True)
class Stored:
    """Energy in the batteries [kWh, per battery] and what the plugged-in car still wants [kWh]."""

    battery_kwh: Array
    car_left_kwh: Array
    car_plugged: Array


@dataclass(frozen=True)
class Hot:
    """Temperature of the canteen's hot water [°C]."""

    tank_c: Array


@dataclass(frozen=True)
class Kitchen:
    """Power of the kitchen [kW], in all and of its two devices, and the tank afterwards."""

    kw: Array
    heater: Array
    dishwasher: Array
    tank_c: Array


def between(value: Array, low: Array | float, high: Array | float) -> Array:
    """The value inside its limits; np.clip costs three times as much on small arrays."""
    return np.minimum(np.maximum(value, low), high)


def told_or_own(told: Array | float, own: Array) -> Array:
    """The own rule's value wherever nothing is told (NaN)."""
    return np.where(np.isnan(told), own, told)


def kitchen(hot: Hot, inputs: Inputs, told: Controls, step_s: float) -> Kitchen:
    """Fridges, hobs, dishwasher after lunch, and a tank kept hot."""
    hours = step_s / 3600.0
    hour = inputs.local_hour
    share = told.kitchen_share
    washing = inputs.open_office * ((hour >= 13.5) & (hour < 15.5))
    dishwasher = told_or_own(told.dishwasher_run, washing) * 2.4 * share
    tapped = 0.25 * inputs.cooking + 0.01 * inputs.people[..., CANTEEN] + 0.3 * (dishwasher > 0)
    draw = 0.05 + 3.2 * tapped  # kW of heat leaving with water
    to_c = told_or_own(told.heater_c, np.full_like(hour, TANK_TO_C))
    free = hot.tank_c - (draw + TANK_LOSS_KW_K * (hot.tank_c - 20.0)) * hours / TANK_KWH_K
    toward = hot.tank_c + (to_c - hot.tank_c) * (1.0 - np.exp(-step_s / 1800.0))
    toward = np.where(hot.tank_c < to_c, toward, to_c)
    heater = between((toward - free) * TANK_KWH_K / hours, 0.0, HEATER_KW)
    heater = np.where(np.equal(told.heater_run, 0.0), 0.0, heater) * told.heater_share * share
    tank_c = np.maximum(free + heater * hours / TANK_KWH_K, 15.0)
    fridges = (0.95 + 0.006 * (inputs.outdoor_c - 15.0)) * inputs.equipment[..., CANTEEN]
    kw = heater + dishwasher + (fridges + 7.0 * inputs.cooking) * share
    return Kitchen(kw, heater, dishwasher, tank_c)


def car_charging(
    stored: Stored, inputs: Inputs, told: Controls, step_s: float
) -> tuple[Array, tuple[Array, Array]]:
    """Power of the charger [kW], then energy the car still wants and whether one is plugged in."""
    hours = step_s / 3600.0
    plugged = (inputs.car_kwh > 0).astype(np.float64)
    arrived = plugged * (1.0 - stored.car_plugged)
    left = np.where(arrived > 0, inputs.car_kwh, stored.car_left_kwh) * plugged
    limit = np.minimum(told_or_own(told.car_kw, np.full_like(left, CHARGER_KW)), CHARGER_KW)
    limit = np.where(np.equal(told.car_run, 0.0), 0.0, limit) * told.car_share
    kw = between(left / hours, 0.0, limit)
    standby = 0.02 * told.car_share
    return kw + standby, (left - kw * hours, plugged)


def run_batteries(
    held_kwh: Array, residual_kw: Array, told_kw: Array, step_s: float
) -> tuple[Array, Array]:
    """Power of each battery [kW, + charging] and energy held after the step.

    Own rule: take what the building does not need of the sun, give what it lacks, each battery by
    what it can. A told battery does what it is told inside its limits; the others see the rest.
    """
    hours = step_s / 3600.0
    may_charge = np.minimum(
        BATTERY_KW, np.maximum(CEILING_KWH - held_kwh, 0.0) / BATTERY_EFFICIENCY / hours
    )
    may_give = np.minimum(
        BATTERY_KW, np.maximum(held_kwh - FLOOR_KWH, 0.0) * BATTERY_EFFICIENCY / hours
    )
    own = np.isnan(told_kw)
    told = between(np.where(own, 0.0, told_kw), -may_give, may_charge)
    wanted = -(residual_kw + told.sum(axis=-1))
    wanted = np.where(np.abs(wanted) < DEAD_BAND_KW, 0.0, wanted)
    room = np.where(wanted[..., None] > 0, may_charge, may_give) * own
    share = between(np.abs(wanted) / np.maximum(room.sum(axis=-1), 1e-9), 0.0, 1.0)
    power = np.where(own, np.sign(wanted)[..., None] * room * share[..., None], told)
    into = np.where(power > 0, power * BATTERY_EFFICIENCY, power / BATTERY_EFFICIENCY)
    return power, held_kwh + into * hours
