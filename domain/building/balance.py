"""The energy balance of a building: meter readings by role in, what the building does now out.

Pure: no clock, no database. Signs as everywhere: power of a battery + charging, − discharging;
main meters are net, + import, − export; consumption and generation are ≥ 0, and
`grid = consumption + charging − generation − discharging`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.building.energy_now import Doubt, EnergyNow, RoomUse
from domain.building.model import USES

USABLE = ("fresh", "late")
"""Freshness states whose value still enters a sum; anything older is unknown, not zero."""

SIGN_DOUBT_KW = 0.5
"""A generation meter or submeter below minus this is named: its sign is probably reversed."""

CONTRADICTION_KW = 1e-6
"""Consumption below minus this cannot be; down to it, it is binary dust and counts as 0."""

_STATE_RANK = {"fresh": 0, "late": 1, "stale": 2, "dead": 3, "missing": 4}


@dataclass(frozen=True, slots=True)
class Meter:
    """One metering point now; `power_kw` has the sign of its role and is None if never seen."""

    sensor_id: str
    name: str
    role: str
    power_kw: float | None
    ts_ms: int | None
    state: str
    use: str | None = None
    room_id: int | None = None
    soc_percent: float | None = None
    interval_s: float | None = None
    rests: bool = False
    """It generates nothing now, the sun being down, whether it says so or not."""

    @property
    def usable_kw(self) -> float | None:
        """The power, or None when it is too old to be called the present."""
        return self.power_kw if self.state in USABLE else None

    @property
    def assumed(self) -> bool:
        """Whether it is silent and counted as 0 for the night."""
        return self.role == "generation" and self.rests and self.usable_kw is None

    @property
    def counted_kw(self) -> float | None:
        """The power that enters a sum, None while it is unknown."""
        return 0.0 if self.assumed else self.usable_kw


def balance(meters: Sequence[Meter], room_names: Mapping[int, str] | None = None) -> EnergyNow:
    """What the building draws, makes, stores and exchanges, from its adopted meters.

    Submeters never add to the total. A silent main, generation or battery meter makes
    consumption unknown, since nothing else could tell the difference, except that a generation
    meter which rests counts as 0, and says so; only where no main meter exists at all is
    consumption estimated from the submeters, and says so.
    """
    by_role = {
        role: [meter for meter in meters if meter.role == role]
        for role in ("main", "submeter", "generation", "battery")
    }
    grid_kw = _sum(by_role["main"]) if by_role["main"] else None
    generation_kw = _sum(by_role["generation"], floor_kw=0.0)
    battery_kw = _sum(by_role["battery"])
    submetered = _Submetered.of(by_role["submeter"], room_names or {})
    estimated = not by_role["main"] and submetered.known > 0
    if estimated:
        consumption_kw: float | None = submetered.total_kw
        if generation_kw is not None and battery_kw is not None:
            grid_kw = submetered.total_kw + battery_kw - generation_kw
    else:
        consumption_kw = _consumption(grid_kw, generation_kw, battery_kw)
    notes: tuple[str, ...] = ()
    rest_kw = None
    if consumption_kw is not None and not estimated:
        rest_kw = consumption_kw - submetered.total_kw
        if submetered.silent:
            notes = (f"Silent, so in the unmetered rest: {_listed(submetered.silent)}",)
    carrying = [*by_role["main"], *by_role["generation"], *by_role["battery"]]
    used = [m for m in (carrying or by_role["submeter"]) if m.usable_kw is not None]
    assumed = [meter for meter in carrying if meter.assumed]
    return EnergyNow(
        consumption_kw=consumption_kw,
        generation_kw=generation_kw,
        battery_kw=battery_kw,
        grid_kw=grid_kw,
        soc_percent=_soc(by_role["battery"]),
        uses=submetered.by_use,
        rooms=submetered.rooms,
        no_room=submetered.no_room,
        unmetered_kw=None if rest_kw is None else max(0.0, rest_kw),
        exceeds_kw=None if rest_kw is None else max(0.0, -rest_kw),
        ts_ms=min((m.ts_ms for m in used if m.ts_ms is not None), default=None),
        interval_s=max((m.interval_s for m in used if m.interval_s is not None), default=None),
        state=_state(carrying, consumption_kw, used),
        missing=_missing(carrying, by_role, consumption_kw),
        missing_since_ms=min(
            (m.ts_ms for m in carrying if m.counted_kw is None and m.ts_ms is not None),
            default=None,
        ),
        assumed=tuple(meter.name for meter in assumed),
        assumed_since_ms=min((m.ts_ms for m in assumed if m.ts_ms is not None), default=None),
        estimated=estimated,
        reason=submetered.reason() if estimated else None,
        notes=notes,
        doubts=tuple(_doubts(meters, by_role, consumption_kw)),
        roles=frozenset(role for role, members in by_role.items() if members),
    )


def _consumption(
    grid_kw: float | None, generation_kw: float | None, battery_kw: float | None
) -> float | None:
    """The balance solved for consumption; unknown if one side is, or if it were negative."""
    if grid_kw is None or generation_kw is None or battery_kw is None:
        return None
    consumption_kw = grid_kw + generation_kw - battery_kw
    return None if consumption_kw < -CONTRADICTION_KW else max(0.0, consumption_kw)


def _sum(meters: Sequence[Meter], floor_kw: float | None = None) -> float | None:
    """Sum of all meters of a role; 0 where there are none, unknown where one is silent.

    With `floor_kw` no meter counts below it: what an inverter draws at night is consumption,
    which the main meter already sees.
    """
    total = 0.0
    for meter in meters:
        power_kw = meter.counted_kw
        if power_kw is None:
            return None
        total += power_kw if floor_kw is None else max(floor_kw, power_kw)
    return total


def _soc(batteries: Sequence[Meter]) -> float | None:
    """Mean state of charge; plain, because a meter does not know its battery's capacity."""
    known = [m.soc_percent for m in batteries if m.soc_percent is not None]
    return sum(known) / len(known) if batteries and len(known) == len(batteries) else None


