"""What a value in a snapshot of the original is: its metric, unit and scale.

The original kept what its devices sent, watts and volts mostly, and the path it found each value
under (`tag`), whose end names a scale: `current_x10`, `Curr2_mA`, `U2N_Vx10`.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from domain.foundation.units import METRICS, known_units

TYPES: dict[str, tuple[str, str | None]] = {
    "power": ("power", "W"),
    "consumption": ("power", "W"),
    "charging_rate": ("power", "W"),
    "generation": ("generation", "W"),
    "energy": ("energy", "Wh"),
    "movement": ("motion", None),
    "dooropen": ("door", None),
    "dooropened": ("door", None),
    "soc": ("soc", "%"),
    "charge": ("soc", "%"),
    "stored_energy": ("soc", "%"),
    "state_of_charge": ("soc", "%"),
}
SAID_BY_TAG = ("stored_energy", "charging_rate", "state_of_charge", "soc")
"""Batteries call these “energy”, and only the tag tells which is which."""
_SCALED = re.compile(r"x10$", re.IGNORECASE)
_UNIT = re.compile(r"_([A-Za-z]+?)(?:x10)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Meaning:
    """`part` is what tells two values of one metric in one device apart; usually nothing."""

    metric: str
    unit: str | None
    tenths: bool
    part: str


def meaning_of(value: Any) -> Meaning | None:
    """What a `{type, tag, values}` is, None where no metric fits."""
    if type(value) is not dict or not isinstance(value.get("type"), str):
        return None
    tag = value.get("tag")
    return _meaning(value["type"][:80], tag[-80:] if isinstance(tag, str) else "")


@lru_cache(maxsize=4096)
def _meaning(said: str, tag: str) -> Meaning | None:
    kind, last = said.strip().lower(), tag.rpartition(".")[2]
    if kind == "energy" and last.lower() in SAID_BY_TAG:
        kind = last.lower()
    part = ""
    found = TYPES.get(kind) or ((kind, None) if kind in METRICS else None)
    if found is None:
        part, kind = said.strip(), re.split(r"[\s_]+", kind)[-1]
        found = TYPES.get(kind) or ((kind, None) if kind in METRICS else None)
    if found is None:
        return None
    metric, unit = found
    ending = _UNIT.search(last)
    if ending and ending[1].lower() in [known.lower() for known in known_units(metric)]:
        unit = ending[1]
    return Meaning(metric, unit, _SCALED.search(last) is not None, part)
