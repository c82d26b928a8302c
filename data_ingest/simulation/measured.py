"""What the building's sensors show: columns of numbers made of state, flows and inputs."""

from typing import Final

import numpy as np

from data_ingest.simulation.drivers import Inputs
from data_ingest.simulation.noise import Array, normal, stream
from data_ingest.simulation.physics import Flows, State
from data_ingest.simulation.sensors import GAUGES
from data_ingest.simulation.storage_units import CAPACITY_KWH
from data_ingest.simulation.weather import saturation_g_kg

# Deviation of a sensor's own noise.
_NOISE: Final = {"temperature": 0.04, "humidity": 0.25, "co2": 5.0, "light": 2.0}


def gauges(state: State, flows: Flows, inputs: Inputs) -> Array:
    """All gauge columns, without sensor noise; state at the end of the step, flows as its means."""
    held = 100.0 * np.minimum(state.water_g_kg / saturation_g_kg(state.air_c), 1.0)
    outside = (inputs.outdoor_c, inputs.irradiance_w_m2, inputs.wind_m_s, inputs.humidity_percent)
    parts = (state.air_c, held, state.co2_ppm, inputs.people, flows.lux, flows.loads[..., :-1],
             flows.grid_kw[..., None], flows.pv_kw[..., None], flows.battery_kw,
             100.0 * state.stored.battery_kwh / CAPACITY_KWH,
             *(each[..., None] for each in outside))  # fmt: skip
    return np.concatenate(parts, axis=-1)


_NOISE_STREAMS: Final = tuple(stream(f"noise {s} {m}") for s, m in GAUGES)
_NOISE_WIDTH: Final = np.array([_NOISE.get(metric, 0.0) for _, metric in GAUGES])
NOISY: Final = tuple(int(column) for column in np.flatnonzero(_NOISE_WIDTH))


def noise(seed: int, column: int, times_s: Array, averaged: float = 1.0) -> Array:
    """Noise of one gauge column at these whole seconds; `averaged` readings make one."""
    drawn = normal(seed, _NOISE_STREAMS[column], times_s.astype(np.int64))
    return np.asarray(drawn * _NOISE_WIDTH[column] / np.sqrt(averaged), dtype=np.float64)