@dataclass(frozen=True, slots=True)
class _Submetered:
    """Sums over the submeters that report; those that do not are named."""

    total_kw: float
    by_use: dict[str, float]
    rooms: tuple[RoomUse, ...]
    no_room: dict[str, float]
    known: int
    silent: tuple[str, ...]

    @staticmethod
    def of(meters: Sequence[Meter], room_names: Mapping[int, str]) -> "_Submetered":
        by_use: dict[str, float] = {}
        by_room: dict[int | None, dict[str, float]] = {}
        silent = [meter for meter in meters if meter.usable_kw is None]
        for meter in meters:
            room = by_room.setdefault(meter.room_id, {})
            if meter.usable_kw is None:
                continue
            use = meter.use if meter.use in USES else "other"
            power_kw = max(0.0, meter.usable_kw)
            by_use[use] = by_use.get(use, 0.0) + power_kw
            room[use] = room.get(use, 0.0) + power_kw
        silent_rooms = {meter.room_id for meter in silent}
        rooms = tuple(
            RoomUse(
                room_id,
                room_names.get(room_id, f"Room {room_id}"),
                sum(use.values()) if use else None,
                use,
                room_id not in silent_rooms,
            )
            for room_id, use in by_room.items()
            if room_id is not None
        )
        return _Submetered(
            total_kw=sum(by_use.values()),
            by_use=by_use,
            rooms=tuple(sorted(rooms, key=lambda room: (-(room.kw or 0.0), room.name))),
            no_room=by_room.get(None, {}),
            known=len(meters) - len(silent),
            silent=tuple(meter.name for meter in silent),
        )

    def reason(self) -> str:
        """What an estimate from submeters stands on."""
        total = self.known + len(self.silent)
        counted = f"{self.known} of {total}" if self.silent else f"{total}"
        return f"from {counted} submeter{'s' if total > 1 else ''}, there is no main meter"


def _doubts(
    meters: Sequence[Meter], by_role: Mapping[str, Sequence[Meter]], consumption_kw: float | None
) -> Iterator[Doubt]:
    """Powers below 0 where a role has no such direction, and a balance that cannot close."""
    for meter in meters:
        power_kw = meter.usable_kw
        one_way = meter.role in ("generation", "submeter")
        if one_way and power_kw is not None and power_kw < -SIGN_DOUBT_KW:
            fact = f"{meter.name} reports −{-power_kw:.1f} kW"
            yield Doubt(fact, "counted as 0, check its sign")
    grid_kw = _sum(by_role["main"]) if by_role["main"] else None
    generation_kw = _sum(by_role["generation"], floor_kw=0.0)
    battery_kw = _sum(by_role["battery"])
    if consumption_kw is None and None not in (grid_kw, generation_kw, battery_kw):
        short_kw = (battery_kw or 0.0) - (generation_kw or 0.0) - (grid_kw or 0.0)
        yield Doubt(f"The meters contradict each other by {short_kw:.1f} kW", "check their signs")


def _missing(
    carrying: Sequence[Meter],
    by_role: Mapping[str, Sequence[Meter]],
    consumption_kw: float | None,
) -> tuple[str, ...]:
    """Names of what keeps a figure unknown."""
    names = [meter.name for meter in carrying if meter.counted_kw is None]
    if not by_role["main"] and consumption_kw is None:
        names.append("a main meter")
    return tuple(names)


def _state(carrying: Sequence[Meter], consumption_kw: float | None, used: Sequence[Meter]) -> str:
    """Worst freshness of what the balance stands on; `missing` if nothing ever arrived."""
    if not used:
        dated = any(meter.ts_ms is not None for meter in carrying)
        return "stale" if dated else "missing"
    if consumption_kw is None:
        return "stale"
    return max((meter.state for meter in used), key=_STATE_RANK.__getitem__)


def _listed(names: Sequence[str]) -> str:
    """Up to three names, then how many more."""
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
