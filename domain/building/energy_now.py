"""The building's energy at one moment as plain values, exact and as a screen shows it.

Pure. Signs and the balance as in `domain.building.balance`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.building.allocation import Flows, allocate, round_to_sum
from domain.building.model import USES


@dataclass(frozen=True, slots=True)
class RoomUse:
    """Power of one room's submeters [kW], ≥ 0; None when all of them are silent."""

    room_id: int
    name: str
    kw: float | None
    by_use: Mapping[str, float]
    complete: bool = True
    """False when one submeter is silent, so that `kw` is too low."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the meters say that cannot be right, and what to look at."""

    fact: str
    advice: str


@dataclass(frozen=True, slots=True)
class EnergyNow:
    """The building's power at one moment; every kW exact, None where it cannot be known.

    `uses` sums all submeters by use, `no_room` those that belong to no room.

    `missing` names the meters that keep a figure unknown, `assumed` those that are silent at night
    and taken as 0. `estimated` and `reason` tell of a consumption from submeters, `notes` what a
    reader must know beside the figures, `doubts` what cannot be right.
    """

    consumption_kw: float | None = None
    generation_kw: float | None = None
    battery_kw: float | None = None
    grid_kw: float | None = None
    soc_percent: float | None = None
    uses: Mapping[str, float] = field(default_factory=dict)
    rooms: tuple[RoomUse, ...] = ()
    no_room: Mapping[str, float] = field(default_factory=dict)
    unmetered_kw: float | None = None
    exceeds_kw: float | None = None
    ts_ms: int | None = None
    interval_s: float | None = None
    state: str = "missing"
    missing: tuple[str, ...] = ()
    missing_since_ms: int | None = None
    assumed: tuple[str, ...] = ()
    assumed_since_ms: int | None = None
    estimated: bool = False
    reason: str | None = None
    notes: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    roles: frozenset[str] = frozenset()

    @property
    def charging_kw(self) -> float | None:
        """Net power into the batteries, ≥ 0."""
        return None if self.battery_kw is None else max(self.battery_kw, 0.0)

    @property
    def discharging_kw(self) -> float | None:
        """Net power out of the batteries, ≥ 0."""
        return None if self.battery_kw is None else max(-self.battery_kw, 0.0)

    @property
    def import_kw(self) -> float | None:
        """Power taken from the grid, ≥ 0."""
        return None if self.grid_kw is None else max(self.grid_kw, 0.0)

    @property
    def export_kw(self) -> float | None:
        """Power given to the grid, ≥ 0."""
        return None if self.grid_kw is None else max(-self.grid_kw, 0.0)

    @property
    def approximate(self) -> bool:
        """Whether the consumption shown is an estimate, for either reason."""
        return self.consumption_kw is not None and (self.estimated or bool(self.assumed))

    @property
    def approximate_nodes(self) -> list[str]:
        """The nodes of the picture whose figures an estimate touches."""
        nodes = {
            "building": self.approximate,
            "grid": self.estimated,
            "solar": bool(self.assumed) and self.generation_kw is not None,
        }
        return [name for name, touched in nodes.items() if touched]

    @property
    def complete(self) -> bool:
        """All four sides are known, so that in = out can be shown."""
        return None not in (
            self.consumption_kw,
            self.generation_kw,
            self.battery_kw,
            self.grid_kw,
        )

    def frame(self) -> dict[str, object]:
        """What a screen shows: rounded so that in = out and every list sums to its total.

        Plain data for the socket and the components. The step is 0.1 kW, or 1 W while nothing
        reaches 1 kW; below half a step a flow does not exist and its word says so.
        """
        known = [kw for kw in self._sides().values() if kw is not None]
        step = 0.1 if max(known, default=1.0) >= 1.0 else 0.001
        sides = self._rounded_sides(step)
        consumption_kw = sides["consumption_kw"]
        exceeds_kw = _rounded(self.exceeds_kw, step)
        shown_total = None if consumption_kw is None else consumption_kw + (exceeds_kw or 0.0)
        flows = self._flows(sides)
        return {
            **sides,
            "battery_kw": _difference(sides["charging_kw"], sides["discharging_kw"]),
            "grid_kw": _difference(sides["import_kw"], sides["export_kw"]),
            "battery_flow_kw": _either(sides["charging_kw"], sides["discharging_kw"]),
            "grid_flow_kw": _either(sides["import_kw"], sides["export_kw"]),
            "in_kw": _total(sides, ("generation_kw", "discharging_kw", "import_kw")),
            "out_kw": _total(sides, ("consumption_kw", "charging_kw", "export_kw")),
            "soc_percent": self.soc_percent,
            "exceeds_kw": exceeds_kw,
            **self._uses_frame(step, shown_total),
            **self._rooms_frame(step, shown_total),
            "flows": flows.as_dict() if flows else {},
            **self._words(sides, flows),
            "has": {
                role: role in self.roles for role in ("main", "submeter", "generation", "battery")
            },
            "estimated": self.approximate,
            "estimated_nodes": self.approximate_nodes,
            "reason": self.reason,
            "notes": [*(f"{doubt.fact}: {doubt.advice}" for doubt in self.doubts), *self.notes],
            "missing": list(self.missing),
            "missing_since_ms": self.missing_since_ms,
            "assumed": list(self.assumed),
            "assumed_since_ms": self.assumed_since_ms,
            "ts_ms": self.ts_ms,
            "interval_s": self.interval_s,
            "state": self.state,
        }

    def _sides(self) -> dict[str, float | None]:
        """Sources, then sinks, all ≥ 0."""
        return {
            "generation_kw": self.generation_kw,
            "discharging_kw": self.discharging_kw,
            "import_kw": self.import_kw,
            "consumption_kw": self.consumption_kw,
            "charging_kw": self.charging_kw,
            "export_kw": self.export_kw,
        }

    def _rounded_sides(self, step: float) -> dict[str, float | None]:
        """Both columns rounded to one shared total when all is known, else each for itself."""
        sides = self._sides()
        if not self.complete:
            return {name: _rounded(kw, step) for name, kw in sides.items()}
        exact = [kw or 0.0 for kw in sides.values()]
        total = round(sum(exact[:3]) / step) * step
        parts = (*round_to_sum(exact[:3], step, total), *round_to_sum(exact[3:], step, total))
        return dict(zip(sides, parts, strict=True))

    def _flows(self, sides: Mapping[str, float | None]) -> Flows | None:
        """The ribbons, from the rounded sides so that pills and nodes agree."""
        if not self.complete:
            return None
        kw = {name: value or 0.0 for name, value in sides.items()}
        return allocate(
            generation=kw["generation_kw"],
            discharging=kw["discharging_kw"],
            imported=kw["import_kw"],
            consumption=kw["consumption_kw"],
            charging=kw["charging_kw"],
            exported=kw["export_kw"],
        )

    def _uses_frame(self, step: float, total: float | None) -> dict[str, object]:
        """Uses and the unmetered rest, which sum to the shown consumption."""
        parts = [*self.uses.values(), self.unmetered_kw or 0.0]
        *uses, rest = round_to_sum(parts, step, total)
        shown = dict.fromkeys(USES, 0.0) | dict(zip(self.uses, uses, strict=True))
        return {"uses": shown, "unmetered_kw": None if self.unmetered_kw is None else rest}

    def _rooms_frame(self, step: float, total: float | None) -> dict[str, object]:
        """Rooms and what lies outside them, unmetered rest included: sum to the consumption."""
        outside_kw = sum(self.no_room.values()) + (self.unmetered_kw or 0.0)
        parts = [*(room.kw or 0.0 for room in self.rooms), outside_kw]
        *rooms, outside_kw = round_to_sum(parts, step, total)
        return {
            "rooms": {
                str(room.room_id): {
                    "name": room.name,
                    "kw": None if room.kw is None else kw,
                    "complete": room.complete,
                    **_by_use(room.by_use),
                }
                for room, kw in zip(self.rooms, rooms, strict=True)
            },
            "outside": {
                "kw": None if total is None else outside_kw,
                "unmetered": round(self.unmetered_kw or 0.0, 4),
                **_by_use(self.no_room),
            },
        }

    def _words(self, sides: Mapping[str, float | None], flows: Flows | None) -> dict[str, str]:
        """The state of each node in a word, from what is shown."""
        generation_kw = sides["generation_kw"]
        generating = "unknown" if generation_kw is None else "generating"
        return {
            "solar_word": "idle" if generation_kw == 0.0 else generating,
            "grid_word": _word(
                sides["import_kw"], sides["export_kw"], ("importing", "exporting", "balanced")
            ),
            "battery_word": _word(
                sides["charging_kw"],
                sides["discharging_kw"],
                ("charging", "discharging", "holding"),
            ),
            "building_word": "unknown" if self.consumption_kw is None else "consuming",
            "mix_word": _mix(flows) if flows else "",
        }


