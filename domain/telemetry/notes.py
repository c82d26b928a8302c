"""What beside the readings decides how a series is read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.telemetry import note_store, series_store
from domain.telemetry.corrections import Correction

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class Notes:
    """Corrections in force, parts (series, factor) of virtual meters, and wholes of parts."""

    overlays: Mapping[int, Sequence[Correction]]
    parts: Mapping[int, Sequence[tuple[int, float]]]
    wholes: Mapping[int, Sequence[int]]

    @classmethod
    def read(cls, connection: "Connection") -> "Notes":
        """As they are stored now."""
        overlays: defaultdict[int, list[Correction]] = defaultdict(list)
        for correction in note_store.overlays(connection):
            overlays[correction.series_id].append(correction)
        parts: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
        wholes: defaultdict[int, list[int]] = defaultdict(list)
        for whole_id, part_id, factor in series_store.all_parts(connection):
            parts[whole_id].append((part_id, factor))
            wholes[part_id].append(whole_id)
        return cls(dict(overlays), dict(parts), dict(wholes))
