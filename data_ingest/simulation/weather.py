"""Outdoor climate and sunlight at any moment, from sun, season and seeded clouds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pvlib

from data_ingest.simulation import layout
from data_ingest.simulation.noise import Array, stream, wander

DAY_S = 86_400.0
# Windows facing north, east, south, west, in this order; rooms pick their column.
_FACINGS = (0.0, 90.0, 180.0, 270.0)
_LINKE_TURBIDITY = 3.0


@dataclass(frozen=True)
class Place:
    """Where and which building: all that weather and people depend on beside time."""

    latitude: float
    longitude: float
    timezone: str
    seed: int


@dataclass(frozen=True)
class Weather:
    """Arrays over time [W/m²]; `window_w_m2` and `daylight_lx` with a column per room."""

    outdoor_c: Array
    outdoor_g_kg: Array
    humidity_percent: Array
    wind_m_s: Array
    cloud_cover: Array
    irradiance_w_m2: Array
    window_w_m2: Array
    daylight_lx: Array
    pv_kw: Array


def saturation_g_kg(celsius: Array) -> Array:
    """Water that air can hold [g per kg of dry air] at sea level; Magnus formula."""
    pressure_hpa = 6.112 * np.exp(17.62 * celsius / (243.12 + celsius))
    return np.asarray(622.0 * pressure_hpa / (1013.25 - pressure_hpa), dtype=np.float64)


def _season(times_s: Array) -> Array:
    """+1 at the hottest day (5 August), -1 at the coldest."""
    year_share = (times_s / DAY_S - 216.0) / 365.2425
    return np.cos(2.0 * np.pi * year_share)


def cloud_cover(place: Place, times_s: Array, step_s: float) -> Array:
    """Share of sky covered [0..1]: spells of days, fields of hours, single clouds of minutes."""

    def part(name: str, period_s: float) -> Array:
        if period_s < step_s:  # inside one step such clouds average out
            return np.zeros_like(times_s)
        return wander(place.seed, stream(name), times_s, period_s)

    spell = 0.95 * part("spell", 3.4 * DAY_S) + 0.55 * part("front", 0.7 * DAY_S)
    slow = 1.0 / (1.0 + np.exp(-1.9 * (spell - 0.15 - 0.62 * _season(times_s))))
    broken = (
        0.55 * part("field", 5400.0) + 0.40 * part("cloud", 1300.0) + 0.25 * part("scud", 260.0)
    )
    return np.clip(slow + 1.1 * np.sqrt(slow * (1.0 - slow)) * broken, 0.0, 1.0)


def _outdoor(place: Place, times_s: Array, cover: Array) -> tuple[Array, Array, Array]:
    """Outdoor temperature [°C], water content [g/kg] and wind [m/s] of a mild Atlantic coast."""
    season = _season(times_s)
    solar_hour = (times_s / 3600.0 + place.longitude / 15.0) % 24.0
    swing = (4.4 + 1.6 * season) * (1.0 - 0.45 * cover)
    daily = np.cos(2.0 * np.pi * (solar_hour - 15.2) / 24.0)
    spell = 2.1 * wander(place.seed, stream("warm spell"), times_s, 4.3 * DAY_S)
    outdoor_c = 17.4 + 5.9 * season + swing * daily + spell
    night_c = 17.4 + 5.9 * season + spell - 3.5 - swing * 0.45
    damp = 0.85 + 0.05 * wander(place.seed, stream("damp"), times_s, 1.6 * DAY_S)
    water = np.minimum(damp * saturation_g_kg(night_c + 2.5), 0.98 * saturation_g_kg(outdoor_c))
    gust = wander(place.seed, stream("wind"), times_s, 0.4 * DAY_S)
    wind = np.clip(3.4 + 1.3 * gust + 0.9 * np.cos(np.pi * (solar_hour - 16) / 12), 0.2, 16.0)
    return outdoor_c, water, wind


def _sunlight(
    place: Place, times_s: Array, clouds: Array, factor: float
) -> tuple[Array, Array, Callable[[float, float], Array]]:
    """Global and diffuse irradiance [W/m²], and what falls on a plane of given tilt and facing."""
    index = pd.to_datetime(times_s, unit="s", utc=True)
    sky = pvlib.solarposition.get_solarposition(
        index, place.latitude, place.longitude, method="ephemeris"
    )
    zenith, azimuth = sky["apparent_zenith"].to_numpy(), sky["azimuth"].to_numpy()
    airmass = pvlib.atmosphere.get_relative_airmass(np.minimum(zenith, 89.9))
    with np.errstate(divide="ignore", invalid="ignore"):  # at night, where light is zero anyway
        clear = pvlib.clearsky.ineichen(zenith, airmass, _LINKE_TURBIDITY)
    height = np.maximum(np.cos(np.radians(zenith)), 0.0)
    # Kasten and Czeplak 1980 for the whole; the beam passes only through the open part.
    ghi = np.nan_to_num(np.asarray(clear["ghi"])) * (1.0 - 0.75 * clouds**3.4) * factor
    dni = np.nan_to_num(np.asarray(clear["dni"])) * (1.0 - clouds) ** 1.1 * factor
    dni = np.minimum(dni, ghi / np.maximum(height, 0.05))
    dhi = np.maximum(ghi - dni * height, 0.0)

    def on_plane(tilt: float, facing: float) -> Array:
        plane = pvlib.irradiance.get_total_irradiance(
            tilt, facing, zenith, azimuth, dni, ghi, dhi, albedo=0.2, model="isotropic"
        )
        return np.nan_to_num(np.asarray(plane["poa_global"], dtype=np.float64))

    return ghi, dhi, on_plane


def weather(
    place: Place,
    times_s: Array,
    step_s: float,
    cover: float | None = None,
    sun: float | None = None,
) -> Weather:
    """Weather at UTC epoch seconds (1-D); `cover` replaces clouds, `sun` scales sunlight."""
    clouds = cloud_cover(place, times_s, step_s)
    if cover is not None:
        clouds = np.full_like(times_s, cover)
    outdoor_c, water, wind = _outdoor(place, times_s, clouds)
    ghi, dhi, on_plane = _sunlight(place, times_s, clouds, 1.0 if sun is None else sun)
    walls = np.stack([on_plane(90.0, facing) for facing in _FACINGS], axis=-1)
    window = np.zeros((*times_s.shape, layout.ROOM_COUNT))
    daylight = np.zeros_like(window)
    for column, room in enumerate(layout.ROOMS):
        if room.facing_deg is not None:
            window[:, column] = walls[:, _FACINGS.index(room.facing_deg)]
            # 110 lm per W of daylight; a depth-dependent share of it reaches a desk.
            diffuse = 0.5 * dhi + 0.25 * window[:, column]
            daylight[:, column] = 110.0 * diffuse * 0.06 * room.window_m2 / room.area_m2
    return Weather(
        outdoor_c=outdoor_c,
        outdoor_g_kg=water,
        humidity_percent=np.clip(100.0 * water / saturation_g_kg(outdoor_c), 15.0, 100.0),
        wind_m_s=wind,
        cloud_cover=clouds,
        irradiance_w_m2=ghi,
        window_w_m2=window,
        daylight_lx=daylight,
        pv_kw=_pv(on_plane(layout.PV_TILT_DEG, layout.PV_FACING_DEG), outdoor_c, wind),
    )


def _pv(plane_w_m2: Array, outdoor_c: Array, wind_m_s: Array) -> Array:
    """AC power of the roof [kW]: PVWatts with cell temperature after Faiman, inverter's ceiling."""
    cell_c = pvlib.temperature.faiman(plane_w_m2, outdoor_c, wind_m_s)
    dc_kw = pvlib.pvsystem.pvwatts_dc(plane_w_m2, cell_c, layout.PV_PEAK_KW, -0.0037)
    return np.clip(np.asarray(dc_kw, dtype=np.float64) * 0.87, 0.0, layout.PV_INVERTER_KW)