def _by_use(uses: Mapping[str, float]) -> dict[str, float]:
    """Every use with its kW, for bars."""
    return {use: round(uses.get(use, 0.0), 4) for use in USES}


def _rounded(kw: float | None, step: float) -> float | None:
    return None if kw is None else round(round(kw / step) * step, 6)


def _difference(plus: float | None, minus: float | None) -> float | None:
    return None if plus is None or minus is None else round(plus - minus, 6)


def _either(plus: float | None, minus: float | None) -> float | None:
    """What flows in one direction or the other, without its sign."""
    return None if plus is None or minus is None else max(plus, minus)


def _total(sides: Mapping[str, float | None], names: Sequence[str]) -> float | None:
    """Sum of a column, unknown when one side of the balance is."""
    parts = [sides[name] for name in names]
    return None if None in sides.values() else round(sum(kw or 0.0 for kw in parts), 6)


def _word(plus_kw: float | None, minus_kw: float | None, words: tuple[str, str, str]) -> str:
    """The word for plus, for minus, or for neither."""
    if plus_kw is None:
        return "unknown"
    if plus_kw:
        return words[0]
    return words[1] if minus_kw else words[2]


def _mix(flows: Flows) -> str:
    """Where the building's power comes from, in words and whole percent that sum to 100."""
    sources = {
        "solar": flows.solar_building,
        "batteries": flows.battery_building,
        "the grid": flows.grid_building,
    }
    total = sum(sources.values())
    if total <= 0:
        return ""
    percents = round_to_sum([kw / total * 100 for kw in sources.values()], 1.0, 100.0)
    shares = [(name, p) for name, p in zip(sources, percents, strict=True) if p > 0]
    if len(shares) == 1:
        return f"all from {shares[0][0]}"
    return ", ".join(f"{percent:.0f} % {name}" for name, percent in shares)
