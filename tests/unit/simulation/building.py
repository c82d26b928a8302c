"""Builders for tests of the simulated building: moments, runs and columns by name."""

from dataclasses import replace
from datetime import datetime
from functools import cache

import numpy as np

from data_ingest.simulation import layout, measured, sensors
from data_ingest.simulation.controls import Controls, controls
from data_ingest.simulation.drivers import NOTHING, Drivers, Interventions
from data_ingest.simulation.engine import Engine
from data_ingest.simulation.noise import Array
from data_ingest.simulation.physics import Flows, State, step
from data_ingest.simulation.timeline import Timeline
from data_ingest.simulation.weather import Place

LISBON = Place(38.72, -9.14, "Europe/Lisbon", 1)
BATTERY_IDS = tuple(battery.battery_id for battery in layout.BATTERIES)
GAUGE = {key: column for column, key in enumerate(sensors.GAUGES)}
COUNTER = {key: column for column, key in enumerate(sensors.COUNTERS)}


def at(text: str) -> float:
    return datetime.fromisoformat(text + "+00:00").timestamp()


@cache
def drivers(seed: int = 1) -> Drivers:
    return Drivers(replace(LISBON, seed=seed))


@cache
def settled(at_s: float, seed: int = 1) -> State:
    return Timeline(drivers(seed)).settled(at_s)


def an_engine(begin: str, seed: int = 1) -> Engine:
    begin_s = at(begin)
    return Engine(drivers(seed), settled(begin_s, seed), begin_s)


_ran: dict[object, tuple[Array, State, list[Flows]]] = {}


def run(
    begin: str,
    hours: float,
    causes: Interventions = NOTHING,
    step_s: float = 60.0,
    told: Controls | None = None,
) -> tuple[Array, State, list[Flows]]:
    """Gauges per step, the state at the end, and the flows, from a settled building."""
    asked = (begin, hours, causes.sun, causes.cloud_cover, tuple(causes.people.items()),
             causes.off, step_s)  # fmt: skip
    if told is None and asked in _ran:
        return _ran[asked]
    begin_s = at(begin)
    times = begin_s + np.arange(round(hours * 3600 / step_s)) * step_s
    inputs = drivers().inputs(times, step_s, causes)
    state, following = settled(begin_s), told or controls({}, causes)
    rows, flows = [], []
    for position in range(times.size):
        now = inputs.at(position)
        state, flow = step(state, now, following, step_s)
        rows.append(measured.gauges(state, flow, now))
        flows.append(flow)
    result = np.array(rows), state, flows
    if told is None:
        _ran[asked] = result
    return result


def column(gauges: Array, sensor_id: str, metric: str) -> Array:
    return gauges[..., GAUGE[sensor_id, metric]]


def batteries_kw(gauges: Array) -> Array:
    return sum(column(gauges, each, "power") for each in BATTERY_IDS)


def consumption_kw(gauges: Array) -> Array:
    grid, solar = column(gauges, "METER_MAIN", "power"), column(gauges, "PV_1", "generation")
    return grid + solar - batteries_kw(gauges)
