"""Whether the sun is down at a building, and what that says of an inverter that is silent.

Many inverters live on the power of their panels: after sunset they say nothing until morning. What
they generate then is 0, which no reading tells. Elevation after the equations of the NOAA solar
calculator (from J. Meeus, Astronomical Algorithms, chapters 25 and 28): within 0.02° of a full
ephemeris from 1950 to 2050, without refraction. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from math import asin, cos, degrees, radians, sin, tan
from zoneinfo import ZoneInfo

from domain.building.energy_slots import Part
from domain.foundation.intervals import Period

SUNSET_DEG = -0.833
"""The sun's upper edge at the horizon, refraction included: what almanacs call sunset."""
NIGHT_DEG = -6.0
"""End of civil twilight: who generates below this does not live on the sun."""
NOTHING_KW = 0.05
"""A stand-by or a clamp's offset; generation at night from here on is real."""
FARTHEST_FROM_ZONE_DEG = 32.5
"""Beyond, a zone's winter noon is so far from the sun's that the place is hardly the building's."""
SILENT_FROM_S = 180.0
"""Less than this of a slot is missing of every meter whose newest reading is not summed up yet."""
_STEP_MS = 900_000


@dataclass(frozen=True, slots=True)
class Sky:
    """The sun over one place."""

    latitude_deg: float
    longitude_deg: float

    def is_dark(self, ts_ms: int) -> bool:
        """The sun is below the horizon."""
        return self._elevation(ts_ms) < SUNSET_DEG

    def is_night(self, ts_ms: int) -> bool:
        """Not even twilight."""
        return self._elevation(ts_ms) < NIGHT_DEG

    def is_dark_all(self, from_ms: int, to_ms: int) -> bool:
        """Below the horizon at both ends and at every quarter of an hour between."""
        return all(self.is_dark(ts_ms) for ts_ms in (*range(from_ms, to_ms, _STEP_MS), to_ms))

    def fits(self, zone: ZoneInfo, moment: datetime) -> bool:
        """Whether a building of this zone can be here; otherwise its place was never set."""
        local = moment.astimezone(zone)
        standard = (local.utcoffset() or timedelta()) - (local.dst() or timedelta())
        noon_deg = standard.total_seconds() / 240
        apart = abs((noon_deg - self.longitude_deg + 180) % 360 - 180)
        return apart <= FARTHEST_FROM_ZONE_DEG

    def _elevation(self, ts_ms: int) -> float:
        return sun_elevation_deg(ts_ms, self.latitude_deg, self.longitude_deg)


@lru_cache(maxsize=65_536)
def sun_elevation_deg(ts_ms: int, latitude_deg: float, longitude_deg: float) -> float:
    """Angle of the sun's centre above the true horizon; east and north are positive."""
    days = ts_ms / 86_400_000
    century = (days + 2_440_587.5 - 2_451_545.0) / 36_525
    mean_long = radians((280.46646 + century * (36_000.76983 + 0.0003032 * century)) % 360)
    anomaly = radians(357.52911 + century * (35_999.05029 - 0.0001537 * century))
    eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    centre_deg = (
        sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + sin(2 * anomaly) * (0.019993 - 0.000101 * century)
        + sin(3 * anomaly) * 0.000289
    )
    node = radians(125.04 - 1934.136 * century)
    apparent = mean_long + radians(centre_deg - 0.00569 - 0.00478 * sin(node))
    obliquity_s = 21.448 - century * (46.815 + century * (0.00059 - 0.001813 * century))
    obliquity = radians(23 + (26 + obliquity_s / 60) / 60 + 0.00256 * cos(node))
    declination = asin(sin(obliquity) * sin(apparent))
    y = tan(obliquity / 2) ** 2
    equation_deg = degrees(
        y * sin(2 * mean_long)
        - 2 * eccentricity * sin(anomaly)
        + 4 * eccentricity * y * sin(anomaly) * cos(2 * mean_long)
        - 0.5 * y * y * sin(4 * mean_long)
        - 1.25 * eccentricity * eccentricity * sin(2 * anomaly)
    )
    hour_angle = radians((days % 1) * 360 + equation_deg + longitude_deg - 180)
    latitude = radians(latitude_deg)
    height = sin(latitude) * sin(declination)
    height += cos(latitude) * cos(declination) * cos(hour_angle)
    return degrees(asin(max(-1.0, min(1.0, height))))


def lives_on_the_sun(sky: Sky, power_kw: float, ts_ms: int) -> bool:
    """Whether a reading leaves that open; generation at night proves the contrary."""
    return power_kw <= NOTHING_KW or not sky.is_night(ts_ms)


def with_nights(
    parts: Mapping[int, Part], starts_ms: Sequence[int], slot_ms: int, span: Period, sky: Sky
) -> dict[int, Part]:
    """The slots of a generation meter, those wholly in the dark filled with 0 where it was silent.

    Of a meter that generated in any night of the span nothing is assumed.
    """
    filled = dict(parts)
    for at, part in parts.items():
        mean_kw = part.plus_kwh / part.covered_s * 3600 if part.covered_s else 0.0
        if not lives_on_the_sun(sky, mean_kw, at):
            return filled
    for at in starts_ms:
        whole_s = (min(at + slot_ms, span.end_ms) - max(at, span.start_ms)) / 1000
        known = parts.get(at, Part(0.0, 0.0, 0.0))
        if whole_s - known.covered_s > SILENT_FROM_S and sky.is_dark_all(at, at + slot_ms):
            filled[at] = replace(known, covered_s=whole_s, assumed=True)
    return filled
