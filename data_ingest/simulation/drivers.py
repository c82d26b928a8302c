"""What acts on the building from outside: sun, air, people, doors; with interventions."""

from dataclasses import dataclass, field, fields
from typing import Self

import numpy as np

from data_ingest.simulation import layout
from data_ingest.simulation.noise import Array, stream, wander
from data_ingest.simulation.people import Calendar, Presence, presence
from data_ingest.simulation.weather import Place, weather

_EQUIPMENT_STREAMS = tuple(stream(f"equipment {room.name}") for room in layout.ROOMS)
_DOOR_STREAMS = tuple(stream(f"door {room.name}") for room in layout.ROOMS)


@dataclass(frozen=True)
class Interventions:
    """Causes pulled by hand: clouds (0..1), sunlight factor, people by room, loads switched off.

    `off` names submeters (`METER_LAB_LIGHTING`), `UNMETERED` or `PV_1`.
    """

    cloud_cover: float | None = None
    sun: float | None = None
    people: dict[str, float] = field(default_factory=dict)
    off: frozenset[str] = frozenset()


NOTHING = Interventions()


@dataclass(frozen=True)
class Inputs:
    """Everything one step needs from outside; leading axes are free, rooms are the last axis."""

    outdoor_c: Array
    outdoor_g_kg: Array
    humidity_percent: Array
    wind_m_s: Array
    irradiance_w_m2: Array
    pv_kw: Array
    window_w_m2: Array
    daylight_lx: Array
    people: Array
    door: Array
    equipment: Array
    draught_k: Array
    coming: Array
    car_kwh: Array
    cooking: Array
    open_office: Array
    local_hour: Array

    def at(self, position: int) -> Self:
        """The inputs of one step, by position on the first axis."""
        return type(self)(*(getattr(self, name)[position] for name in _NAMES))

    def reshaped(self, shape: tuple[int, ...]) -> Self:
        """The first axis split into `shape`."""
        return type(self)(
            *(getattr(self, name).reshape(shape + getattr(self, name).shape[1:]) for name in _NAMES)
        )


_NAMES = tuple(each.name for each in fields(Inputs))


class Drivers:
    """Makes inputs for any moment; keeps nothing but the calendar's days."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.calendar = Calendar(place)

    def inputs(self, times_s: Array, step_s: float, causes: Interventions = NOTHING) -> Inputs:
        """Inputs of steps that begin at these UTC epoch seconds (1-D) and last `step_s`."""
        middle = times_s + step_s / 2.0
        sky = weather(self.place, middle, step_s, causes.cloud_cover, causes.sun)
        inside = presence(self.calendar, self.place.timezone, times_s, step_s)
        people = inside.people
        for room, count in causes.people.items():
            people[:, layout.ROOM_INDEX[room]] = count
        pv_kw = np.zeros_like(sky.pv_kw) if "PV_1" in causes.off else sky.pv_kw
        return Inputs(
            outdoor_c=sky.outdoor_c,
            outdoor_g_kg=sky.outdoor_g_kg,
            humidity_percent=sky.humidity_percent,
            wind_m_s=sky.wind_m_s,
            irradiance_w_m2=sky.irradiance_w_m2,
            pv_kw=pv_kw,
            window_w_m2=sky.window_w_m2,
            daylight_lx=sky.daylight_lx,
            people=people,
            door=self._doors(middle, step_s, inside),
            equipment=self._equipment(middle, step_s),
            draught_k=self._draught(middle, step_s),
            coming=inside.coming,
            car_kwh=inside.car_kwh,
            cooking=inside.cooking,
            open_office=inside.open_office,
            local_hour=inside.local_hour,
        )

    def _doors(self, times_s: Array, step_s: float, inside: Presence) -> Array:
        """Share of time each door stands open: more with more people, never in an empty room."""
        busy = np.clip(inside.people / 6.0, 0.0, 1.0)
        if step_s > 600:
            return np.asarray(0.3 * busy, dtype=np.float64)
        swing = np.stack(
            [wander(self.place.seed, each, times_s, 600.0) for each in _DOOR_STREAMS], axis=-1
        )
        return np.asarray(np.clip(0.3 + 0.5 * swing, 0.0, 1.0) * busy, dtype=np.float64)

    def _equipment(self, times_s: Array, step_s: float) -> Array:
        """Factor around 1 by which screens, printers and machines are busy."""
        factor = np.ones((times_s.size, layout.ROOM_COUNT))
        for column, each in enumerate(_EQUIPMENT_STREAMS):
            for period_s, depth in ((7200.0, 0.10), (600.0, 0.06), (40.0, 0.03)):
                if period_s >= step_s:
                    factor[:, column] += depth * wander(
                        self.place.seed, each + int(period_s), times_s, period_s
                    )
        return np.asarray(np.maximum(factor, 0.4), dtype=np.float64)

    def _draught(self, times_s: Array, step_s: float) -> Array:
        """How far each thermostat stands from its room's mean [K]: sun spots, draughts, people."""
        period_s = 2700.0
        if period_s < step_s:
            return np.zeros((times_s.size, layout.ROOM_COUNT))
        return 0.22 * np.stack(
            [wander(self.place.seed, each + 1, times_s, period_s) for each in _DOOR_STREAMS],
            axis=-1,
        )
