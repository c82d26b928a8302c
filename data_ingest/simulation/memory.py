"""What the building's meters keep through a power cut: the state at a moment, in a small file."""

import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import orjson

from data_ingest.simulation import layout, sensors
from data_ingest.simulation.physics import State
from data_ingest.simulation.storage_units import Hot, Stored
from data_ingest.simulation.weather import Place

log = logging.getLogger(__name__)
_VERSION = 1


@dataclass(frozen=True)
class Memory:
    """The state at a moment, and when live readings first began."""

    at_s: float
    live_from_s: float
    state: State


def _building(place: Place) -> dict[str, object]:
    """What must be the same for a memory to be of this building."""
    return {
        "version": _VERSION,
        "place": asdict(place),
        "rooms": layout.ROOM_COUNT,
        "counters": len(sensors.COUNTERS),
    }


def save(path: Path, place: Place, memory: Memory) -> None:
    """Replaces the file in one move, so that a kill leaves the old or the new one."""
    text = orjson.dumps(
        {
            **_building(place),
            "at_s": memory.at_s,
            "live_from_s": memory.live_from_s,
            "state": asdict(memory.state),
        },
        option=orjson.OPT_SERIALIZE_NUMPY,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(path.suffix + ".new")
    fresh.write_bytes(text)
    os.replace(fresh, path)


def load(path: Path, place: Place) -> Memory | None:
    """The memory of this building, or None when there is none or it is of another one."""
    if not path.exists():
        return None
    try:
        kept = orjson.loads(path.read_bytes())
        if any(kept.get(key) != value for key, value in _building(place).items()):
            log.warning("%s is of another building; beginning anew", path)
            return None
        arrays = kept["state"]
        stored = {name: np.asarray(value) for name, value in arrays.pop("stored").items()}
        hot = np.asarray(arrays.pop("hot")["tank_c"])
        plain = {name: np.asarray(value, dtype=np.float64) for name, value in arrays.items()}
        state = State(**plain, stored=Stored(**stored), hot=Hot(hot))
        return Memory(float(kept["at_s"]), float(kept["live_from_s"]), state)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        log.warning("%s cannot be read (%s); beginning anew", path, error)
        return None
