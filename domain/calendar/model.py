"""What kind of day it is. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

DayType = Literal["workday", "saturday", "sunday", "holiday", "closure"]
DAY_TYPES: tuple[DayType, ...] = get_args(DayType)
DAY_TYPE_LABELS: dict[DayType, str] = {
    "workday": "Working day",
    "saturday": "Saturday",
    "sunday": "Sunday",
    "holiday": "Public holiday",
    "closure": "Closed",
}


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of the building; `label` names the holiday, closure or exception."""

    date: date
    day_type: DayType
    label: str | None = None
