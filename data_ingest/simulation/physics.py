"""One step of the building: state, outside and orders give the next state and every flow of power.

Pure and vectorised: leading axes are free (time or many weeks at once), rooms are the last axis.
Powers are means over the step [kW]; heat model: one node of air and one of walls and furniture per
room, solved implicitly so that 10 s and 15 min steps agree.
"""

from dataclasses import dataclass

import numpy as np

from data_ingest.simulation import layout
from data_ingest.simulation.controls import CLIMATE_ROOM, SOCKETS_SHARE, Controls
from data_ingest.simulation.drivers import Inputs
from data_ingest.simulation.noise import Array
from data_ingest.simulation.storage_units import (
    Hot,
    Stored,
    between,
    car_charging,
    kitchen,
    run_batteries,
    told_or_own,
)
from data_ingest.simulation.weather import saturation_g_kg

ROOMS = layout.ROOMS


def _column(name: str) -> Array:
    return np.array([float(getattr(room, name)) for room in ROOMS])


AREA = _column("area_m2")
VOLUME = 2.8 * AREA
WINDOW = _column("window_m2")
SEATS = _column("capacity")
HEAT_KW, COOL_KW = _column("heat_kw"), _column("cool_kw")
HEAT_TO, COOL_TO = _column("heat_to_c"), _column("cool_to_c")
FLOW_M3_H = _column("air_m3_h")
BOILER, ALWAYS = _column("boiler"), _column("always_on")
TOP = np.array([1.0 if room.floor_order == 2 else 0.35 for room in ROOMS])

AIR_KWH_K = 0.0036 * AREA  # air with paper, textiles and other light things
MASS_KWH_K = 0.055 * AREA
COUPLING_KW_K = 0.011 * AREA
WALL_KW_K = 0.0008 * AREA * TOP + 0.0010 * WINDOW
GLASS_KW_K = 0.0016 * WINDOW
AIR_KWH_M3_K = 0.000336
RECOVERY = 0.62  # of the ventilation's heat
SOLAR_GAIN = 0.17  # glass and blinds together
FAN_KW_M3_H = 0.00075
PERSON_KW, PERSON_CO2_L_H, PERSON_WATER_G_H = 0.075, 18.5, 52.0
OUTDOOR_CO2_PPM = 422.0
DOOR_M3_H = 260.0
RECEPTION = layout.ROOM_INDEX["Reception"]
CANTEEN = layout.ROOM_INDEX["Canteen"]
THROTTLE_K = 1.6
NIGHT_HEAT_C, NIGHT_COOL_C = 18.5, 26.8
PURGE_ABOVE_C, PURGE_PER_H = 22.5, 2.0  # flaps opened in warm nights
BOILER_EFFICIENCY, GAS_KWH_M3 = 0.92, 10.6
# Mean over the rooms of the same floor: what a door opens to.
CORRIDOR = np.array([[float(a.floor == b.floor) for a in ROOMS] for b in ROOMS]) / np.array(
    [sum(a.floor == b.floor for a in ROOMS) for b in ROOMS]
)


@dataclass(frozen=True)
class State:
    """What the building remembers; `counters` follow Flows.rates, kWh or m³."""

    air_c: Array
    mass_c: Array
    co2_ppm: Array
    water_g_kg: Array
    stored: Stored
    hot: Hot
    counters: Array


@dataclass(frozen=True)
class Flows:
    """Powers during the step [kW]; `loads` in the order of layout.LOAD_KEYS.

    `climate_kw` is without the fan, `rates` is what the counters count per hour.
    """

    loads: Array
    climate_kw: Array
    fan_kw: Array
    heater_kw: Array
    dishwasher_kw: Array
    pump_kw: Array
    battery_kw: Array
    grid_kw: Array
    pv_kw: Array
    lux: Array
    rates: Array


@dataclass(frozen=True)
class _Running:
    """Which rooms are run for comfort, and their outside air [m³/h]."""

    comfort: Array
    fresh_m3_h: Array
    fan_kw: Array


