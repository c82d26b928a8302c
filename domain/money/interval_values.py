"""The interval values a posting stands on, as they were kept, held to their digest."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from domain.foundation.contract import in_force
from domain.foundation.intervals import local_day
from domain.money import evidence_store
from domain.money.evidence import ESTIMATED
from domain.storage.engine import Database


@dataclass(frozen=True, slots=True)
class Named:
    """How a posting's evidence names one side of a subject on a day."""

    subject: str
    side: str
    day: date
    revision: int
    digest: str


@dataclass(frozen=True, slots=True)
class Values:
    """One side's energies [kWh] from `start_ms` on, None unknown.

    `intact` is false where what is kept is not what was posted from, `newest` where a later
    revision has taken its place.
    """

    named: Named
    start_ms: int
    slot_s: int
    kwh: tuple[float | None, ...]
    intact: bool
    newest: bool

    @property
    def total_kwh(self) -> float | None:
        """What is known of it."""
        known = [kwh for kwh in self.kwh if kwh is not None]
        return math.fsum(known) if known else None


class IntervalValues:
    """Reads the evidence of postings."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        self._database = database
        self._zone = zone

    def of(self, evidence: Mapping[str, object]) -> tuple[Values, ...]:
        """What a posting's evidence names; nothing where a contract shares no quarter hours."""
        if in_force().restricts:
            return ()
        found = []
        with self._database.read() as c:
            for named in named_in(evidence):
                kept = evidence_store.kept(c, named.subject, named.side, named.day, named.revision)
                if kept is not None:
                    newest = evidence_store.newest_revision(c, named.subject, named.side, named.day)
                    found.append(self._values(named, kept, newest))
        return tuple(found)

    def _values(self, named: Named, kept: tuple[int, bytes], newest: int) -> Values:
        slot_s, blob = kept
        whole = local_day(named.day, self._zone)
        raw = (
            np.frombuffer(blob, "<f8")
            if blob
            else np.full(round(whole.duration_s / slot_s), np.nan)
        )
        return Values(
            named,
            whole.start_ms,
            slot_s,
            tuple(float(kwh) if math.isfinite(kwh) else None for kwh in raw),
            hashlib.sha256(blob).hexdigest() == named.digest,
            newest == named.revision,
        )


def named_in(evidence: Mapping[str, object]) -> tuple[Named, ...]:
    """The sides that evidence names as energies; the marks of estimates are none."""
    listed = evidence.get("energy")
    found = [_named(row) for row in listed] if isinstance(listed, list) else []
    return tuple(named for named in found if named is not None and named.side != ESTIMATED)


def _named(row: object) -> Named | None:
    """One side as evidence names it; None where it is written otherwise."""
    try:
        return msgspec.convert(row, Named)
    except msgspec.ValidationError:
        return None
