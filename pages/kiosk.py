"""The wall: one screen readable at five metres, moved by push alone, dated when it is not live."""

from typing import Any

import dash

from domain.building.energy_slots import Slot
from domain.building.model import SensorQuery
from domain.foundation.intervals import local_date, local_day
from domain.house import House, house
from domain.telemetry.model import Latest
from pages._wall_view import WallView, wall

dash.register_page(
    __name__,
    path="/kiosk",
    title="Wall · Wattboard",
    name="Wall display",
    order=90,
    permission="display.view",
)


def layout(**_: object) -> Any:
    """The wall as of now; it has no callbacks, so that it runs for weeks without asking."""
    home = house()
    outside = _outside(home)
    return wall(
        WallView(
            building=home.building.settings().name,
            demo=home.settings.demo,
            outside_c=outside.value if outside else None,
            has_outside=outside is not None,
            frame=home.energy.frame(),
            day_peak_kw=_largest_kw_today(home),
            rooms=home.building.live_rooms(),
            now_ms=home.clock.now_ms(),
            zone=home.zone,
        )
    )


def _outside(home: House) -> Latest | None:
    """The temperature of the first weather sensor that has told one."""
    rows = home.building.sensors(SensorQuery(sensor_type="weather", page_size=None)).rows
    heard = (latest for row in rows for latest in row.latest if latest.metric == "temperature")
    return next(heard, None)


def _largest_kw_today(home: House) -> float:
    """Largest 15-minute mean of what came into the building today [kW]; the ribbons' scale."""
    day = local_day(local_date(home.clock.now(), home.zone), home.zone)
    return max((_sources_kw(slot) for slot in home.energy.day_curve(day)), default=0.0)


def _sources_kw(slot: Slot) -> float:
    return sum(kw or 0.0 for kw in (slot.generation_kw, slot.import_kw, slot.discharging_kw))