def step(state: State, inputs: Inputs, told: Controls, step_s: float) -> tuple[State, Flows]:
    """State after `step_s` seconds and the flows on the way there."""
    people = inputs.people
    running = _running(inputs, told)
    lighting, lux = _lighting(inputs, told)
    equipment = _equipment(inputs, told)
    busy_kitchen = kitchen(state.hot, inputs, told, step_s)
    to_room = lighting + equipment + PERSON_KW * people
    to_room[..., CANTEEN] += 0.25 * busy_kitchen.kw
    air_c, mass_c, heating, cooling = _temperatures(state, inputs, told, running, to_room, step_s)
    compressor = _compressor_kw(heating, cooling, inputs.outdoor_c)
    climate = compressor + running.fan_kw + 0.02 * told.climate_share
    car_kw, car = car_charging(state.stored, inputs, told, step_s)
    plant, pump = _plant(inputs, told, running)
    loads = _loads(climate, lighting, equipment, busy_kitchen.kw, plant, car_kw, told, inputs)
    total = loads.sum(axis=-1)
    battery_kw, battery_kwh = run_batteries(
        state.stored.battery_kwh, total - inputs.pv_kw, told.battery_kw, step_s
    )
    grid = total + battery_kw.sum(axis=-1) - inputs.pv_kw
    # The boiler heats ground-floor rooms and a little hot water for washrooms.
    heat_kw = (heating * BOILER).sum(axis=-1) + 0.012 * people.sum(axis=-1) + 0.15
    rates = _rates(loads, grid, inputs, battery_kw, heat_kw)
    co2, water = _air_quality(state, inputs, running, cooling, busy_kitchen.kw, step_s)
    after = State(
        air_c=air_c,
        mass_c=mass_c,
        co2_ppm=co2,
        water_g_kg=water,
        stored=Stored(battery_kwh, *car),
        hot=Hot(busy_kitchen.tank_c),
        counters=state.counters + rates * (step_s / 3600.0),
    )
    return after, Flows(
        loads=loads,
        climate_kw=climate - running.fan_kw,
        fan_kw=running.fan_kw,
        heater_kw=busy_kitchen.heater,
        dishwasher_kw=busy_kitchen.dishwasher,
        pump_kw=pump,
        battery_kw=battery_kw,
        grid_kw=grid,
        pv_kw=inputs.pv_kw,
        lux=lux,
        rates=rates,
    )


def _running(inputs: Inputs, told: Controls) -> _Running:
    """Own rule: comfort from 6:00 to 19:00 on working days, or while somebody is there."""
    hour = inputs.local_hour
    scheduled = inputs.open_office * (hour >= 6.0) * (hour < 19.0)
    occupied = inputs.people > 0.5
    own = np.maximum(scheduled[..., None], occupied)
    comfort = np.maximum(told_or_own(told.climate_run, own), ALWAYS * (told.climate_run != 0.0))
    demand = between(0.35 + 0.75 * inputs.people / SEATS, 0.0, 1.0)
    fan = told_or_own(told.fan_run, np.where(own > 0, demand, 0.06)) * told.fan_share
    fresh = FLOW_M3_H * fan
    return _Running(comfort, fresh, FAN_KW_M3_H * fresh)


def _lighting(inputs: Inputs, told: Controls) -> tuple[Array, Array]:
    """Lamps by presence and daylight [kW], and the light on a desk [lx]."""
    some = between(2.0 * inputs.people, 0.0, 1.0)
    present = some * between(0.45 + 1.1 * inputs.people / SEATS, 0.0, 1.0)
    dimmed = 1.0 - 0.50 * between(inputs.daylight_lx / 520.0, 0.0, 1.0)
    level = told_or_own(told.lighting_run, np.maximum(present * dimmed, 0.02))
    installed = _LAMP_KW
    lighting = installed * level * told.lighting_share
    return lighting, inputs.daylight_lx + 55.0 * 1000.0 * lighting / AREA


_LAMP_KW = _column("lamp_w_m2") * AREA / 1000.0
_STANDBY, _DESK = _column("standby_kw"), _column("desk_kw")


def _equipment(inputs: Inputs, told: Controls) -> Array:
    """Screens, machines and servers [kW]."""
    wanted = (_STANDBY + _DESK * inputs.people) * inputs.equipment
    return np.asarray(wanted * told.equipment_share, dtype=np.float64)


