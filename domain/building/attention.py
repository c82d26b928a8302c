"""What needs a person now, most urgent first, from what the building knows about itself. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from domain.building.energy_now import EnergyNow
from domain.building.model import RoomLive, SensorRow

EXCESS_SHARE = 0.02
EXCESS_KW = 0.3
"""Submeters beyond the main meter by less than both are meters read at different moments."""

SINGLY = 3
"""More silent sensors than this are one line, not many."""

NEARLY_ALL = 0.8
"""From this share of silent sensors on it is not the sensors: broker, network or gateway."""

MOST_URGENT = 5
"""So many lines are shown; of the others only how many there are."""

KINDS = (
    "no_data",
    "main_meter",
    "balance",
    "quality",
    "comfort",
    "silent",
    "refused",
    "discovered",
)
"""Order of urgency: fault, data defect, comfort, silent sensor, housekeeping."""


@dataclass(frozen=True, slots=True)
class Need:
    """One line: a fact, its evidence, since when, and what it is about (a room id, a sensor id)."""

    kind: str
    fact: str
    evidence: str
    since_ms: int | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """A data-quality finding that still holds."""

    sensor_id: str
    name: str
    words: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Messages that could not be read since yesterday."""

    times: int
    reason: str
    last_ms: int


def needs(
    *,
    energy: EnergyNow,
    rooms: Sequence[RoomLive],
    outside_since_ms: Mapping[int, int],
    silent: Sequence[SensorRow],
    counts: Mapping[str, int],
    flaws: Sequence[Flaw],
    refused: Refused | None,
) -> list[Need]:
    """All lines in order of urgency; when nothing arrives at all, one line says so for all sensors.

    `outside_since_ms` is when a room left its band, `silent` the stale and dead sensors, `counts`
    how many sensors are in each state.
    """
    found = [
        *_meters(energy),
        *(_flaw(flaw) for flaw in flaws),
        *_rooms(rooms, outside_since_ms),
        *_discovered(counts),
    ]
    speaking = counts.get("fresh", 0) + counts.get("late", 0)
    if len(silent) > SINGLY and len(silent) >= NEARLY_ALL * (len(silent) + speaking):
        newest_ms = max((row.newest_ts_ms or 0 for row in silent), default=0) or None
        found = [need for need in found if need.kind != "main_meter"]
        every = f"{'All' if not speaking else 'Nearly all,'} {len(silent)} sensors are silent"
        found.append(Need("no_data", "No data arrives", every, newest_ms))
    else:
        found.extend(_silent(silent, {flaw.sensor_id for flaw in flaws}, energy))
    if refused is not None:
        count = f"{refused.times} message{'s' if refused.times > 1 else ''} refused"
        found.append(Need("refused", count, refused.reason, refused.last_ms))
    return sorted(found, key=lambda need: KINDS.index(need.kind))


def _meters(energy: EnergyNow) -> list[Need]:
    """What keeps the balance from being known, or makes it doubtful."""
    found = []
    if energy.missing and energy.roles & {"main", "generation", "battery"}:
        names = " and ".join(energy.missing[:2])
        more = f" and {len(energy.missing) - 2} more" if len(energy.missing) > 2 else ""
        evidence = "Consumption is unknown without it"
        found.append(Need("main_meter", f"{names}{more} silent", evidence, energy.missing_since_ms))
    excess_kw = energy.exceeds_kw or 0.0
    if excess_kw > max(EXCESS_KW, EXCESS_SHARE * (energy.consumption_kw or 0.0)):
        fact = f"Submeters exceed the main meter by {excess_kw:.1f} kW"
        found.append(Need("balance", fact, "One counts twice, or its factor is wrong"))
    found.extend(Need("balance", doubt.fact, doubt.advice) for doubt in energy.doubts)
    return found


def _flaw(flaw: Flaw) -> Need:
    return Need("quality", flaw.name, flaw.words, flaw.since_ms, flaw.sensor_id)


def _rooms(rooms: Sequence[RoomLive], since_ms: Mapping[int, int]) -> list[Need]:
    """Rooms beyond a limit, the farthest first within temperature, air and humidity."""
    found = []
    for live in rooms:
        if not live.comfort.reasons:
            continue
        reason = live.comfort.reasons[0]
        unit, decimals = {"temperature": ("°C", 1), "co2": ("ppm", 0)}.get(reason.metric, ("%", 0))
        beyond = abs(reason.value - reason.limit)
        where = "above" if reason.above else "below"
        need = Need(
            "comfort",
            f"{live.room.name} {reason.value:.{decimals}f} {unit}",
            f"{reason.word}, {beyond:.{decimals}f} {unit} {where} its limit",
            since_ms.get(live.room.room_id) if reason.metric == "temperature" else None,
            str(live.room.room_id),
        )
        found.append((beyond / max(abs(reason.limit), 1.0), need))
    return [need for _, need in sorted(found, key=lambda pair: -pair[0])]


def _silent(rows: Sequence[SensorRow], told: set[str], energy: EnergyNow) -> list[Need]:
    """Sensors that stopped, without those a line above already names and inverters at night."""
    quiet = {*energy.missing, *energy.assumed}
    left = [
        row for row in rows if row.sensor.sensor_id not in told and row.sensor.name not in quiet
    ]
    if len(left) <= SINGLY:
        return [
            Need(
                "silent",
                f"{row.sensor.name} silent",
                row.room_name or "in no room",
                row.newest_ts_ms,
                row.sensor.sensor_id,
            )
            for row in left
        ]
    by_room = sorted(row.room_name or "no room" for row in left)
    rooms = [name for name, _ in groupby(by_room)]
    where = ", ".join(rooms[:2]) + (f" and {len(rooms) - 2} more" if len(rooms) > 2 else "")
    newest_ms = max((row.newest_ts_ms or 0 for row in left), default=0) or None
    return [Need("silent", f"{len(left)} sensors silent", where, newest_ms)]


def _discovered(counts: Mapping[str, int]) -> list[Need]:
    count = counts.get("discovered", 0)
    if not count:
        return []
    fact = f"{count} new sensor{'s' if count > 1 else ''}"
    return [Need("discovered", fact, "Not in any total until adopted")]