def _temperatures(
    state: State, inputs: Inputs, told: Controls, running: _Running, gains: Array, step_s: float
) -> tuple[Array, Array, Array, Array]:
    """Air and mass temperature after the step, heat brought in and taken out [kW]."""
    hours = step_s / 3600.0
    outdoor = inputs.outdoor_c[..., None]
    infiltration = (0.08 + 0.03 * inputs.wind_m_s[..., None]) * VOLUME
    infiltration[..., RECEPTION] += 160.0 + 40.0 * np.minimum(inputs.coming, 12.0)
    purging = (state.air_c > PURGE_ABOVE_C) & (outdoor < state.air_c - 2.0) & (running.comfort == 0)
    infiltration += PURGE_PER_H * VOLUME * (purging & (outdoor > 12.0) & (WINDOW > 0))
    to_out = GLASS_KW_K + AIR_KWH_M3_K * (infiltration + (1.0 - RECOVERY) * running.fresh_m3_h)
    to_corridor = AIR_KWH_M3_K * DOOR_M3_H * inputs.door
    corridor = state.air_c @ CORRIDOR.T
    solar = SOLAR_GAIN * WINDOW * inputs.window_w_m2 / 1000.0
    roof = outdoor + 0.012 * inputs.irradiance_w_m2[..., None] * TOP

    a11 = AIR_KWH_K / hours + to_out + to_corridor + COUPLING_KW_K
    a22 = MASS_KWH_K / hours + COUPLING_KW_K + WALL_KW_K
    b1 = (AIR_KWH_K / hours * state.air_c + to_out * outdoor + to_corridor * corridor
          + 0.7 * gains + 0.4 * solar)  # fmt: skip
    b2 = MASS_KWH_K / hours * state.mass_c + WALL_KW_K * roof + 0.3 * gains + 0.6 * solar
    determinant = a11 * a22 - COUPLING_KW_K * COUPLING_KW_K
    kelvin_per_kw = a22 / determinant
    free = (a22 * b1 + COUPLING_KW_K * b2) / determinant

    heat_to, cool_to = _setpoints(told, running)
    heat_to, cool_to = heat_to + inputs.draught_k, cool_to + inputs.draught_k
    # Proportional units: nothing at the set-point, all they have THROTTLE_K beyond it.
    heating = (heat_to - free) / (THROTTLE_K / np.maximum(HEAT_KW, 0.1) + kelvin_per_kw)
    cooling = (free - cool_to) / (THROTTLE_K / np.maximum(COOL_KW, 0.1) + kelvin_per_kw)
    heating = between(heating, 0.0, HEAT_KW) * told.climate_share * told.may_heat
    cooling = between(cooling, 0.0, COOL_KW) * told.climate_share * told.may_cool
    forced_off = told.climate_run == 0.0
    heating, cooling = np.where(forced_off, 0.0, heating), np.where(forced_off, 0.0, cooling)
    air = free + (heating - cooling) * kelvin_per_kw
    mass = (b2 + COUPLING_KW_K * air) / a22
    return air, mass, heating, cooling


def _setpoints(told: Controls, running: _Running) -> tuple[Array, Array]:
    """Where heating and cooling begin [°C]; a told set-point is both."""
    heat_to = told_or_own(told.setpoint_c, HEAT_TO)
    cool_to = told_or_own(told.setpoint_c, COOL_TO)
    on = running.comfort > 0
    return np.where(on, heat_to, NIGHT_HEAT_C), np.where(on, cool_to, NIGHT_COOL_C)


def _compressor_kw(heating: Array, cooling: Array, outdoor_c: Array) -> Array:
    """Electric power of the heat pumps [kW]; rooms on the boiler heat without."""
    outdoor = outdoor_c[..., None]
    heat_cop = between(3.5 + 0.07 * (outdoor - 7.0), 2.0, 5.0)
    cool_eer = between(2.3 - 0.05 * (outdoor - 30.0), 1.8, 3.3)
    return np.asarray(heating * (1.0 - BOILER) / heat_cop + cooling / cool_eer, dtype=np.float64)


def _plant(inputs: Inputs, told: Controls, running: _Running) -> tuple[Array, Array]:
    """Lifts, controls and circulation pump together, and the pump alone [kW]."""
    scheduled = inputs.open_office * (inputs.local_hour >= 6.0) * (inputs.local_hour < 19.5)
    own = 0.15 + 0.70 * scheduled
    pump = told_or_own(np.asarray(told.pump_run * 0.85), own) * told.pump_share
    lifts = 0.25 + 0.10 * np.minimum(inputs.coming, 14.0)
    control = 0.35
    return (lifts + control + pump) * told.plant_share, pump * told.plant_share


def _loads(
    climate: Array, lighting: Array, equipment: Array, kitchen_kw: Array, plant: Array,
    car_kw: Array, told: Controls, inputs: Inputs,
) -> Array:  # fmt: skip
    """All loads in the order of layout.LOAD_KEYS; the last one has no meter of its own."""
    metered = np.concatenate(
        [climate, lighting, equipment, *(x[..., None] for x in (kitchen_kw, plant, car_kw))],
        axis=-1,
    )
    dark = inputs.irradiance_w_m2 < 15.0
    rest = (0.55 + 0.45 * dark + 0.5 * inputs.open_office * (inputs.people.sum(axis=-1) > 5)
            + 0.012 * metered.sum(axis=-1)) * told.unmetered_share  # fmt: skip
    return np.concatenate([metered, rest[..., None]], axis=-1)


def device_kw(flows: Flows) -> dict[str, float]:
    """Power of each controllable device [kW]; for flows without leading axes."""
    rooms = layout.ROOM_INDEX
    lighting = flows.loads[layout.LOAD_INDEX["METER_OPEN_OFFICE_SOUTH_LIGHTING"]]
    lab = flows.loads[layout.LOAD_INDEX["METER_LAB_EQUIPMENT"]]
    drawn = {
        **{device: flows.climate_kw[room] for device, room in CLIMATE_ROOM.items()},
        "DEVICE_006": flows.heater_kw,
        "DEVICE_007": flows.dishwasher_kw,
        "DEVICE_008": lighting,
        "DEVICE_009": SOCKETS_SHARE * lab,
        "DEVICE_010": flows.loads[layout.PARKING],
        "DEVICE_011": flows.fan_kw[rooms["Training room"]],
        "DEVICE_012": flows.pump_kw,
    }
    for index, battery in enumerate(layout.BATTERIES):
        drawn[battery.battery_id] = flows.battery_kw[index]
    return {device: float(kw) for device, kw in drawn.items()}


def _rates(loads: Array, grid: Array, inputs: Inputs, battery_kw: Array, heat_kw: Array) -> Array:
    """What counters count, per hour, in the order of sensors.COUNTERS."""
    gas = heat_kw / BOILER_EFFICIENCY / GAS_KWH_M3 + 1.1 * inputs.cooking
    water = 0.004 + 0.0028 * inputs.people.sum(axis=-1) + 0.22 * inputs.cooking
    single = (np.maximum(grid, 0.0), np.maximum(-grid, 0.0), inputs.pv_kw, gas, water, heat_kw)
    return np.concatenate(
        [
            loads[..., :-1],
            *(each[..., None] for each in single),
            np.maximum(battery_kw, 0.0),
            np.maximum(-battery_kw, 0.0),
        ],
        axis=-1,
    )


def _air_quality(
    state: State, inputs: Inputs, running: _Running, cooling: Array, kitchen_kw: Array,
    step_s: float,
) -> tuple[Array, Array]:  # fmt: skip
    """CO2 [ppm] and water [g/kg] after the step: exact solution with constant flows."""
    hours = step_s / 3600.0
    door = DOOR_M3_H * inputs.door
    fresh = (0.08 + 0.03 * inputs.wind_m_s[..., None]) * VOLUME + running.fresh_m3_h
    per_hour = (fresh + door) / VOLUME
    keep = np.exp(-per_hour * hours)

    def mixed(inside: Array, outside: Array | float, source: Array) -> Array:
        final = (fresh * outside + door * (inside @ CORRIDOR.T) + source) / (fresh + door)
        return np.asarray(final + (inside - final) * keep, dtype=np.float64)

    co2 = mixed(state.co2_ppm, OUTDOOR_CO2_PPM, 1000.0 * PERSON_CO2_L_H * inputs.people)
    steam = PERSON_WATER_G_H / 1.2 * inputs.people
    steam[..., CANTEEN] += 60.0 * kitchen_kw
    water = mixed(state.water_g_kg, inputs.outdoor_g_kg[..., None], steam)
    # A cold coil dries the air that passes it towards saturation at 12 °C.
    passing = between(cooling / np.maximum(COOL_KW, 1.0), 0.0, 1.0) * 1.6 * hours
    water = water - np.maximum(water - 8.8, 0.0) * (1.0 - np.exp(-passing))
    return co2, np.minimum(water, saturation_g_kg(state.air_c))
